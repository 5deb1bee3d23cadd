/** Checked access to the `with` of a node: every error names the key, what was expected and what came. */
import type { Json, JsonObject } from '../core/ir.js';
import { nexumError } from '../errors.js';
import type { HandlerContext } from '../worker/handler.js';

interface IntegerRange {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

export class HandlerInput {
  readonly #input: JsonObject;
  readonly #context: HandlerContext;

  /** @throws NexumError INVALID_REQUEST when the author wrote a key that the handler does not know */
  constructor(input: JsonObject, context: HandlerContext, keys: readonly string[]) {
    this.#input = input;
    this.#context = context;
    for (const key of Object.keys(input)) {
      if (!keys.includes(key)) throw this.problem(key, `no such key (known: ${keys.join(', ')})`);
    }
  }

  /** The value as it is; an absent key and `null` (an expression without a value) are both `undefined`. */
  find(key: string): Json | undefined {
    return Object.hasOwn(this.#input, key) ? (this.#input[key] ?? undefined) : undefined;
  }

  get(key: string, expected: string): Json {
    const value = this.find(key);
    if (value === undefined) throw this.mismatch(key, expected, undefined);
    return value;
  }

  findString(key: string): string | undefined {
    const value = this.find(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.trim() === '') throw this.mismatch(key, 'a string that is not empty', value);
    return value;
  }

  string(key: string): string {
    const value = this.findString(key);
    if (value === undefined) throw this.mismatch(key, 'a string that is not empty', undefined);
    return value;
  }

  integer(key: string, range: IntegerRange): number {
    const value = this.find(key);
    if (value === undefined) return range.fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max) return value;
    throw this.mismatch(key, `a whole number from ${range.min} to ${range.max}`, value);
  }

  /** A number from 0 to 1. */
  fraction(key: string, fallback: number): number {
    const value = this.find(key);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && value >= 0 && value <= 1) return value;
    throw this.mismatch(key, 'a number from 0 to 1', value);
  }

  /** The documents folder: `with.docs`, else the execution's input `docs`. */
  folder(): string {
    const own = this.findString('docs');
    if (own !== undefined) return own;
    const inherited = this.#context.inputs['docs'];
    if (typeof inherited === 'string' && inherited.trim() !== '') return inherited;
    throw this.mismatch('docs', 'a folder (and the execution has no input `docs` to fall back on)', undefined);
  }

  mismatch(key: string, expected: string, value: Json | undefined): Error {
    return this.problem(key, `expected ${expected}, got ${described(value)}`);
  }

  problem(key: string, problem: string): Error {
    const { node } = this.#context;
    return nexumError('INVALID_REQUEST', `with.${key} of node ${node}: ${problem}`, { node, key });
  }
}

const MAX_SHOWN_CHARACTERS = 60;

/** Names a value in an error: its kind, and its beginning. */
export function described(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  const shown = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
  if (Array.isArray(value)) return `a list: ${shown}`;
  if (value === null) return 'null';
  return typeof value === 'object' ? `an object: ${shown}` : `the ${typeof value} ${shown}`;
}

/** Narrows JSON to an object; `Array.isArray` alone does not narrow readonly arrays away. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
