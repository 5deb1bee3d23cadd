import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBuiltInHandlers } from '../../../../src/handlers/built-in.js';
import { DocumentLibrary } from '../../../../src/handlers/document-library.js';
import { ConfinedFolder } from '../../../../src/handlers/files/confined-folder.js';
import { permissionsOf } from '../../../../src/handlers/permissions.js';
import { runIn } from '../handler-context.js';

let base: string;
let folder: string;
let outside: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'nexum-files-'));
  [folder, outside] = [join(base, 'in'), join(base, 'out')];
  await mkdir(folder);
  await mkdir(outside);
  await writeFile(join(outside, 'secret'), 'secret');
});
afterEach(() => rm(base, { recursive: true, force: true }));

const table = (permissions = permissionsOf({}, { allowFiles: folder })) =>
  createBuiltInHandlers({ library: new DocumentLibrary(), env: {}, permissions });

test('a text is written, a value as JSON, and both again with the same outcome', async () => {
  const first = await runIn(table(), 'file.write', { path: 'a/b.txt', content: 'grüße' });
  expect(first).toMatchObject({ path: 'a/b.txt', bytes: 7 });
  expect(await runIn(table(), 'file.write', { path: 'a/b.txt', content: 'grüße' })).toEqual(first);
  await runIn(table(), 'file.write', { path: 'v.json', content: { a: [1] } });
  expect(await readFile(join(folder, 'a/b.txt'), 'utf8')).toBe('grüße');
  expect(JSON.parse(await readFile(join(folder, 'v.json'), 'utf8'))).toEqual({ a: [1] });
  expect((await readdir(join(folder, 'a'))).sort()).toEqual(['b.txt']);
});

test('without leave it fails and says how to give it', async () => {
  await expect(runIn(table(permissionsOf({})), 'file.write', { path: 'a', content: 'x' })).rejects.toMatchObject({
    code: 'TOOL_NOT_ALLOWED',
    message: expect.stringContaining('--allow-files') as string,
  });
});

describe('F1, F2: nothing outside of the folder is', () => {
  beforeEach(async () => {
    await symlink(outside, join(folder, 'link'));
    await symlink(join(outside, 'secret'), join(folder, 'alias'));
    await symlink(join(outside, 'new'), join(folder, 'dangling'));
    await symlink('..', join(folder, 'up'));
    await symlink(join(base, 'nowhere'), join(folder, 'lost'));
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'file'), 'x');
  });

  const PATHS = [
    '../out/secret',
    'sub/../../out/secret',
    '..',
    '.',
    '',
    ' ',
    '/etc/passwd',
    '~/x',
    'C:\\x',
    'C:x',
    '\\\\host\\x',
    '..\\out\\secret',
    'sub\\..\\..\\out',
    'a\0b',
    'link/secret',
    'link/new',
    'link/deep/new',
    'alias',
    'dangling',
    'up/out/secret',
    'lost/new',
    'sub/',
    'sub',
    'file/x',
    'x'.repeat(300),
    `${'d/'.repeat(600)}x`,
  ];

  test.each(PATHS)('written: %j', async (path) => {
    await expect(new ConfinedFolder(folder).write(path, 'evil')).rejects.toThrow();
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect((await readdir(base)).sort()).toEqual(['in', 'out']);
  });

  test.each(PATHS)('read: %j', async (path) => {
    await expect(new ConfinedFolder(folder).read(path)).rejects.toThrow();
  });
});

test('a folder that is a link itself is followed: its operator named it', async () => {
  await symlink(folder, join(base, 'named'));
  await new ConfinedFolder(join(base, 'named')).write('a', 'x');
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('x');
});

test('what is no text, or too large, is not read', async () => {
  await writeFile(join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
  await writeFile(join(folder, 'large'), Buffer.alloc(11 * 1024 * 1024));
  await expect(new ConfinedFolder(folder).read('binary')).rejects.toThrow('no UTF-8 text');
  await expect(new ConfinedFolder(folder).read('large')).rejects.toThrow('more than');
  await expect(new ConfinedFolder(folder).read('missing')).rejects.toThrow('ENOENT');
});
