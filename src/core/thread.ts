/** The thread of a free graph: the task, what the user said later, and what nodes gave, in the order of their commits. */
import type { ExecutionEvent } from './event.js';
import type { ExecutionView, NodeRef } from './execution.js';
import { commitsAfter } from './reads.js';
import type { HistoryFilter, Json } from './ir.js';

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

/** A message of the thread, by the event that holds it. */
export type Heard = Pick<Message, 'seq' | 'source' | 'iteration'>;

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

/** What an activation hears, as its history filters leave it: of others only, in the order of the commits. */
export function heardBy(state: Pick<ExecutionView, 'workflow' | 'execution' | 'activation'>, ref: NodeRef): Heard[] {
  const { seq = 0, after = 0 } = state.activation(ref.node, ref.iteration)?.detail?.activated ?? {};
  const heard: Heard[] = (state.execution?.extra?.graph?.said ?? []).map((said) => ({
    seq: said,
    source: USER,
    iteration: 0,
  }));
  for (const source of state.workflow.nodes.keys()) {
    if (source === ref.node) continue;
    for (const { outputSeq = 0, iteration } of commitsAfter(state, source, () => after))
      heard.push({ seq: outputSeq, source, iteration });
  }
  const all = heard.filter((one) => one.seq > after && one.seq <= seq).sort((a, b) => a.seq - b.seq);
  const filters = state.workflow.nodes.get(ref.node)?.behaviour.history;
  return filters ? filters.flatMap((filter) => choose(all, filter)) : all;
}

function choose(heard: readonly Heard[], { source, first, last }: HistoryFilter): readonly Heard[] {
  const said = heard.filter((one) => one.source === source);
  if (first !== undefined) return said.slice(0, first);
  return last === undefined ? said : said.slice(Math.max(0, said.length - last));
}
