/** The history of one execution, for commands that print it. */
import type { NexumClient } from '../rpc/client.js';
import type { Event__Output } from '../rpc/generated/nexum/Event.js';
import { readData } from './event-data.js';
import { parseJson } from './execution-report.js';
import { isoTime } from './text-format.js';

const PAGE = 1000;

/** All events after a number. @throws NexumError EXECUTION_NOT_FOUND */
export async function readHistory(client: NexumClient, executionId: string, afterSeq = 0): Promise<Event__Output[]> {
  const events: Event__Output[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? afterSeq;
    const page = await client.call('ListEvents', { executionId, afterSeq: after, limit: PAGE });
    events.push(...page.events);
    if (page.events.length === 0) break;
  }
  // An unknown execution has no events; that must be an error, not an empty list.
  if (events.length === 0) await client.call('GetStatus', { executionId });
  return events;
}

export function eventReport(event: Event__Output): Record<string, unknown> {
  const { executionId, seq, atMs, kind, nodeId, iteration, attempt } = event;
  return {
    executionId,
    seq,
    at: isoTime(atMs),
    kind,
    node: nodeId === '' ? null : nodeId,
    iteration: iteration === 0 ? null : iteration,
    item: readData(event).item ?? null,
    attempt: attempt === 0 ? null : attempt,
    data: parseJson(event.dataJson),
    payload: parseJson(event.payloadJson),
  };
}
