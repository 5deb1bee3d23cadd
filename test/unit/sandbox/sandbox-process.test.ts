/** The process of a sandbox: what it is denied, how it dies, and what its host does with what it says. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { LineReader } from '../../../src/sandbox/line-reader.js';
import { parseGuestMessage } from '../../../src/sandbox/messages.js';
import { OneOffRuns } from '../../../src/sandbox/one-off.js';
import { until } from '../../support/processes.js';
import { failure, isAlive, never, sandboxFor } from './sandbox-rig.js';

const SANDBOX = fileURLToPath(new URL('../../../dist/sandbox/sandbox.js', import.meta.url));

test('S1: a process that is killed in the middle of a run is an error, not a hang', async () => {
  const sandbox = sandboxFor();
  await sandbox.run('1', never);
  const running = failure(sandbox.run('for (;;);', never));
  process.kill(sandbox.pid ?? 0, 'SIGKILL');
  const error = await running;
  expect(error).toMatchObject({ code: 'SANDBOX_LOST', retryable: true });
  expect(error.message).toContain('SIGKILL');
  expect(await failure(sandbox.run('1', never))).toBe(error);
});

describe('S4: an aborted run', () => {
  test('ends the process of busy code, and the run with the reason', async () => {
    const sandbox = sandboxFor();
    await sandbox.run('1', never);
    const pid = sandbox.pid ?? 0;
    const controller = new AbortController();
    const running = sandbox.run('for (;;);', controller.signal);
    controller.abort(new Error('stop it'));
    await expect(running).rejects.toThrow('stop it');
    await until(() => (isAlive(pid) ? undefined : true), 'the process has ended');
    expect((await failure(sandbox.run('1', never))).message).toBe('the sandbox is closed: open another one');
  });

  test('is heard by the host functions that it waits for, and their late answers go nowhere', async () => {
    const controller = new AbortController();
    let answer: (value: Json) => void = () => undefined;
    let heard: AbortSignal | undefined;
    const sandbox = sandboxFor({
      functions: {
        ask: (_args, signal) => {
          heard = signal;
          queueMicrotask(() => controller.abort(new Error('nobody answers')));
          return new Promise<Json>((resolve) => (answer = resolve));
        },
      },
    });
    await expect(sandbox.run('await ask()', controller.signal)).rejects.toThrow('nobody answers');
    expect(heard?.aborted).toBe(true);
    answer(1);
  });

  test('that was aborted before it began changes nothing', async () => {
    const sandbox = sandboxFor();
    await expect(sandbox.run('1', AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
    expect((await sandbox.run('2', never)).value).toBe(2);
  });
});

test('one run at a time, and none after the end', async () => {
  const sandbox = sandboxFor();
  const first = sandbox.run('1', never);
  expect((await failure(sandbox.run('2', never))).message).toBe('a sandbox runs one code at a time');
  expect((await first).value).toBe(1);
  await sandbox.close();
  await sandbox.close();
  expect(isAlive(sandbox.pid ?? 0)).toBe(false);
});

test('P1: when its host is killed, the process of busy code is gone, too', async () => {
  const host = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { openSandbox } from ${JSON.stringify(SANDBOX)};
       const sandbox = openSandbox();
       await sandbox.run('1', new AbortController().signal);
       sandbox.run('for (;;);', new AbortController().signal).catch(() => undefined);
       process.stdout.write(String(sandbox.pid) + '\\n');`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void host.kill('SIGKILL'));
  const pid = Number(await new Promise((resolve) => host.stdout.once('data', (text: Buffer) => resolve(String(text)))));
  expect(isAlive(pid)).toBe(true);
  host.kill('SIGKILL');
  await until(() => (isAlive(pid) ? undefined : true), 'the process of the sandbox has ended');
});

test('H3: a sandbox that nobody closes does not keep its host alive', async () => {
  const host = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { openSandbox } from ${JSON.stringify(SANDBOX)};
     await openSandbox().run('1', new AbortController().signal);`,
  ]);
  onTestFinished(() => void host.kill('SIGKILL'));
  expect(await new Promise((resolve) => host.once('exit', resolve))).toBe(0);
});

test.runIf(process.platform === 'linux')(
  'H1, H2: no environment, no files, the root as folder, few rights',
  async () => {
    process.env['NEXUM_CANARY'] = 'secret-of-the-host';
    onTestFinished(() => {
      delete process.env['NEXUM_CANARY'];
    });
    const sandbox = sandboxFor();
    await sandbox.run('1', never);
    const read = (name: string): string => readFileSync(`/proc/${sandbox.pid ?? 0}/${name}`, 'utf8');
    expect(read('environ').replaceAll('\0', '')).toBe('TZ=UTC');
    expect(read('cmdline')).toMatch(/--(experimental-)?permission\0/);
    expect(read('cmdline')).not.toMatch(/--allow-(fs-write|child-process|addons|wasi|net)/);
  },
);

test('one-off runs share nothing, and wait for their turn', async () => {
  const runs = new OneOffRuns(1);
  const codes = ['globalThis.seen = 1; Object.prototype.seen = 2; 1', 'typeof seen', 'nothing()', '3'];
  const results = await Promise.allSettled(codes.map(async (code) => (await runs.run(code, {}, never)).value));
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual([
    1,
    'undefined',
    'failed',
    3,
  ]);
});

describe('S5: what the process says is not believed', () => {
  test.each([
    'no JSON',
    'null',
    '[]',
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    '{"type":"call","id":"1","name":"a","args":"[]"}',
    '{"type":"value","output":""}',
    '{"type":"error","error":null,"output":""}',
    '{"type":"error","error":{"name":"a","message":"b"},"output":""}',
  ])('%s is no message', (line) => {
    expect(parseGuestMessage(line)).toBeUndefined();
  });

  test('a line that does not end is given up, however it arrives', () => {
    const lines: string[] = [];
    const reader = new LineReader(8, (line) => lines.push(line));
    expect(reader.push(Buffer.from('one\ntw'))).toBe(true);
    expect(reader.push(Buffer.from('o\n12345678\n12345'))).toBe(true);
    expect(lines).toEqual(['one', 'two', '12345678']);
    expect(reader.push(Buffer.from('6789'))).toBe(false);
  });
});
