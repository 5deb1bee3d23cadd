/** What a sandbox is opened with: the names, the time and the chance that code finds. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../core/ir.js';
import { toJsonText } from '../core/json-text.js';
import { nexumError } from '../errors.js';
import type { HostFunction } from './host-call.js';
import type { SandboxLimits } from './limits.js';
import type { HostMessage } from './messages.js';

export interface SandboxOptions {
  /** What code can call and await, by name; each gets the JSON of its arguments. A thrown error is thrown in the code. */
  readonly functions?: Readonly<Record<string, HostFunction>>;
  /** What code finds under these names. */
  readonly globals?: JsonObject;
  /** `Math.random` is a function of it. Default: always the same. */
  readonly seed?: string;
  /** Where `Date` begins, in ms of the epoch; each look at it moves it by 1 ms. Default: the time of opening. */
  readonly nowMs?: number;
  readonly limits?: Partial<SandboxLimits>;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const TAKEN = new Set(['print', 'console', '__proto__', 'globalThis', 'undefined', 'NaN', 'Infinity']);

/** @throws NexumError INVALID_REQUEST for a name that code cannot have, OUTPUT_NOT_JSON for globals that are no JSON */
export function openMessage(options: SandboxOptions, limits: SandboxLimits): HostMessage {
  const { functions = {}, globals = {}, seed = '', nowMs = Date.now() } = options;
  checkNames([...Object.keys(functions), ...Object.keys(globals)]);
  return {
    type: 'open',
    functions: Object.keys(functions),
    globals: toJsonText(globals, 'the globals of a sandbox'),
    seed: seedWords(seed),
    nowMs,
    limits,
  };
}

/** @throws NexumError INVALID_REQUEST when a name could not be written in code, or means something else there */
function checkNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (!IDENTIFIER.test(name)) throw nexumError('INVALID_REQUEST', `${JSON.stringify(name)} is no name in JavaScript`);
    if (TAKEN.has(name) || seen.has(name))
      throw nexumError('INVALID_REQUEST', `the name ${name} is taken in a sandbox`);
    seen.add(name);
  }
}

/** 128 bits that depend on every character of the seed. */
function seedWords(seed: string): readonly number[] {
  const digest = createHash('sha256').update(seed).digest();
  return [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
}
