/** The thread of a free graph: the task, what the user said later, and what nodes gave, in the order of their commits. */
import type { ExecutionEvent } from './event.js';
import type { Json } from './ir.js';

/** Who speaks for the user; no node may be called so. */
export const USER = 'user';

export interface Message {
  readonly seq: number;
  /** The name of a node, or `user`. */
  readonly source: string;
  /** Of the node; 0: the user. */
  readonly iteration: number;
  readonly content: string;
  readonly atMs: number;
}

/** What an event says, if it says anything. */
export function messageOf(event: ExecutionEvent): Message | undefined {
  const { seq, atMs } = event;
  if (event.kind === 'message_added') return { seq, source: USER, iteration: 0, content: textOf(event.payload), atMs };
  if (event.kind !== 'node_completed' || event.item !== undefined) return undefined;
  return { seq, source: event.node, iteration: event.iteration, content: textOf(event.payload), atMs };
}

/** What conditions look at: a string output itself, the `content` of a StopMessage, otherwise the output's JSON. */
export function textOf(output: string): string {
  const value = JSON.parse(output) as Json;
  if (typeof value === 'string') return value;
  const content = isStopMessage(value) ? value.content : undefined;
  return typeof content === 'string' ? content : JSON.stringify(value);
}

/** AutoGen's StopMessage, as JSON. */
export function isStopMessage(value: Json): value is { readonly type: string; readonly content?: Json } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    'type' in value &&
    value.type === 'StopMessage'
  );
}
