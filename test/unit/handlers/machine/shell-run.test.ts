import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/ir.js';
import { createBuiltInHandlers } from '../../../../src/handlers/built-in.js';
import { DocumentLibrary } from '../../../../src/handlers/document-library.js';
import { permissionsOf } from '../../../../src/handlers/permissions.js';
import type { HandlerContext } from '../../../../src/worker/handler.js';
import { runIn } from '../handler-context.js';

function shell(input: JsonObject, changes: Partial<HandlerContext> = {}, allowShell = true): Promise<JsonObject> {
  const permissions = permissionsOf({}, { allowShell });
  const table = createBuiltInHandlers({ library: new DocumentLibrary(), env: {}, permissions });
  return runIn(table, 'shell.run', input, changes);
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'nexum-shell-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

const pidIn = async (file: string): Promise<number> => Number(await readFile(file, 'utf8').catch(() => ''));
/** Dead, too: a zombie, which waits for a first process that takes no notice of it. */
const isAlive = (pid: number): boolean => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z\s]/.test(stdout.trim());
};

test('H1: a value reaches the command as a value, whatever it holds', async () => {
  const evil = '"; echo hacked; $(echo hacked) `echo hacked` \' \n*';
  expect(await shell({ command: 'printf %s "$VALUE"', env: { VALUE: evil, N: 1, O: { a: 1 } } })).toEqual({
    exitCode: 0,
    stdout: evil,
    stderr: '',
    omittedBytes: 0,
  });
  expect(await shell({ command: 'printf %s "$O$N"', env: { N: 1, O: { a: 1 } } })).toMatchObject({
    stdout: '{"a":1}1',
  });
});

test('H2: no variable of the worker is there, those of the node and its idempotency key are', async () => {
  process.env['NEXUM_CANARY_KEY'] = 'canary';
  try {
    const { stdout } = await shell({ command: 'env' }, { env: { OF_NODE: 'n' } });
    expect(stdout).not.toContain('canary');
    expect(stdout).toContain('OF_NODE=n');
    expect(stdout).toContain('NEXUM_IDEMPOTENCY_KEY=exec:step:1');
  } finally {
    delete process.env['NEXUM_CANARY_KEY'];
  }
});

test('an exit code is a failure, unless the author expects it', async () => {
  await expect(shell({ command: 'echo no such table >&2; exit 3' })).rejects.toMatchObject({
    code: 'SHELL_FAILED',
    message: expect.stringContaining('no such table') as string,
  });
  expect(await shell({ command: 'exit 3', ok_exit: [3] })).toMatchObject({ exitCode: 3 });
  expect(await shell({ command: 'cat', stdin: 'in' })).toMatchObject({ stdout: 'in' });
});

test('H3: an abort kills the whole group', async () => {
  const file = join(await folder(), 'pid');
  const abort = new AbortController();
  const running = shell(
    { command: 'sleep 1000 & echo $! > "$FILE"; wait', env: { FILE: file } },
    { signal: abort.signal },
  );
  await expect.poll(() => pidIn(file)).toBeGreaterThan(0);
  abort.abort(new Error('cancelled'));
  await expect(running).rejects.toThrow('cancelled');
  await expect.poll(async () => isAlive(await pidIn(file))).toBe(false);
});

test('H3: so does the time limit, and the end of the command what it left in the background', async () => {
  const file = join(await folder(), 'pid');
  await expect(shell({ command: 'sleep 1000', timeout_seconds: 1 })).rejects.toThrow('did not end within 1000 ms');
  expect(await shell({ command: 'sleep 1000 & echo $! > "$FILE"', env: { FILE: file } })).toMatchObject({
    exitCode: 0,
  });
  await expect.poll(async () => isAlive(await pidIn(file))).toBe(false);
});

test('H4: what it prints is kept up to a limit; who never stops is killed', async () => {
  const much = await shell({ command: 'head -c 3000000 /dev/zero | tr "\\0" x' });
  expect(much['stdout']).toHaveLength(1024 * 1024);
  expect(much['omittedBytes']).toBe(3_000_000 - 1024 * 1024);
  await expect(shell({ command: 'yes' })).rejects.toThrow('printed too much');
});

test('without leave it fails and says how to give it', async () => {
  await expect(shell({ command: 'true' }, {}, false)).rejects.toMatchObject({
    code: 'TOOL_NOT_ALLOWED',
    message: expect.stringContaining('--allow-shell') as string,
  });
});

test.each<[JsonObject, string]>([
  [{ command: 'true', env: { 'a b': 1 } }, 'no name of an environment variable'],
  [{ command: 'true', env: 'x' }, 'a map'],
  [{ command: '' }, 'not empty'],
  [{ command: 'true', ok_exit: 1 }, 'a list of exit codes'],
  [{ command: 'exit 1', ok_exit: 1 }, 'a list of exit codes'],
])('%j is refused', async (input, because) => {
  await expect(shell(input)).rejects.toThrow(because);
});
