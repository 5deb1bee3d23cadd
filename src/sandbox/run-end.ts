/** How a run ended, from what the prelude says of it. */
import type { SandboxLimit } from './limits.js';
import type { GuestMessage } from './messages.js';
import type { RunEnd } from './run-account.js';

type EndMessage = GuestMessage extends infer M
  ? M extends { type: 'value' | 'error' | 'limit' }
    ? Omit<M, 'output'>
    : never
  : never;

/** The code waits for a promise that nothing can settle any more. */
export const STUCK: EndMessage = {
  type: 'error',
  error: { name: '', message: 'the code waits for a promise that nothing settles', line: 0 },
};

/** What QuickJS throws where code could have gone on: with it uncaught, the limit is what ended the run. */
const LIMIT_MESSAGES: Readonly<Record<string, SandboxLimit>> = { 'stack overflow': 'stack', 'out of memory': 'memory' };

export function readEnd({ kind, text }: RunEnd): EndMessage {
  if (kind === 'value') return { type: 'value', value: text };
  if (kind === 'limit') return { type: 'limit', limit: 'value' };
  const { name, message, stack } = JSON.parse(text) as Readonly<Record<'name' | 'message' | 'stack', string>>;
  const limit = LIMIT_MESSAGES[message];
  if (limit !== undefined && (name === 'InternalError' || name === 'SyntaxError')) return { type: 'limit', limit };
  const cure = /^redeclaration of /.test(message)
    ? ' (an earlier run declared it: assign to it, or take another name)'
    : '';
  return { type: 'error', error: { name, message: message + cure, line: lineOf(stack) } };
}

/** The innermost place in code of a run; frames of the prelude and of the engine itself are no places of the user. */
function lineOf(stack: string): number {
  return Number(/\(?run-\d+\.js:(\d+)/.exec(stack)?.[1] ?? 0);
}
