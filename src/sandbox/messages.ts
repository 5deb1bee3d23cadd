/**
 * What a host and the process of its sandbox say to each other: one line of JSON per message. Whatever code has a part in
 * (arguments, values, output) is a string inside it, never a structure. The host believes the process nothing: it reads
 * with `parseGuestMessage`, and an unknown message ends the sandbox.
 */
import type { SandboxLimit, SandboxLimits } from './limits.js';

/** Where the process finds the channel to its host: it has no input, no output, and no other open file. */
export const CHANNEL_FD = 3;

export type HostMessage =
  | {
      readonly type: 'open';
      readonly functions: readonly string[];
      /** JSON text of an object. */
      readonly globals: string;
      /** Four whole numbers of 32 bits. */
      readonly seed: readonly number[];
      readonly nowMs: number;
      readonly limits: SandboxLimits;
    }
  /** `run` counts from 1 and names the code in stacks. */
  | { readonly type: 'run'; readonly run: number; readonly code: string }
  /** `text` is the JSON text of the result, or of `{ message, code }`. */
  | { readonly type: 'answer'; readonly id: number; readonly ok: boolean; readonly text: string };

/** `output` is what was printed since the last message that had one. */
export type GuestMessage =
  | { readonly type: 'ready' }
  /** `args` is the JSON text of a list. */
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly args: string }
  /** The code can do nothing until a call is answered. */
  | { readonly type: 'waiting'; readonly output: string }
  /** `value` is JSON text. */
  | { readonly type: 'value'; readonly value: string; readonly output: string }
  | { readonly type: 'error'; readonly error: GuestError; readonly output: string }
  /** The engine is not used again after either. */
  | { readonly type: 'limit'; readonly limit: SandboxLimit; readonly output: string }
  | { readonly type: 'broken'; readonly reason: string };

/** What code threw; `line` counts from 1 in the code of the run, and is 0 when it is not known. */
export interface GuestError {
  readonly name: string;
  readonly message: string;
  readonly line: number;
}

type Fields = Readonly<Record<string, 'string' | 'number'>>;

const FIELDS: Readonly<Record<string, Fields>> = {
  ready: {},
  call: { id: 'number', name: 'string', args: 'string' },
  waiting: { output: 'string' },
  value: { value: 'string', output: 'string' },
  error: { output: 'string' },
  limit: { limit: 'string', output: 'string' },
  broken: { reason: 'string' },
};
const ERROR_FIELDS: Fields = { name: 'string', message: 'string', line: 'number' };

/** Undefined when the line is no message of this protocol. */
export function parseGuestMessage(line: string): GuestMessage | undefined {
  const message = parse(line);
  if (!isRecord(message) || typeof message['type'] !== 'string') return undefined;
  const fields = Object.hasOwn(FIELDS, message['type']) ? FIELDS[message['type']] : undefined;
  if (!fields || !has(message, fields)) return undefined;
  if (message['type'] === 'error' && !(isRecord(message['error']) && has(message['error'], ERROR_FIELDS)))
    return undefined;
  return message as unknown as GuestMessage;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function has(value: Record<string, unknown>, fields: Fields): boolean {
  return Object.entries(fields).every(([name, type]) => Object.hasOwn(value, name) && typeof value[name] === type);
}
