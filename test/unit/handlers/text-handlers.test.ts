import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/ir.js';
import { loadDocuments } from '../../../src/handlers/documents.js';
import { isStatement, sentencesOf } from '../../../src/handlers/sentences.js';
import { selectDiverse, textRank } from '../../../src/handlers/text-rank.js';
import { DOCUMENTS, run } from './handler-context.js';

interface Sentence {
  readonly text: string;
  readonly path?: string;
  readonly startLine: number;
  readonly endLine: number;
}

function sentences(output: JsonObject): Sentence[] {
  return output['sentences'] as unknown as Sentence[];
}

function texts(passage: string, path?: string): string[] {
  return sentencesOf(passage, path).map((sentence) => `${sentence.startLine}-${sentence.endLine} ${sentence.text}`);
}

async function quotedDocuments(): Promise<JsonObject> {
  const set = await loadDocuments(DOCUMENTS);
  const quotations = set.documents
    .filter((document) => ['markdown', 'html', 'text'].includes(document.kind))
    .map(({ path, text, lines, sha256 }) => ({ path, text, startLine: 1, endLine: lines.length, sha256 }));
  return { question: 'How long does a lease last?', engine: 'offline/extractive', quotations };
}

describe('cutting sentences', () => {
  test('headings, tables, code, HTML and front matter are no sentences', () => {
    const passage =
      '---\ntitle: x\n---\n# Head\n\nOne sentence.\n\n| a | b |\n|---|---|\n| c | d |\n\n```\ncode.\n```\n\n<div>\nraw.\n</div>';
    expect(texts(passage)).toEqual(['6-6 One sentence.']);
  });

  test('list and quote markers stay outside, wrapped lines stay together', () => {
    expect(texts('intro\n\n- [ ] First one. Second\n  one.\n  1. Nested.\n\n> Quoted\n> text.')).toEqual([
      '1-1 intro',
      '3-3 [ ] First one.',
      '3-4 Second\n  one.',
      '5-5 Nested.',
      '7-8 Quoted\n> text.',
    ]);
  });

  test('abbreviations, decimals and file names end no sentence; emphasis may close one', () => {
    expect(texts('Wait e.g. Ten s, cf. Dr. Kaya in a.md at 3.5 s. **Stop here.** Go on!')).toEqual([
      '1-1 Wait e.g. Ten s, cf. Dr. Kaya in a.md at 3.5 s.',
      '1-1 **Stop here.**',
      '1-1 Go on!',
    ]);
  });

  test('in plain text a title line is not glued to the sentence below it', () => {
    expect(
      texts('The title\nA first sentence that is long enough to be wrapped at\nthe margin. Next.\n\nEnd.', 'a.txt'),
    ).toEqual([
      '1-1 The title',
      '2-3 A first sentence that is long enough to be wrapped at\nthe margin.',
      '3-3 Next.',
      '5-5 End.',
    ]);
  });

  test('rows of data files are taken line by line', () => {
    expect(texts('a,b. C\n1,2', 'x.csv')).toEqual(['1-1 a,b.', '1-1 C', '2-2 1,2']);
  });
});

test.each([
  ['The default lease lasts 30 seconds.', true],
  ['See [the guide](https://example.org/a_(b)/c;d) for `f(x) => {}` and more.', true],
  ['A list item that goes on without any full stop', true],
  ['Three words only.', false],
  ['a label without end', false],
  ['logger.info({ key: value, path: { to: [1] } })', false],
  ['// a comment that explains what follows in code.', false],
  ['worker/        poll, heartbeat, run handlers and drain them.', false],
])('isStatement(%j) is %s', (text, expected) => {
  expect(isStatement(text)).toBe(expected);
});

describe('ranking', () => {
  const set = (...terms: string[]): Set<string> => new Set(terms);

  test('TextRank puts the sentence first that shares most with the others', () => {
    const ranks = textRank([set('a', 'b'), set('a', 'b', 'c', 'd'), set('c', 'd'), set('z')]);
    expect(ranks[1]).toBe(1);
    expect(ranks[3]).toBeLessThan(ranks[0] ?? 0);
  });

  test('sentences that share nothing rank alike', () => {
    expect(textRank([set('a'), set('b')])).toEqual([1, 1]);
    expect(textRank([])).toEqual([]);
  });

  test('MMR prefers a new statement to a better ranked repetition', () => {
    const repeated = [set('a', 'b', 'c'), set('a', 'b', 'c'), set('x', 'y')];
    expect(selectDiverse(repeated, [1, 0.9, 0.6], 2)).toEqual([0, 2]);
    expect(selectDiverse(repeated, [1, 0.9, 0.6], 9)).toEqual([0, 2, 1]);
  });
});

describe('text.summarize', () => {
  test('every sentence stands verbatim in exactly the lines that it cites', async () => {
    const { documents } = await loadDocuments(DOCUMENTS);
    const output = await run('text.summarize', { findings: await quotedDocuments(), sentences: 50 });
    expect(sentences(output).length).toBeGreaterThan(15);
    for (const { text, path, startLine, endLine } of sentences(output)) {
      const lines = documents.find((document) => document.path === path)?.lines.slice(startLine - 1, endLine) ?? [];
      expect(lines.join('\n')).toContain(text);
      expect(text.split('\n')).toHaveLength(lines.length);
    }
    expect(sentences(output).some(({ startLine, endLine }) => endLine > startLine)).toBe(true);
  });

  test('lines count from where the quotation begins', async () => {
    const quotations = [
      { path: 'a.md', text: 'No statement.\n\nThis is the one\nreal statement here.', startLine: 40, endLine: 43 },
    ];
    const output = await run('text.summarize', { findings: { quotations } });
    expect(sentences(output)).toEqual([
      { path: 'a.md', text: 'This is the one\nreal statement here.', startLine: 42, endLine: 43 },
    ]);
  });

  test('the sentence that answers the question comes first, and the rest is counted', async () => {
    const output = await run('text.summarize', {
      findings: await quotedDocuments(),
      sentences: 3,
      query: 'How long does the default lease last?',
    });
    expect(sentences(output)).toHaveLength(3);
    expect(sentences(output)[0]?.text).toBe('The default lease lasts 30 seconds.');
    const all = await run('text.summarize', { findings: await quotedDocuments(), sentences: 200 });
    expect(output['omitted']).toBe(sentences(all).length - 3);
  });

  test('the same input gives the same output', async () => {
    const findings = await quotedDocuments();
    expect(await run('text.summarize', { findings })).toEqual(await run('text.summarize', { findings }));
  });

  test('what validation established is passed on', async () => {
    const validated: JsonObject = {
      ...(await quotedDocuments()),
      coverage: { terms: ['a'] },
      rejected: [],
      sources: 3,
      verifiedFraction: 0.75,
      uncovered: ['zebra'],
    };
    const output = await run('text.summarize', { findings: validated });
    expect(Object.keys(output)).toEqual(expect.arrayContaining(['sentences', 'omitted']));
    expect(output).toMatchObject({
      question: 'How long does a lease last?',
      engine: 'offline/extractive',
      status: 'answered',
      answer: '',
      uncovered: ['zebra'],
      coverage: { terms: ['a'] },
      rejected: [],
      sources: 3,
      verifiedFraction: 0.75,
    });
  });

  test('quotations without prose are kept row by row rather than lost', async () => {
    const text = '| name | value |\n|---|---|\n| lease | 30 |';
    const output = await run('text.summarize', {
      findings: { quotations: [{ path: 'a.md', text, startLine: 5, endLine: 7 }] },
      query: 'lease',
    });
    expect(sentences(output)[0]).toEqual({ path: 'a.md', text: '| lease | 30 |', startLine: 7, endLine: 7 });
  });

  test('two quotations of the same words give one sentence', async () => {
    const one = { path: 'a.md', text: 'This is the one real statement.', startLine: 1, endLine: 1 };
    const output = await run('text.summarize', { findings: { quotations: [one, { ...one, path: 'b.md' }] } });
    expect(sentences(output)).toHaveLength(1);
  });

  test('a plain text is summarized in its own order, without paths', async () => {
    const text =
      'Leases expire after thirty seconds.\r\nHeartbeats extend leases every ten seconds. Unrelated words stand over here.';
    const output = await run('text.summarize', { text, sentences: 2 });
    expect(sentences(output).map(({ text: sentence, startLine, path }) => [sentence, startLine, path])).toEqual([
      ['Leases expire after thirty seconds.', 1, undefined],
      ['Heartbeats extend leases every ten seconds.', 2, undefined],
    ]);
    expect(output['omitted']).toBe(1);
  });

  test.each<[JsonObject, string]>([
    [{}, 'with.findings of node step: expected findings (or `text`), got nothing'],
    [{ text: 'a', findings: {} }, 'either `findings` or `text`'],
    [{ text: '' }, 'with.text of node step: expected a string that is not empty'],
    [
      { text: 'a', sentences: 0 },
      'with.sentences of node step: expected a whole number from 1 to 200, got the number 0',
    ],
    [{ findings: 'prose only' }, 'expected findings'],
  ])('the input %j is refused', async (input, message) => {
    await expect(run('text.summarize', input)).rejects.toThrow(message);
  });
});

test('text.template returns its rendered text', async () => {
  const output: Json = await run('text.template', { text: 'Hello\nworld' });
  expect(output).toBe('Hello\nworld');
  await expect(run('text.template', { text: 5 })).rejects.toThrow('expected a string, got the number 5');
});
