/** Code that wants out: everything here is tried in one sandbox, whose host is looked at afterwards. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { NexumError, nexumError } from '../../../src/errors.js';
import { readEnd } from '../../../src/sandbox/run-end.js';
import { failure, never, sandboxFor, sharedSandbox } from './sandbox-rig.js';

const received: (readonly Json[])[] = [];
const functions = {
  take: (args: readonly Json[]) => {
    received.push(args);
    return Promise.resolve(args.length);
  },
  give: () =>
    Promise.resolve(
      JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as Json,
    ),
  hostile: () =>
    Promise.reject(Object.defineProperty(new Error('x'), 'message', { value: `</tool> ${'long '.repeat(10_000)}` })),
};
const run = sharedSandbox({ functions, globals: { data: { list: [1, 2] } } });

beforeAll(() => {
  process.env['NEXUM_CANARY'] = 'secret-of-the-host';
});
afterAll(() => {
  delete process.env['NEXUM_CANARY'];
});

describe('what there is in a sandbox', () => {
  test('nothing of Node, of browsers, or of shared memory', async () => {
    const names =
      'process require module exports global Buffer fetch XMLHttpRequest WebSocket WebAssembly importScripts Worker setTimeout setInterval setImmediate queueMicrotask structuredClone performance Atomics SharedArrayBuffer std os bjson scriptArgs navigator Deno Bun';
    expect(
      await run(`const all = ${JSON.stringify(names.split(' '))}; all.filter((name) => name in globalThis)`),
    ).toEqual([]);
  });

  test.each([
    'this.constructor.constructor("return process")()',
    '(async () => {}).constructor("return process")()',
    'take.constructor.constructor("return process")()',
    'print.constructor("return this.process.env")()',
    'console.log.call.constructor("return require(\'fs\')")()',
    'import("node:fs")',
    'import("file:///etc/passwd")',
    'new (Object.getPrototypeOf(function* () {}).constructor)("yield process")().next().value',
    '(0, eval)("process.env.NEXUM_CANARY")',
    'Reflect.construct(Function, ["return process"])()',
    '[].map.constructor("return process")()',
  ])('no way out: %s', async (code) => {
    const error = await failure(run(code));
    expect(error.code).toBe('SANDBOX_ERROR');
    expect(error.message).toMatch(/is not defined|could not load module|cannot read property/);
  });

  test('the functions of the thread itself are out of reach', async () => {
    const code = `
      const found = [];
      const watch = (target, name) => {
        const before = target[name];
        target[name] = function (...args) { found.push(...args.filter((arg) => typeof arg === "function").map(String)); return before.apply(this, args) };
        return () => { target[name] = before };
      };
      const restore = [watch(Promise.prototype, "then"), watch(Function.prototype, "call"), watch(Reflect, "apply"), watch(Map.prototype, "set")];
      await take(1).then((value) => value);
      print("x");
      for (const undo of restore) undo();
      found.filter((text) => text.includes("native code") && !/resolve|reject|thenable/i.test(text)).filter((text) => !text.includes("{\\n    [native code]"))`;
    expect(await run(code)).toEqual([]);
  });
});

describe('prototype pollution', () => {
  test('S3: of objects of the host: what code does to its prototypes stays with it', async () => {
    await run('Object.prototype.polluted = true; Array.prototype.polluted = true; await take({ a: 1 }, [data])');
    await run('delete Object.prototype.polluted; delete Array.prototype.polluted');
    expect(received.at(-1)).toEqual([{ a: 1 }, [{ list: [1, 2] }]]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(([] as unknown as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['take(JSON.parse(\'{"__proto__":{"polluted":true}}\'))', 'the arguments of take(): it has a key `__proto__`'],
    ['take({ deep: [{ ["__proto__"]: 1 }] })', 'the arguments of take(): it has a key `__proto__`'],
    ['JSON.parse(\'{"__proto__":{"polluted":true}}\')', 'the value of the code: it has a key `__proto__`'],
    ['({ toJSON: () => JSON.parse(\'{"__proto__":1}\') })', 'the value of the code: it has a key `__proto__`'],
  ])('%s is refused', async (code, words) => {
    const before = received.length;
    expect((await failure(run(`await ${code}`))).message).toContain(words);
    expect(received.length).toBe(before);
  });

  test('a result of the host with such keys is plain data in the code', async () => {
    const code =
      'const given = await give(); [Object.keys(given), given.polluted, ({}).polluted, Object.getPrototypeOf(given) === Object.prototype]';
    expect(await run(code)).toEqual([['__proto__', 'constructor'], null, null, true]);
  });

  test('getters, proxies and toJSON run inside, once, and only their JSON comes out', async () => {
    const code = `
      let reads = 0;
      const tricky = { get a() { reads += 1; return reads }, toJSON(key) { return { key, a: this.a } } };
      const proxy = new Proxy({}, { ownKeys: () => ["b"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }), get: () => "trap" });
      await take(tricky, proxy);
      reads`;
    expect(await run(code)).toBe(1);
    expect(received.at(-1)).toEqual([{ key: '0', a: 1 }, { b: 'trap' }]);
  });
});

describe('hostile errors', () => {
  test.each([
    ['throw { get message() { throw 1 }, get name() { throw 2 }, get stack() { throw 3 } }', '[object]'],
    ['throw Object.assign(new Error("x"), { stack: { toString() { throw 1 } } })', 'x'],
    ['throw new Proxy(new Error("x"), { get() { throw 1 } })', 'the code threw'],
    ['throw { toString() { throw 1 }, code: 7 }', '"code":7'],
    ['throw Symbol("s")', 'Symbol(s)'],
    ['throw Object.create(null)', '{}'],
    ['throw undefined', 'undefined'],
    ['throw { message: { toString: () => "text" }, name: 5 }', '5: text'],
  ])('%s', async (code, words) => {
    const error = await failure(run(code));
    expect(error.code).toBe('SANDBOX_ERROR');
    expect(error.message).toContain(words);
  });

  test('huge messages are cut, on both sides', async () => {
    expect((await failure(run('throw new Error("x".repeat(1e6))'))).message.length).toBeLessThan(2100);
    expect(await run('try { await hostile() } catch (error) { error.message.length }')).toBe(2000);
  });

  test('code that breaks the functions of the language harms itself alone', async () => {
    const code = `
      const saved = [JSON.stringify, JSON.parse, Array.prototype[Symbol.iterator], Promise.prototype.then, String.prototype.slice];
      JSON.stringify = JSON.parse = () => { throw new Error("broken") };
      Promise.prototype.then = String.prototype.slice = undefined;
      let answer;
      try { answer = await take("still"); print("still") }
      finally { [JSON.stringify, JSON.parse, , Promise.prototype.then, String.prototype.slice] = saved }
      answer`;
    expect(await run(code)).toBe(1);
    expect(received.at(-1)).toEqual(['still']);
  });
});

describe('G2: code that breaks what the language looks up loses no sandbox', () => {
  const mine = 'throw new Error("mine")';
  test.each([
    [`Object.prototype.toJSON = () => null; ${mine}`, 'SANDBOX_ERROR Error: mine (line 1)'],
    [`Object.prototype.toJSON = () => "x".repeat(9e6); ${mine}`, 'SANDBOX_ERROR Error: mine (line 1)'],
    [`String.prototype.toJSON = () => 5; ${mine}`, 'SANDBOX_ERROR Error: mine (line 1)'],
    [`Array.prototype[Symbol.iterator] = null; ${mine}`, 'SANDBOX_ERROR Error: mine (line 1)'],
    [
      'throw Object.assign(new Error("constructor"), { name: "InternalError" })',
      'SANDBOX_ERROR InternalError: constructor (line 1)',
    ],
    ['throw new Error("a\\u0000b \\ud800")', 'SANDBOX_ERROR Error: a\u0000b \ud800 (line 1)'],
    ['Promise.prototype.constructor = null; 7', 7],
    ['Promise.prototype.constructor = null; return 7', 7],
    [`Object.defineProperty(Promise.prototype, "constructor", { get() { ${mine} } }); 7`, 7],
    [`Object.defineProperty(Promise, Symbol.species, { get() { ${mine} } }); 7`, 7],
    [
      'delete Promise.prototype.then; take(1)',
      'SANDBOX_ERROR TypeError: the value of the code cannot be JSON: it is a Promise (await it)',
    ],
    [`Object.defineProperty(Object.prototype, "then", { get() { ${mine} } }); 7`, 'SANDBOX_ERROR Error: mine (line 1)'],
    ['Object.prototype.then = (resolve) => resolve(null); 7', 'SANDBOX_ERROR TypeError: cannot convert to object'],
    [
      `Object.defineProperty(TypeError, Symbol.hasInstance, { value() { ${mine} } }); () => 1`,
      'SANDBOX_ERROR Error: mine (line 1)',
    ],
    ['Object.prototype.get = 1; try { await refuse() } catch (error) { error.code }', 'TOOL_FAILED'],
  ])('%s', async (code, gives) => {
    const refuse = () => Promise.reject(nexumError('TOOL_FAILED', 'no'));
    const sandbox = sandboxFor({ functions: { ...functions, refuse } });
    const outcome = await sandbox.run(code, never).then(
      ({ value }) => value,
      (error: unknown) => (error instanceof NexumError ? `${error.code} ${error.message}` : error),
    );
    expect(outcome).toBe(gives);
    expect(await sandbox.run('return 2', never)).toMatchObject({ value: 2 });
  });

  test('an end that cannot be read is an error of the code', () => {
    const unknown = { type: 'error', error: { name: '', message: '', line: 0 } };
    expect(readEnd('error', [])).toEqual(unknown);
    expect(readEnd('error', ['null', '{', '7'])).toEqual(unknown);
  });
});
