import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import { searchDocuments } from '../../../src/handlers/document-index.js';
import { loadDocuments } from '../../../src/handlers/documents.js';
import { DOCUMENTS, folderWith, run } from './handler-context.js';

describe('search', () => {
  test('finds the passage that answers, whatever the ending of the words', async () => {
    const [best] = await new DocumentLibrary().search(DOCUMENTS, ['How long is the default leased?'], 3);
    expect(best).toMatchObject({ path: 'leases.md', heading: 'Heartbeats' });
    expect(best?.text).toContain('The default lease lasts 30 seconds.');
  });

  test('every hit is exactly the cited lines of its document', async () => {
    const set = await loadDocuments(DOCUMENTS);
    const hits = searchDocuments(set, ['lease', 'commit', 'server', 'bytes', 'sqlite'], { limit: 50 });
    expect(new Set(hits.map((hit) => hit.path)).size).toBe(5);
    for (const hit of hits) {
      const document = set.documents.find(({ path }) => path === hit.path);
      expect(document?.lines.slice(hit.startLine - 1, hit.endLine).join('\n')).toBe(hit.text);
      expect(document?.sha256).toBe(hit.sha256);
    }
  });

  test('a passage that two sub-queries find outranks one that only one finds', async () => {
    const folder = await folderWith({
      'a.txt': 'apples and pears in one basket',
      'b.txt': 'apples apples apples in one basket',
      'c.txt': 'pears pears pears in one basket',
    });
    const hits = await new DocumentLibrary().search(folder, ['apples', 'pears'], 10);
    expect(hits[0]?.path).toBe('a.txt');
  });

  test('equal scores are ordered by path and line, in every run', async () => {
    const page = ['# One', 'same words here', '# Two', 'same words here'].join('\n');
    const folder = await folderWith({ 'b.md': page, 'a.md': page });
    const first = await new DocumentLibrary().search(folder, ['same words'], 10);
    const second = await new DocumentLibrary().search(folder, ['same words'], 10);
    expect(first.map((hit) => `${hit.path}:${hit.startLine}`)).toEqual(['a.md:1', 'a.md:3', 'b.md:1', 'b.md:3']);
    expect(second).toEqual(first);
  });

  test('passages are short, begin at headings and cut overlong lines', async () => {
    const folder = await folderWith({
      'long.md': `# A\n\n${'needle in a paragraph\n'.repeat(30)}\n## B\nneedle`,
      'line.txt': 'needle word '.repeat(1_000),
    });
    const hits = await new DocumentLibrary().search(folder, ['needle'], 100);
    expect(Math.max(...hits.map((hit) => hit.endLine - hit.startLine + 1))).toBeLessThanOrEqual(12);
    expect(Math.max(...hits.map((hit) => hit.text.length))).toBeLessThanOrEqual(2_000);
    expect(hits.find((hit) => hit.heading === 'B')).toMatchObject({ startLine: 34, endLine: 35 });
    expect(hits.filter((hit) => hit.path === 'line.txt').every((hit) => hit.startLine === 1 && hit.endLine === 1)).toBe(
      true,
    );
  });

  test('a code block stays whole, so that its lines are not taken for prose', async () => {
    const code = [
      '```js',
      ...Array.from({ length: 20 }, (_, index) => (index % 5 === 0 ? '' : `needle(${index});`)),
      '```',
    ];
    const folder = await folderWith({ 'a.md': ['Prose first.', '', ...code, '', 'Prose last.'].join('\n') });
    const hits = await new DocumentLibrary().search(folder, ['needle'], 10);
    expect(hits.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([[3, 24]]);
  });

  test('front matter is no passage', async () => {
    const hits = await new DocumentLibrary().search(DOCUMENTS, ['operations handbook author'], 10);
    expect(hits).toEqual([]);
  });

  test('a query of stop words finds nothing', async () => {
    expect(await new DocumentLibrary().search(DOCUMENTS, ['what is it'], 5)).toEqual([]);
  });

  test('a changed file is found by its new text at once', async () => {
    const library = new DocumentLibrary();
    const folder = await folderWith({ 'a.md': 'about walruses' });
    expect(await library.search(folder, ['walruses'], 5)).toHaveLength(1);
    await writeFile(join(folder, 'a.md'), 'about penguins');
    expect(await library.search(folder, ['walruses'], 5)).toEqual([]);
    expect(await library.search(folder, ['penguins'], 5)).toHaveLength(1);
  });

  test('unchanged documents are not parsed again, and the cache forgets folders', async () => {
    const library = new DocumentLibrary();
    const folder = await folderWith({ 'a.md': 'text' });
    const first = await library.load(folder);
    expect((await library.load(folder)).documents[0]).toBe(first.documents[0]);
    for (let index = 0; index < 4; index += 1) await library.load(await folderWith({ 'b.md': String(index) }));
    expect((await library.load(folder)).documents[0]).not.toBe(first.documents[0]);
  });

  test('words of scripts without spaces are found', async () => {
    const folder = await folderWith({ 'a.txt': '租约到期后，服务器会重新分配任务。' });
    expect(await new DocumentLibrary().search(folder, ['服务器'], 5)).toHaveLength(1);
  });
});

describe('read', () => {
  test('returns verbatim lines and the hash of the file', async () => {
    const excerpt = await new DocumentLibrary().read(DOCUMENTS, './leases.md', 18, 20);
    expect(excerpt).toMatchObject({ path: 'leases.md', startLine: 18, endLine: 20 });
    expect(excerpt.text).toBe(
      '- The default lease lasts 30 seconds.\n- The default heartbeat interval is a third of the lease, so that two lost\n  heartbeats do not cost the claim.',
    );
  });

  test('is bounded to 400 lines and to the lines that exist', async () => {
    const folder = await folderWith({ 'a.txt': 'line\n'.repeat(1_000) });
    expect(await new DocumentLibrary().read(folder, 'a.txt', 5, 900)).toMatchObject({ startLine: 5, endLine: 404 });
    expect(await new DocumentLibrary().read(folder, 'a.txt', 990, 5_000)).toMatchObject({
      startLine: 990,
      endLine: 1_000,
    });
    expect(await new DocumentLibrary().read(folder, 'a.txt', -3, 1)).toMatchObject({ startLine: 1, endLine: 1 });
  });

  test.each([
    [1_001, 1_002],
    [5, 4],
    [Number.NaN, 3],
  ])('refuses the empty range %s to %s', async (start, end) => {
    const folder = await folderWith({ 'a.txt': 'line\n'.repeat(1_000) });
    const reading = new DocumentLibrary().read(folder, 'a.txt', start, end);
    await expect(reading).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(reading).rejects.toThrow('a.txt has 1000 lines');
  });

  test.each(['../secret.md', 'sub/../../secret.md', '/etc/hosts', '..\\secret.md', 'link.md', '.git/config.txt', ''])(
    'D2: refuses the path %j, which is no document of the folder',
    async (path) => {
      const parent = await folderWith({ 'secret.md': 's', 'docs/own.md': 'o', 'docs/.git/config.txt': 'c' });
      await symlink(join(parent, 'secret.md'), join(parent, 'docs/link.md'));
      const reading = new DocumentLibrary().read(join(parent, 'docs'), path, 1, 1);
      await expect(reading).rejects.toMatchObject({ code: 'DOCUMENTS_NOT_FOUND' });
    },
  );

  test('a path may carry the folder in front, and the path within the folder wins', async () => {
    const docs = join(await folderWith({ 'docs/a.md': 'outer', 'docs/b.md': 'b', 'docs/docs/a.md': 'inner' }), 'docs');
    const library = new DocumentLibrary();
    expect(await library.read(docs, 'docs/a.md', 1, 1)).toMatchObject({ path: 'docs/a.md', text: 'inner' });
    expect(await library.read(docs, 'docs/b.md', 1, 1)).toMatchObject({ path: 'b.md' });
    expect(await library.read(docs, `${(await library.load(docs)).folder}/b.md`, 1, 1)).toMatchObject({ path: 'b.md' });
  });

  test('an unknown path is answered with paths that end alike', async () => {
    await expect(new DocumentLibrary().read(DOCUMENTS, 'durability.html', 1, 1)).rejects.toThrow(
      'guide/durability.html',
    );
  });
});

describe('handlers', () => {
  test('docs.search returns hits and the words that no hit holds', async () => {
    const output = await run('docs.search', { docs: DOCUMENTS, query: 'lease giraffe', limit: 2 });
    expect(output).toMatchObject({ question: 'lease giraffe', queries: ['lease giraffe'], uncovered: ['giraffe'] });
    expect(output['hits']).toHaveLength(2);
  });

  test('docs.search takes the folder from the inputs of the execution', async () => {
    const output = await run(
      'docs.search',
      { queries: ['disk full', 'alert'], limit: 1 },
      { inputs: { docs: DOCUMENTS } },
    );
    expect(output).toMatchObject({ question: 'disk full / alert', hits: [{ path: 'notes.txt' }] });
  });

  test('docs.read defaults to the beginning of the document', async () => {
    const output = await run('docs.read', { docs: DOCUMENTS, path: 'data/limits.csv' });
    expect(output).toMatchObject({ startLine: 1, endLine: 4 });
    expect(
      await run('docs.read', { docs: DOCUMENTS, path: 'data/limits.csv', start_line: 2, end_line: 2 }),
    ).toMatchObject({
      text: 'max_payload,67108864,bytes',
    });
  });

  test('docs.chunk returns passages of one document or of all', async () => {
    const one = await run('docs.chunk', { docs: DOCUMENTS, path: 'data/limits.csv' });
    expect(one).toMatchObject({ chunks: [{ startLine: 1, endLine: 4, heading: 'name,value,unit' }], omitted: 0 });
    const all = await run('docs.chunk', { docs: DOCUMENTS });
    expect((all['chunks'] as { path: string }[]).map((chunk) => chunk.path)).toContain('notes.txt');
    await expect(run('docs.chunk', { docs: DOCUMENTS, path: 'none.md' })).rejects.toThrow('no document "none.md"');
  });
});
