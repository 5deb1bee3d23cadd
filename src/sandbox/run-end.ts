/** How a run ended, from what the prelude says of it. */
import type { SandboxLimit } from './limits.js';
import type { GuestMessage } from './messages.js';

export type RunEnd = GuestMessage extends infer M
  ? M extends { type: 'value' | 'error' | 'limit' }
    ? Omit<M, 'output'>
    : never
  : never;

/** The code waits for a promise that nothing can settle any more. */
export const STUCK: RunEnd = {
  type: 'error',
  error: { name: '', message: 'the code waits for a promise that nothing settles', line: 0 },
};

/** Code has replaced something that the prelude cannot do without. */
export const BROKEN_BY_CODE: RunEnd = {
  type: 'error',
  error: { name: '', message: 'the code broke the language that it runs in', line: 0 },
};

/** What QuickJS throws where code could have gone on: with it uncaught, the limit is what ended the run. */
const LIMIT_MESSAGES: ReadonlyMap<string, SandboxLimit> = new Map([
  ['stack overflow', 'stack'],
  ['out of memory', 'memory'],
]);

/** What cannot be read is an error of the code, too: nothing but code can have made it so. */
export function readEnd(kind: string, texts: readonly string[]): RunEnd {
  if (kind === 'value') return { type: 'value', value: texts[0] ?? '' };
  if (kind === 'limit') return { type: 'limit', limit: 'value' };
  const [name = '', message = '', stack = ''] = texts.map(stringOf);
  const limit = LIMIT_MESSAGES.get(message);
  if (limit !== undefined && (name === 'InternalError' || name === 'SyntaxError')) return { type: 'limit', limit };
  const cure = /^redeclaration of /.test(message)
    ? ' (an earlier run declared it: assign to it, or take another name)'
    : '';
  return { type: 'error', error: { name, message: message + cure, line: lineOf(stack) } };
}

function stringOf(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

/** The innermost place in code of a run; frames of the prelude and of the engine itself are no places of the user. */
function lineOf(stack: string): number {
  return Number(/\(?run-\d+\.js:(\d+)/.exec(stack)?.[1] ?? 0);
}
