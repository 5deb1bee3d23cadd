/** What code in a sandbox is and gives: values, output, errors, functions of the host, and the same again. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { nexumError } from '../../../src/errors.js';
import { failure, never, sandboxFor, sharedSandbox } from './sandbox-rig.js';

const functions = {
  add: ([a, b]: readonly Json[]) => Promise.resolve(Number(a) + Number(b)),
  echo: (args: readonly Json[]) => Promise.resolve(args),
  refuse: () => Promise.reject(nexumError('TOOL_FAILED', 'no such page')),
  large: () => Promise.resolve('x'.repeat(1_000_001)),
};
const run = sharedSandbox({ functions, globals: { settings: { depth: 2 } } });

describe('the value of code', () => {
  test.each<[string, Json]>([
    ['1 + 1', 2],
    ['await add(2, 3)', 5],
    ['add(2, 3)', 5],
    ['return 7', 7],
    ['if (settings.depth > 1) { return "deep" }\nreturn "flat"', 'deep'],
    ['undefined', null],
    ['', null],
    ['({ a: undefined, b: [undefined, null], c: new Date(0) })', { b: [null, null], c: '1970-01-01T00:00:00.000Z' }],
    ['"a\\u0000b\\ud83d\\ude00é\\n"', 'a\u0000b😀é\n'],
    ['[typeof settings, settings.depth]', ['object', 2]],
    ['eval("6 * 7")', 42],
  ])('%s', async (code, value) => {
    expect(await run(code)).toEqual(value);
  });

  test.each([
    ['() => 1', 'it is a function'],
    ['({ big: 10n })', 'its member "big" is a bigint'],
    ['({ when: NaN })', 'its member "when" is NaN'],
    ['({ seen: new Map() })', 'is a Map (use Object.fromEntries)'],
    ['[add(1, 2)]', 'is a Promise (await it)'],
    ['(() => { const loop = {}; loop.self = loop; return loop })()', 'circular reference'],
    ['(() => { let deep = []; for (let i = 0; i < 150; i++) deep = [deep]; return deep })()', 'nested deeper than 100'],
  ])('%s is refused in clear words', async (code, words) => {
    const error = await failure(run(code));
    expect(error.code).toBe('SANDBOX_ERROR');
    expect(error.message).toContain(words);
  });
});

test('what a run declares is there in the next one; with `return` it is a function of its own', async () => {
  const sandbox = sandboxFor();
  await sandbox.run('const kept = 1; let grown = kept; function twice(n) { return 2 * n }', never);
  await sandbox.run('const local = 5; return local', never);
  expect((await sandbox.run('grown += 1; [kept, grown, twice(21), typeof local]', never)).value).toEqual([
    1,
    2,
    42,
    'undefined',
  ]);
  const again = await failure(sandbox.run('const kept = 2', never));
  expect(again.message).toContain("redeclaration of 'kept' (an earlier run declared it");
});

test('output is kept in order, as people want to read it, also when the code fails', async () => {
  const sandbox = sandboxFor({ limits: { outputChars: 200 } });
  const code = 'print("a", 1, { b: [null] }); console.log(new Map([[1, 2]]), undefined, 5n, new Error("x"))';
  expect((await sandbox.run(code, never)).output).toBe('a 1 {"b":[null]}\n[[1,2]] undefined 5 Error: x\n');
  const error = await failure(sandbox.run('print("before"); nothing()', never));
  expect(error.details).toMatchObject({ name: 'ReferenceError', line: 1, output: 'before\n' });
});

describe('what code throws', () => {
  test.each([
    ['\n\nfoo()', "ReferenceError: 'foo' is not defined (line 3)"],
    ['function f() {\n  return null.x;\n}\nf()', '(line 2)'],
    ['let a = 1;\nlet = ;', '(line 2)'],
    ['return 1;\nreturn null.x.y', undefined],
    ['throw "text"', 'text'],
    ['throw null', 'null'],
    ['await new Promise(() => {})', 'the code waits for a promise that nothing settles'],
    ['await refuse()', 'Error: no such page'],
    ['await import("node:fs")', "could not load module 'node:fs'"],
    ['await add(() => 1)', 'an argument of add() cannot be JSON: its member "0" is a function'],
    ['await echo("x".repeat(300000))', 'the arguments of echo() are longer than 262144 characters'],
    ['await large()', 'the result of large() is longer than 1000000 characters'],
  ])('%s', async (code, words) => {
    if (words === undefined) {
      expect(await run(code)).toBe(1);
      return;
    }
    const error = await failure(run(code));
    expect(error.code).toBe('SANDBOX_ERROR');
    expect(error.message).toContain(words);
  });

  test('an error of a host function can be caught, with its code', async () => {
    expect(await run('try { await refuse() } catch (error) { [error.code, error.message] }')).toEqual([
      'TOOL_FAILED',
      'no such page',
    ]);
  });
});

describe('host functions', () => {
  test('run at the same time, as many as there may be; the rest waits for its turn', async () => {
    const begun: Json[] = [];
    let running = 0;
    let most = 0;
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const sandbox = sandboxFor({
      limits: { parallelCalls: 2 },
      functions: {
        step: async ([n]) => {
          begun.push(n ?? null);
          running += 1;
          most = Math.max(most, running);
          // The first two wait for each other: one after the other they would never end.
          if (running === 2) release();
          await gate;
          running -= 1;
          return n ?? null;
        },
      },
    });
    const { value } = await sandbox.run('await Promise.all([1, 2, 3, 4, 5].map((n) => step(n)))', never);
    expect(value).toEqual([1, 2, 3, 4, 5]);
    expect(begun).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  test('K4: are answered in the order of their calls, so that equal code makes equal calls', async () => {
    const calls = async (slow: string): Promise<readonly Json[]> => {
      const made: Json[] = [];
      const answered = new Map<string, () => void>();
      const others = new Promise<void>((resolve) => answered.set('all', resolve));
      const sandbox = sandboxFor({
        functions: {
          get: async ([name]) => {
            made.push(name ?? null);
            if (name === slow) await others;
            if (name !== slow) answered.get('all')?.();
            return `${JSON.stringify(name)}!`;
          },
        },
      });
      const code =
        'await Promise.all(["a", "b"].map(async (name) => get(await get(name)))); [Math.random(), Date.now() > 0]';
      await sandbox.run(code, never);
      return made;
    };
    expect(await calls('a')).toEqual(await calls('b'));
  });

  test('K5: a call that nobody awaits is answered before the run ends', async () => {
    let done = false;
    const sandbox = sandboxFor({
      functions: {
        slow: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          done = true;
          return null;
        },
      },
    });
    expect((await sandbox.run('slow(); 1', never)).value).toBe(1);
    expect(done).toBe(true);
  });
});

test('time and chance are functions of what the sandbox was opened with', async () => {
  const code =
    '[Date.now(), new Date().toISOString(), Date.now(), Math.random(), Math.random(), new Date(0).getHours()]';
  const options = { seed: 'one', nowMs: 1_000_000_000_000 };
  const [first, again, other] = await Promise.all(
    [options, options, { ...options, seed: 'two' }].map(
      async (each) => (await sandboxFor(each).run(code, never)).value as readonly Json[],
    ),
  );
  expect(first).toEqual(again);
  expect(first?.slice(0, 3)).toEqual([1_000_000_000_001, '2001-09-09T01:46:40.002Z', 1_000_000_000_003]);
  expect(first?.[5]).toBe(0);
  expect(other?.[3]).not.toBe(first?.[3]);
});

test('names that code could not write, or that mean something else, are refused', () => {
  for (const functionsOf of [['not a name'], ['print'], ['__proto__'], ['a-b']])
    expect(() => sandboxFor({ globals: Object.fromEntries(functionsOf.map((name) => [name, 1])) })).toThrow(/name/);
  expect(() => sandboxFor({ functions, globals: { add: 1 } })).toThrow('the name add is taken');
  expect(() => sandboxFor({ limits: { memoryMb: 15 } })).toThrow(
    'memoryMb of a sandbox is a whole number from 16 to 2048',
  );
});
