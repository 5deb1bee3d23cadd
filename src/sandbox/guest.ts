/**
 * The first code of every sandbox: it makes the globals that code sees, and the bridge to the thread outside.
 *
 * `prelude` never runs here. Its source text is evaluated inside the engine (code-engine.ts), so it may use nothing but
 * its parameters and what ECMAScript has. Strings are all that crosses the bridge.
 *
 * G1 Code never holds a function of the thread itself, only closures made here: it cannot pass them anything but strings
 *    of bounded length.
 * G2 What is used after code has run was taken from the globals before: code that replaces `JSON.stringify` or
 *    `Promise.prototype.then` harms itself alone. What the language itself looks up (iterators of lists, members of a
 *    descriptor, the constructor of a promise, `toJSON` of objects) is not used, or may only fail as an error of the code.
 */

/** What the thread gives: each takes strings, numbers and booleans, and returns one of them or nothing. */
export interface GuestHost {
  readonly send: (name: string, args: string) => number;
  readonly write: (text: string) => void;
  /** Of a value its JSON text; of an error the JSON texts of its name, message and stack, which are strings. */
  readonly end: (kind: 'value' | 'error' | 'limit', ...texts: string[]) => void;
}

/** What the thread uses. */
export interface GuestBridge {
  readonly settle: (id: number, ok: boolean, text: string) => void;
  /** Ends the run with what the promise of the code gives. `wrapped`: as `{ value }`. */
  readonly watch: (promise: Promise<unknown>, wrapped: boolean) => void;
  /** Ends the run with an error. */
  readonly fail: (error: unknown) => void;
}

export interface GuestSetup {
  readonly functions: readonly string[];
  readonly globals: Readonly<Record<string, unknown>>;
  readonly seed: readonly number[];
  readonly maxOutput: number;
  readonly maxArguments: number;
  readonly maxValue: number;
  readonly maxError: number;
}

export function prelude(
  send: GuestHost['send'],
  write: GuestHost['write'],
  end: GuestHost['end'],
  setupText: string,
): GuestBridge {
  'use strict';
  const { parse, stringify } = JSON;
  /** Undefined for undefined, which the types of `stringify` do not know. */
  const textOf: (value: unknown, replacer: typeof strict) => string | undefined = stringify;
  const { apply, defineProperty, deleteProperty, get, setPrototypeOf } = Reflect;
  const { isFinite } = Number;
  const { isArray } = Array;
  const { create, keys } = Object;
  const Failure = Error;
  const Mistake = TypeError;
  const Pending = Promise;
  const Table = Map;
  const Collection = Set;
  const Text = String;
  const slice = get(Text.prototype, 'slice');
  const then = get(Pending.prototype, 'then') as (onValue: unknown, onError: unknown) => unknown;
  const setup = parse(setupText) as GuestSetup;
  interface Waiter {
    resolve: (value: unknown) => void;
    reject: (error: unknown) => void;
  }
  // Without a prototype: no setter of the code's for the number of a call.
  const waiting = create(null) as Record<number, Waiter | undefined>;

  const cut = (text: string, max: number): string => (text.length > max ? apply(slice, text, [0, max]) : text);

  /** JSON would drop or change these without a word. */
  const strict = (key: string, value: unknown): unknown => {
    let what = '';
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
      what = `a ${typeof value}`;
    else if (typeof value === 'number' && !isFinite(value)) what = `${value}`;
    else if (value instanceof Pending) what = 'a Promise (await it)';
    else if (value instanceof Table) what = 'a Map (use Object.fromEntries)';
    else if (value instanceof Collection) what = 'a Set (use [...set])';
    if (what !== '') throw new Mistake(`${key === '' ? 'it' : `its member ${stringify(key)}`} is ${what}`);
    return value;
  };

  const toJson = (value: unknown, what: string): string => {
    try {
      return textOf(value, strict) ?? 'null';
    } catch (error) {
      // Errors of the engine go through as they are: a stack overflow is no question of JSON.
      if (!(error instanceof Mistake)) throw error;
      throw new Mistake(`${what} cannot be JSON: ${error.message}`);
    }
  };

  const shown = (value: unknown): string => {
    if (typeof value === 'string') return value;
    if (value instanceof Failure) return `${value.name}: ${value.message}`;
    if (typeof value !== 'object' || value === null) return Text(value);
    const lenient = (_key: string, member: unknown): unknown => {
      if (typeof member === 'bigint' || typeof member === 'function' || typeof member === 'symbol') return Text(member);
      if (member instanceof Table || member instanceof Collection) return [...(member as Iterable<unknown>)];
      if (member instanceof Failure) return `${member.name}: ${member.message}`;
      return member;
    };
    try {
      return stringify(value, lenient);
    } catch {
      return isArray(value) ? '[array]' : '[object]';
    }
  };

  const print = (...values: unknown[]): void => {
    let text = '';
    for (let index = 0; index < values.length; index += 1) text += (index === 0 ? '' : ' ') + shown(values[index]);
    // One character more than is kept tells that something was cut.
    write(stringify(cut(text, setup.maxOutput + 1)));
  };

  const call = (name: string, args: readonly unknown[]): Promise<unknown> =>
    new Pending((resolve, reject) => {
      const json = toJson(args, `an argument of ${name}()`);
      if (json.length > setup.maxArguments)
        throw new Mistake(`the arguments of ${name}() are longer than ${setup.maxArguments} characters as JSON`);
      const id = send(name, json);
      waiting[id] = { resolve, reject };
    });

  /** Reading an object of code runs its getters; what they throw is no news. */
  const text = (read: () => unknown): string => {
    try {
      const value = read();
      return value === undefined ? '' : cut(Text(value), setup.maxError);
    } catch {
      return '';
    }
  };

  const fail = (error: unknown): void => {
    const isObject = (typeof error === 'object' || typeof error === 'function') && error !== null;
    const member = (key: string): string => (isObject ? text(() => get(error, key)) : '');
    const name = member('name');
    const message = member('message');
    const said = name !== '' || message !== '' ? message : text(() => shown(error));
    // One by one: an object would have the `toJSON` of code, which gives whatever it likes.
    end('error', stringify(name), stringify(said), stringify(member('stack')));
  };

  /** What goes wrong in `onValue` is an error of the code: only what code has replaced can fail there. */
  const follow = (promise: Promise<unknown>, onValue: (value: unknown) => void): void => {
    const guarded = (value: unknown): void => {
      try {
        onValue(value);
      } catch (error) {
        fail(error);
      }
    };
    // `then` asks a promise for its constructor, and code may have put another one into the prototype.
    setPrototypeOf(promise, null);
    apply(then, promise, [guarded, fail]);
  };

  const global = globalThis as Record<string, unknown>;
  const define = (target: object, name: string, value: unknown): void => {
    const descriptor = { value, writable: true, configurable: true, enumerable: false };
    // Without a prototype: a `get` of code's in it would be a part of the descriptor.
    setPrototypeOf(descriptor, null);
    defineProperty(target, name, descriptor);
  };
  // Shared memory has no use in one thread, and its clocks measure what runs beside it.
  for (const name of ['Atomics', 'SharedArrayBuffer', 'performance']) deleteProperty(global, name);
  define(global, 'print', print);
  define(global, 'console', { log: print, info: print, warn: print, error: print, debug: print });
  for (const name of setup.functions) define(global, name, (...args: unknown[]) => call(name, args));
  for (const name of keys(setup.globals)) define(global, name, setup.globals[name]);

  // sfc32 by Chris Doty-Humphrey (PractRand): 128 bits of state, a few additions per number.
  let [a = 0, b = 0, c = 0, counter = 0] = setup.seed;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  define(Math, 'random', () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53);

  return {
    settle: (id, ok, answer) => {
      const waiter = waiting[id];
      deleteProperty(waiting, id);
      if (ok) {
        waiter?.resolve(parse(answer));
        return;
      }
      const { message, code } = parse(answer) as { message: string; code: string };
      const error = new Failure(message);
      if (code !== '') define(error, 'code', code);
      waiter?.reject(error);
    },
    watch: (promise, wrapped) => {
      const ended = (value: unknown): void => {
        const json = toJson(value, 'the value of the code');
        if (json.length > setup.maxValue) end('limit');
        else end('value', json);
      };
      // The value may be a promise itself.
      const unwrapped = (result: unknown): void => {
        const { value } = result as { readonly value: unknown };
        follow(new Pending((resolve) => resolve(value)), ended);
      };
      follow(promise, wrapped ? unwrapped : ended);
    },
    fail,
  };
}
