/** Code that wants too much: each ends its own sandbox and nothing else. */
import { describe, expect, test } from 'vitest';
import { openSandbox } from '../../../src/sandbox/sandbox.js';
import type { SandboxLimits } from '../../../src/sandbox/limits.js';
import { failure, never, peakMemoryMb, sandboxFor } from './sandbox-rig.js';

const LITTLE_TIME = { cpuMs: 200 };
/** For code that has to meet another limit first, however slow the machine is. */
const TIME = { cpuMs: 20_000 };
const functions = { add: () => Promise.resolve(1) };

/** Node itself, the thread around the engine, and what crosses the border: measured 60 MiB, and room for other versions. */
const AROUND_THE_ENGINE_MB = 120;

describe.concurrent('S2: a sandbox has ended, and says so, after', () => {
  test.concurrent.for<[string, string, string, Partial<SandboxLimits>?]>([
    ['an endless loop', 'for (;;);', 'cpu'],
    ['an endless loop that catches everything', 'for (;;) { try { for (;;); } catch {} finally { continue } }', 'cpu'],
    ['endless promise jobs', 'await (async () => { for (;;) await 0 })()', 'cpu'],
    ['promise jobs that breed', 'const again = () => Promise.resolve().then(again); await again()', '(cpu|memory)'],
    ['a regex bomb', '/^(a+)+$/.test("a".repeat(40) + "b")', 'cpu'],
    ['one operation that looks at no deadline', '"x".repeat(2 ** 23).indexOf("x".repeat(2 ** 22) + "y")', 'cpu'],
    ['a getter without an end', 'const o = { get x() { for (;;); } }; o', 'cpu'],
    ['a getter of an error without an end', 'throw { get message() { for (;;); } }', 'cpu'],
    ['a toJSON without an end', '({ toJSON() { for (;;); } })', 'cpu'],
    ['a memory bomb of objects', 'const all = []; for (;;) all.push({})', 'memory', TIME],
    ['a memory bomb of strings', 'let s = "x"; for (;;) s = JSON.stringify(s + s)', 'memory', TIME],
    ['one huge array', 'new Uint8Array(2 ** 28)', 'memory', TIME],
    ['a memory bomb that catches everything', 'try { "x".repeat(2 ** 29) } catch {} 5', 'memory', TIME],
    ['deep recursion', 'const f = (n) => 1 + f(n + 1); f(0)', 'stack', TIME],
    ['deep nesting of code', 'eval("(".repeat(90000))', 'stack', TIME],
    ['deep recursion while it becomes JSON', 'const o = { toJSON: () => JSON.stringify(o) }; o', 'stack', TIME],
    ['too many calls', 'for (let i = 0; i < 12; i++) add()', 'calls', { ...TIME, callsPerRun: 11 }],
    ['too many calls that catch everything', 'for (;;) try { add() } catch {}', 'calls', { ...TIME, callsPerRun: 11 }],
  ])('%s', async ([, code, limit, limits], { expect: expects, onTestFinished }) => {
    const sandbox = openSandbox({ functions, limits: { ...LITTLE_TIME, ...limits } });
    onTestFinished(() => sandbox.close());
    const error = await failure(sandbox.run(code, never));
    expects(error.code).toBe('SANDBOX_LIMIT');
    expects(error.details['limit']).toMatch(new RegExp(`^${limit}$`));
    expects(error.details['ended']).toBe(true);
    expects(await failure(sandbox.run('1', never))).toBe(error);
  });
});

test('K2: the memory of the process stays below its cap and what Node needs, while code takes all it can', async () => {
  const sandbox = sandboxFor({ limits: { memoryMb: 64, ...TIME } });
  await sandbox.run('1', never);
  const pid = sandbox.pid ?? 0;
  let peakMb = 0;
  const look = setInterval(() => (peakMb = Math.max(peakMb, peakMemoryMb(pid) ?? 0)), 2);
  const error = await failure(
    sandbox.run('const all = []; for (;;) all.push(new Uint8Array(65536).fill(1), { a: [all.length] })', never),
  );
  clearInterval(look);
  expect(error.details['limit']).toBe('memory');
  if (process.platform === 'linux') expect(peakMb).toBeGreaterThan(64);
  expect(peakMb).toBeLessThan(64 + AROUND_THE_ENGINE_MB);
});

test('globals that do not fit into the memory are that limit, too', async () => {
  const globals = { input: Array.from({ length: 400_000 }, (_, number) => ({ path: 'docs/file.md', number })) };
  const sandbox = sandboxFor({ globals, limits: { memoryMb: 16, ...TIME } });
  expect((await failure(sandbox.run('input.length', never))).details).toMatchObject({ limit: 'memory', ended: true });
});

test('the time of starting is not that of the code, however much there is to start with', async () => {
  const globals = { input: Array.from({ length: 200_000 }, (_, number) => ({ number })) };
  const sandbox = sandboxFor({ globals, limits: { memoryMb: 256, cpuMs: 200 } });
  expect((await sandbox.run('input.length', never)).value).toBe(200_000);
});

test('what is only too long leaves the sandbox as it is', async () => {
  const sandbox = sandboxFor({ limits: { valueChars: 100, codeChars: 200 } });
  const value = await failure(sandbox.run('var kept = 1; print("seen"); "x".repeat(99)', never));
  expect(value.details).toMatchObject({ limit: 'value', ended: false, output: 'seen\n' });
  const code = await failure(sandbox.run(' '.repeat(201), never));
  expect(code.details).toMatchObject({ limit: 'code', ended: false });
  expect((await sandbox.run('kept', never)).value).toBe(1);
});

test('a flood of output is cut, and the cut is said', async () => {
  const sandbox = sandboxFor({ limits: { outputChars: 1000 } });
  const { output, value } = await sandbox.run('for (let i = 0; i < 5000; i++) print("x".repeat(300)); "done"', never);
  expect(value).toBe('done');
  expect(output.length).toBeLessThan(1100);
  expect(output.endsWith('\n(output cut: more than 1000 characters)\n')).toBe(true);
});

test('10,000 calls of a host function are answered when they are allowed', async () => {
  const sandbox = sandboxFor({ functions, limits: { callsPerRun: 10_000, cpuMs: 60_000, wallMs: 60_000 } });
  const code =
    'let sum = 0; for (let i = 0; i < 100; i++) for (const n of await Promise.all(Array.from({ length: 100 }, () => add()))) sum += n; sum';
  expect((await sandbox.run(code, never)).value).toBe(10_000);
});

test('a host function that never answers ends with the limit of waiting, and hears of it', async () => {
  const heard: AbortSignal[] = [];
  const sandbox = sandboxFor({
    limits: { waitMs: 100 },
    functions: {
      wait: (_args, signal) => {
        heard.push(signal);
        return new Promise(() => undefined);
      },
    },
  });
  const error = await failure(sandbox.run('print("asked"); await wait()', never));
  expect(error.details).toMatchObject({ limit: 'wait', ended: true, output: 'asked\n' });
  expect(heard.map(({ aborted }) => aborted)).toEqual([true]);
});
