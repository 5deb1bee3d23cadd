/** The result of a decision, and the words that all of them share. */
import type { ErrorCode } from '../errors.js';
import type { Command, Reply } from './command.js';
import type { ExecutionRecord } from './execution.js';
import type { Changes, Transition } from './transition.js';

export interface Decision {
  readonly reply: Reply;
  /** Undefined when the command changes nothing. */
  readonly changes?: Changes;
}

export type Of<K extends Command['kind']> = Command & { readonly kind: K };

export const OK: Reply = { ok: true, alreadyApplied: false };
export const ALREADY_APPLIED: Decision = { reply: { ok: true, alreadyApplied: true } };

export function refuse(code: ErrorCode, message: string): Decision {
  return { reply: { ok: false, code, message } };
}

export function closed(execution: ExecutionRecord): Decision {
  return refuse('EXECUTION_CLOSED', `execution ${execution.executionId} is ${execution.status}`);
}

export function accept(transition: Transition): Decision {
  return { reply: OK, changes: transition.changes() };
}
