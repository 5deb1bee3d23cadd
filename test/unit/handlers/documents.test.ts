import { createHash } from 'node:crypto';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DOCUMENT_LIMITS, loadDocuments } from '../../../src/handlers/documents.js';
import { DOCUMENTS, folderWith, run } from './handler-context.js';

async function pathsIn(files: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> {
  return (await loadDocuments(await folderWith(files))).documents.map((document) => document.path);
}

describe('loading a folder', () => {
  test('finds every format in order of path, with titles', async () => {
    const { documents, warnings } = await loadDocuments(DOCUMENTS);
    expect(documents.map(({ path, kind, title }) => [path, kind, title])).toEqual([
      ['data/limits.csv', 'csv', 'limits.csv'],
      ['data/settings.json', 'json', 'settings.json'],
      ['guide/durability.html', 'html', 'Durability & commits'],
      ['leases.md', 'markdown', 'Leases and fencing'],
      ['notes.txt', 'text', 'notes.txt'],
    ]);
    expect(warnings).toEqual([]);
  });

  test('D1: the hash is that of the bytes, and Markdown lines are the raw lines', async () => {
    const { documents } = await loadDocuments(DOCUMENTS);
    const leases = documents.find((document) => document.path === 'leases.md');
    const bytes = await readFile(join(DOCUMENTS, 'leases.md'));
    expect(leases?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(leases?.lines).toEqual(bytes.toString('utf8').replace(/\n$/, '').split('\n'));
  });

  test('drops a byte order mark and Windows line ends from the lines', async () => {
    const { documents } = await loadDocuments(await folderWith({ 'a.txt': '\uFEFFone\r\ntwo\r\n' }));
    expect(documents[0]?.lines).toEqual(['one', 'two']);
  });

  test('takes Markdown headings from the parser, not from comments in code', async () => {
    const { documents } = await loadDocuments(DOCUMENTS);
    const leases = documents.find((document) => document.path === 'leases.md');
    expect(leases?.headings.map(({ line, level, text }) => `${line} ${level} ${text}`)).toEqual([
      '6 1 Leases',
      '12 2 Heartbeats',
      '33 2 Fencing',
    ]);
  });

  test('has an equal fingerprint for equal contents and another one after a change', async () => {
    const first = await loadDocuments(await folderWith({ 'a.md': 'same', 'b.md': 'same' }));
    const second = await loadDocuments(await folderWith({ 'b.md': 'same', 'a.md': 'same' }));
    const third = await loadDocuments(await folderWith({ 'a.md': 'same', 'b.md': 'other' }));
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(third.fingerprint).not.toBe(first.fingerprint);
  });
});

describe('what is left out', () => {
  test('.gitignore files of every level are obeyed, the deepest one decides', async () => {
    const paths = await pathsIn({
      '.gitignore': 'drafts/\n*.txt\n/top.md\n',
      'kept.md': 'x',
      'top.md': 'x',
      'a.txt': 'x',
      'drafts/idea.md': 'x',
      'sub/top.md': 'x',
      'sub/.gitignore': '!note.txt\nsecret.md\n',
      'sub/note.txt': 'x',
      'sub/other.txt': 'x',
      'sub/secret.md': 'x',
    });
    expect(paths).toEqual(['kept.md', 'sub/note.txt', 'sub/top.md']);
  });

  test('node_modules, dot folders, dot files and other formats are not documents', async () => {
    const paths = await pathsIn({
      'node_modules/pkg/readme.md': 'x',
      '.hidden/a.md': 'x',
      '.a.md': 'x',
      'program.ts': 'x',
      'README.MD': 'x',
    });
    expect(paths).toEqual(['README.MD']);
  });

  test('D3: binary, oversized and non-UTF-8 files are named in warnings', async () => {
    const folder = await folderWith({
      'binary.txt': new Uint8Array([65, 0, 66]),
      'big.txt': 'x'.repeat(1024 * 1024 + 1),
      'latin1.txt': new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
      'fits.txt': 'x'.repeat(1024 * 1024),
    });
    const { documents, warnings } = await loadDocuments(folder);
    expect(documents.map((document) => document.path)).toEqual(['fits.txt']);
    expect(warnings).toEqual([
      'big.txt was skipped: 1048577 bytes, more than 1048576',
      'binary.txt was skipped: it is binary',
      'latin1.txt was skipped: it is not UTF-8',
    ]);
  });

  test('D3: what exceeds the total size or the number of files is left out and said', async () => {
    expect(DOCUMENT_LIMITS).toEqual({ files: 5_000, bytesPerFile: 1_048_576, bytes: 67_108_864 });
    const folder = await folderWith({ 'a.txt': 'four', 'b.txt': 'four', 'c.txt': 'four', 'd.txt': '4' });
    const heavy = await loadDocuments(folder, { limits: { ...DOCUMENT_LIMITS, bytes: 10 } });
    expect(heavy.documents.map((document) => document.path)).toEqual(['a.txt', 'b.txt']);
    expect(heavy.warnings).toEqual(['c.txt and what follows were not loaded: the documents exceed 10 bytes']);
    const many = await loadDocuments(folder, { limits: { ...DOCUMENT_LIMITS, files: 3 } });
    expect(many.documents.map((document) => document.path)).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(many.warnings).toEqual(['only the first 3 documents were loaded; the folder holds more']);
  });

  test('D2: symbolic links are followed neither out of the folder nor within it', async () => {
    const outside = await folderWith({ 'secret.md': 'secret', 'sub/more.md': 'secret' });
    const folder = await folderWith({ 'own.md': 'own', 'real/a.md': 'a' });
    await symlink(join(outside, 'secret.md'), join(folder, 'link.md'));
    await symlink(join(outside, 'sub'), join(folder, 'linked'));
    await symlink(folder, join(folder, 'loop'));
    const { documents } = await loadDocuments(folder);
    expect(documents.map((document) => document.path)).toEqual(['own.md', 'real/a.md']);
  });

  test('a folder that is itself a link is loaded', async () => {
    const target = await folderWith({ 'a.md': 'a' });
    const parent = await folderWith({});
    await symlink(target, join(parent, 'docs'));
    expect((await loadDocuments(join(parent, 'docs'))).documents).toHaveLength(1);
  });
});

describe('folders without documents', () => {
  test.each([
    ['is missing', 'missing', /missing cannot be read/],
    ['is a file', 'a.ts', /a\.ts is not a folder/],
    ['holds no document', 'empty', /empty \(.*\) holds no \.md/],
  ])('DOCUMENTS_NOT_FOUND names a folder that %s', async (_, name, message) => {
    const folder = await folderWith({ 'a.ts': 'x', 'empty/b.ts': 'x' });
    const loading = loadDocuments(join(folder, name));
    await expect(loading).rejects.toMatchObject({ code: 'DOCUMENTS_NOT_FOUND', retryable: false });
    await expect(loading).rejects.toThrow(message);
  });

  test('an aborted load rejects with the reason of the signal', async () => {
    const reason = new Error('cancelled');
    await expect(loadDocuments(DOCUMENTS, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test('docs.load lists the documents and their warnings, and logs the warnings', async () => {
  const folder = await folderWith({ 'a.md': '# Title\n\ntext\n', 'b.txt': new Uint8Array([0]) });
  const warnings: string[] = [];
  const output = await run('docs.load', { docs: folder }, {}, warnings);
  expect(output['documents']).toEqual([
    {
      path: 'a.md',
      kind: 'markdown',
      title: 'Title',
      lines: 3,
      bytes: 14,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    },
  ]);
  expect(output['warnings']).toEqual(['b.txt was skipped: it is binary']);
  expect(warnings).toEqual(['b.txt was skipped: it is binary']);
});
