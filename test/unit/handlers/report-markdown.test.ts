import { mkdir, readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/ir.js';
import { sha256Hex } from '../../../src/handlers/sha256.js';
import { loadDocuments } from '../../../src/handlers/documents.js';
import { DOCUMENTS, folderWith, run } from './handler-context.js';

const OFFLINE = 'Engine: offline/extractive (no language model). Every sentence below is a verbatim quotation.';

interface PrintedQuotation {
  readonly text: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** Reads a report as a stranger's program would: block quotes directly followed by `— path:start-end`. */
function printedQuotations(report: string): PrintedQuotation[] {
  return Array.from(report.matchAll(/((?:^> .*\n)+)— (.+):(\d+)-(\d+)$/gm), ([, block, path, start, end]) => ({
    text: (block ?? '')
      .slice(0, -1)
      .split('\n')
      .map((line) => line.slice(2))
      .join('\n'),
    path: path ?? '',
    startLine: Number(start),
    endLine: Number(end),
  }));
}

async function summaryOf(query: string): Promise<JsonObject> {
  const found = await run('docs.search', { docs: DOCUMENTS, query, limit: 20 });
  const validated = await run('cite.validate', { docs: DOCUMENTS, findings: found });
  return run('text.summarize', { findings: validated, sentences: 12 });
}

async function report(body: Json, more: JsonObject = {}): Promise<{ output: JsonObject; text: string }> {
  const folder = await folderWith({});
  const output = await run('report.markdown', { title: 'A title', body, path: join(folder, 'r.md'), ...more });
  return { output, text: await readFile(output['path'] as string, 'utf8') };
}

function sentence(text: string, changes: JsonObject = {}): JsonObject {
  const endLine = text.split('\n').length;
  return { text, path: 'a.md', startLine: 1, endLine, sha256: 'f'.repeat(64), ...changes };
}

describe('the quotations of a report', () => {
  test('stand verbatim in the lines that they name, from search to report', async () => {
    const { text, output } = await report(await summaryOf('How does a worker keep a lease when the server commits?'));
    const { documents } = await loadDocuments(DOCUMENTS);
    const printed = printedQuotations(text);
    expect(printed).toHaveLength(12);
    expect(output).toMatchObject({ sentences: 12, sources: new Set(printed.map(({ path }) => path)).size });
    for (const { text: quoted, path, startLine, endLine } of printed) {
      const document = documents.find((each) => each.path === path);
      const raw = (await readFile(join(DOCUMENTS, path), 'utf8')).split('\n').slice(startLine - 1, endLine);
      const source = document?.kind === 'html' ? document.lines.slice(startLine - 1, endLine) : raw;
      expect(source.join('\n')).toContain(quoted);
    }
  });

  test('are printed character for character, whatever they hold', async () => {
    const texts = [
      'two\n  lines  ',
      '| a | `b` |\n|---|',
      '> quoted\n> again',
      '<b>*x*</b> \\| $&',
      'with\n\nblank',
      '# no heading',
      '— a.md:1-1',
    ];
    const { text } = await report({ sentences: texts.map((each) => sentence(each)) });
    expect(printedQuotations(text).map((quotation) => quotation.text)).toEqual(texts);
  });

  test('get a row each in the evidence table, escaped and shortened', async () => {
    const { text } = await report({ sentences: [sentence('a | b\n<c> `d` *e*'), sentence('😀'.repeat(300))] });
    expect(text).toContain('| 1 | a.md:1-2 | a \\| b \\<c\\> \\`d\\` \\*e\\* | `ffffffffffff` |');
    expect(text).toContain(`| 2 | a.md:1-1 | ${'😀'.repeat(119)}… | \`ffffffffffff\` |`);
  });
});

describe('what a report says', () => {
  test('offline: the engine, the question, full coverage and the method', async () => {
    const { text } = await report(await summaryOf('lease heartbeats'), { title: 'On *leases* | <now>' });
    expect(text).toContain('# On \\*leases\\* \\| \\<now\\>\n');
    expect(text).toContain('**Question:** lease heartbeats\n');
    expect(text).toContain(`\n${OFFLINE}\n`);
    expect(text).toContain('Every term of the question stands in at least one verified quotation.');
    expect(text).toContain('- Check: 100 % of the quotations stand verbatim in their sources');
    expect(text).toContain('- Coverage: 2 of 2 terms');
    expect(text).not.toContain('## Answer');
    expect(text).not.toContain('## Rejected citations');
  });

  test('gaps and rejected citations are listed', async () => {
    const lines = { startLine: 1, endLine: 1, sha256: '' };
    const quotations = [
      { text: 'The default lease lasts 30 seconds.', path: 'leases.md', ...lines },
      { text: 'Leases last for | ever.', path: 'leases.md', ...lines },
    ];
    const body = await run('cite.validate', { docs: DOCUMENTS, findings: { question: 'lease zebra', quotations } });
    const { text } = await report(body);
    expect(text).toContain('No verified quotation holds these terms of the question:\n\n- zebra\n');
    expect(text).toContain(
      '| leases.md:1-1 | Leases last for \\| ever. | the text does not stand verbatim in the file |',
    );
    expect(text).toContain('- Check: 50 % of');
    expect(printedQuotations(text)).toMatchObject([{ startLine: 18, endLine: 18 }]);
  });

  test('a model is named, its answer is shown, and its own block quotes cannot pass for checked ones', async () => {
    const body = {
      engine: 'openai/gpt-x',
      answer: 'It lasts.\n> forged\n— a.md:1-1',
      verifiedFraction: 1,
      sentences: [sentence('true text')],
    };
    const { text } = await report(body);
    expect(text).toContain('Engine: openai/gpt-x. Each quotation below was checked');
    expect(text).toContain('## Answer\n\nIt lasts.\n\\> forged');
    expect(printedQuotations(text).map((quotation) => quotation.text)).toEqual(['true text']);
  });

  test('quotations that no cite.validate saw are called unchecked', async () => {
    const { text } = await report('It says "thirty seconds" [a.md:3].');
    expect(text).toContain('NOT checked against their sources');
    expect(text).toContain('Coverage of the question was not measured.');
    expect(printedQuotations(text)).toEqual([{ text: 'thirty seconds', path: 'a.md', startLine: 3, endLine: 3 }]);
  });

  test('a text without citations is printed and said to quote no source', async () => {
    const { text, output } = await report('Just words.');
    expect(text).toContain('The text below quotes no source.');
    expect(text).toContain('## Answer\n\nJust words.');
    expect(output).toMatchObject({ sentences: 0, sources: 0 });
  });
});

describe('the file of a report', () => {
  test('is described by the output: absolute path, bytes and hash', async () => {
    const { output, text } = await report({ sentences: [sentence('täxt')] });
    expect(isAbsolute(output['path'] as string)).toBe(true);
    expect(output).toMatchObject({ bytes: Buffer.byteLength(text), sha256: sha256Hex(text) });
  });

  test('a second attempt of the execution writes the same bytes to the same path and leaves nothing else', async () => {
    const folder = await folderWith({});
    const input = { title: 'T', body: { sentences: [sentence('text')] }, path: join(folder, 'deep/er/r.md') };
    const first = await run('report.markdown', input, { attempt: 1 });
    const second = await run('report.markdown', input, { attempt: 2 });
    expect(second).toEqual(first);
    expect(await readdir(join(folder, 'deep/er'))).toEqual(['r.md']);
  });

  test('is named after title, execution and iteration, below the working directory', async () => {
    const folder = await folderWith({});
    const before = process.cwd();
    process.chdir(folder);
    try {
      const input = { title: 'Wie läuft’s? A/B', body: 'Text' };
      await run('report.markdown', input);
      await run('report.markdown', { ...input, title: '???' }, { executionId: 'exec-1', iteration: 2 });
    } finally {
      process.chdir(before);
    }
    expect((await readdir(join(folder, 'reports'))).sort()).toEqual([
      'report-exec1-2.md',
      'wie-lauft-s-a-b-456789ab.md',
    ]);
  });

  test('a file that is no report is never replaced', async () => {
    const folder = await folderWith({ 'README.md': '# Mine' });
    const path = join(folder, 'README.md');
    await expect(run('report.markdown', { title: 'T', body: 'x', path })).rejects.toThrow('exists and is not a report');
    expect(await readFile(path, 'utf8')).toBe('# Mine');
  });

  test('a failed write leaves no temporary file', async () => {
    const folder = await folderWith({});
    await mkdir(join(folder, 'r.md'));
    await expect(run('report.markdown', { title: 'T', body: 'x', path: join(folder, 'r.md') })).rejects.toThrow(
      'EISDIR',
    );
    expect(await readdir(folder)).toEqual(['r.md']);
  });

  test('a report is no document: a later search cannot cite it', async () => {
    const folder = await folderWith({ 'a.md': 'evidence' });
    await run('report.markdown', { title: 'T', body: 'evidence', path: join(folder, 'reports/r.md') });
    const { documents, warnings } = await loadDocuments(folder);
    expect(documents.map((document) => document.path)).toEqual(['a.md']);
    expect(warnings).toEqual(['reports/r.md was skipped: it is a report that nexum wrote']);
  });

  test('an aborted attempt writes nothing', async () => {
    const folder = await folderWith({});
    const reason = new Error('lease lost');
    const writing = run(
      'report.markdown',
      { title: 'T', body: 'x', path: join(folder, 'r.md') },
      { signal: AbortSignal.abort(reason) },
    );
    await expect(writing).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each<[JsonObject, string]>([
    [{ body: 'x' }, 'with.title of node step: expected a string that is not empty, got nothing'],
    [{ title: 'T' }, 'with.body of node step: expected the output of text.summarize'],
    [{ title: 'T', body: { sentences: [{ text: 1 }] } }, 'sentences[0] is an object'],
    [{ title: 'T', body: 5 }, 'expected findings'],
  ])('the input %j is refused', async (input, message) => {
    await expect(run('report.markdown', input)).rejects.toThrow(message);
  });
});
