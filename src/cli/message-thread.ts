/** The thread of a free graph, for `nexum messages`. */
import type { NexumClient } from '../rpc/client.js';
import type { ThreadMessage__Output } from '../rpc/generated/nexum/ThreadMessage.js';
import { isoTime, nodeLabel, shorten } from './text-format.js';

/** One page of the server. */
const PAGE = 1000;
/** Of a message on one line. */
const MAX_TEXT = 100;

export interface Thread {
  readonly messages: readonly ThreadMessage__Output[];
  /** There are others after these. */
  readonly more: boolean;
}

/**
 * All messages after a number, or the first `limit` of them.
 * @throws NexumError EXECUTION_NOT_FOUND
 */
export async function readThread(
  client: NexumClient,
  executionId: string,
  afterSeq: number,
  limit = Infinity,
): Promise<Thread> {
  const messages: ThreadMessage__Output[] = [];
  for (;;) {
    const page = await client.call('ListMessages', {
      executionId,
      afterSeq: messages.at(-1)?.seq ?? afterSeq,
      limit: Math.min(limit - messages.length, PAGE),
    });
    messages.push(...page.messages);
    if (!page.more || page.messages.length === 0 || messages.length >= limit) return { messages, more: page.more };
  }
}

export function messageReport({
  seq,
  atMs,
  source,
  iteration,
  content,
}: ThreadMessage__Output): Record<string, unknown> {
  return { seq, at: isoTime(atMs), source, iteration: iteration === 0 ? null : iteration, content };
}

/** `#12 reviewer#2  The text`; with `full` the text stands below, indented as it is. */
export function messageText({ seq, source, iteration, content }: ThreadMessage__Output, full: boolean): string {
  const head = `#${seq} ${nodeLabel(source, iteration)}`;
  if (!full) return `${head}  ${shorten(content, MAX_TEXT)}`;
  const lines = content.split('\n').map((line) => `  ${line}`.trimEnd());
  return [head, ...lines, ''].join('\n');
}
