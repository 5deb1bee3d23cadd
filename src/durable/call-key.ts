/**
 * Names of sessions and tools, and the deterministic keys of calls: `<session>/<sha256(tool + canonical JSON of args)>`
 * (RFC 8785), then `@version` and `#n`. Sessions of activations have names with `/` and `#`, which no program may use.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import type { Json } from '../core/ir.js';
import { toJsonText } from '../core/json-text.js';
import { nexumError } from '../errors.js';
import type { DurableCallOptions } from '../worker/handler.js';

const SESSION_ID = /^[A-Za-z0-9][\w.-]{0,63}$/;
const TOOL_NAME = /^[\w.:/-]{1,128}$/;
/** It stands behind the last `/` of a key, so it can hold none. */
const VERSION = /^[\w.-]{1,64}$/;
/** Calls whose key begins with the id of an execution are deleted with that execution. */
const OF_EXECUTIONS = /^exec-/;

export type KeyOptions = Pick<DurableCallOptions, 'repeat' | 'version' | 'key'>;

/** @throws NexumError INVALID_REQUEST for what is no name of a session of a program */
export function checkSessionId(id: string): void {
  if (typeof id !== 'string' || !SESSION_ID.test(id))
    throw nexumError(
      'INVALID_REQUEST',
      `${JSON.stringify(id)} is not a session id: 1 to 64 letters, digits, _ . -, and the first is a letter or a digit`,
    );
  if (OF_EXECUTIONS.test(id))
    throw nexumError('INVALID_REQUEST', `the session id ${id} begins with exec-, as those of executions do`);
}

/** @throws NexumError INVALID_REQUEST */
export function checkToolName(tool: string): void {
  if (typeof tool === 'string' && TOOL_NAME.test(tool)) return;
  throw nexumError(
    'INVALID_REQUEST',
    `${JSON.stringify(tool)} is not a tool name: 1 to 128 letters, digits, _ . : / -`,
  );
}

/**
 * The key of a call without its ordinal.
 * @throws NexumError INVALID_REQUEST; OUTPUT_NOT_JSON when the arguments are not JSON
 */
export function baseKey(session: string, tool: string, args: Json, { version, key }: KeyOptions): string {
  checkToolName(tool);
  if (version !== undefined && !VERSION.test(version))
    throw nexumError('INVALID_REQUEST', `${JSON.stringify(version)} is not a version: 1 to 64 letters, digits, _ . -`);
  const keyed = key ?? args;
  toJsonText(keyed, `the arguments of ${tool}`);
  const digest = createHash('sha256')
    .update(tool + canonicalJson(keyed))
    .digest('hex');
  return `${session}/${digest}${version === undefined ? '' : `@${version}`}`;
}

/** Counts identical calls of one attempt, for `repeat: sequence`. */
export class CallKeys {
  readonly #ordinals = new Map<string, number>();

  constructor(private readonly session: string) {}

  /** The key of the next such call. */
  next(tool: string, args: Json, options: KeyOptions): string {
    const base = baseKey(this.session, tool, args, options);
    if (options.repeat !== 'sequence') return base;
    const ordinal = (this.#ordinals.get(base) ?? 0) + 1;
    this.#ordinals.set(base, ordinal);
    return `${base}#${ordinal}`;
  }

  /** Lets the next call of a sequence be the newest one again, if it is this one: it was forgotten. */
  again(base: string, ordinal: number): void {
    if (this.#ordinals.get(base) === ordinal) this.#ordinals.set(base, ordinal - 1);
  }
}
