/** Hints as the payloads of notifications, and back. */
import type { Hint } from '../store.js';
import { executionIdOf, uuidOf } from './rows.js';

/** Of one payload, in bytes; the limit of PostgreSQL is 8000 (https://www.postgresql.org/docs/current/sql-notify.html). */
const MAX_BYTES = 7500;
/** Of one fact; leaves room for the name of the server. */
const MAX_FACT_BYTES = 7000;

type Fact =
  | readonly ['queue', queue: string]
  | readonly ['events', uuid: string]
  | readonly ['stop', workerId: string, taskId: string];

/**
 * As many payloads as the size demands; they name the server that they come from. A fact that fits into none is left out:
 * whoever misses it finds out by polling.
 */
export function writeNotices(from: string, { queues, executionIds, stops }: Hint): string[] {
  const facts: Fact[] = [
    ...queues.map((queue): Fact => ['queue', queue]),
    ...executionIds.map((id): Fact => ['events', uuidOf(id)]),
    ...stops.map(({ workerId, taskId }): Fact => ['stop', workerId, taskId]),
  ];
  const payloads: string[] = [];
  let payload = '';
  for (const fact of facts) {
    const text = JSON.stringify(fact);
    if (Buffer.byteLength(text) > MAX_FACT_BYTES) continue;
    if (payload !== '' && Buffer.byteLength(payload) + Buffer.byteLength(text) > MAX_BYTES) {
      payloads.push(`${payload}]}`);
      payload = '';
    }
    payload += payload === '' ? `{"from":${JSON.stringify(from)},"facts":[${text}` : `,${text}`;
  }
  if (payload !== '') payloads.push(`${payload}]}`);
  return payloads;
}

/** @returns undefined for one's own notices, and for what this version does not understand */
export function readNotice(self: string, payload: string): Hint | undefined {
  const notice = parseNotice(payload);
  if (!notice || notice.from === self) return undefined;
  const queues: string[] = [];
  const executionIds: string[] = [];
  const stops: { workerId: string; taskId: string }[] = [];
  for (const fact of notice.facts) {
    const [kind, first, second] = texts(fact);
    if (first === undefined) continue;
    if (kind === 'queue') queues.push(first);
    else if (kind === 'events') executionIds.push(executionIdOf(first));
    else if (kind === 'stop' && second !== undefined) stops.push({ workerId: first, taskId: second });
  }
  return { queues, executionIds, stops };
}

/** Whoever may connect to the database may send anything on the channel. */
function parseNotice(payload: string): { from: string; facts: readonly unknown[] } | undefined {
  try {
    const notice = JSON.parse(payload) as { from?: unknown; facts?: unknown } | null;
    if (typeof notice?.from !== 'string' || !Array.isArray(notice.facts)) return undefined;
    return { from: notice.from, facts: notice.facts };
  } catch {
    return undefined;
  }
}

function texts(fact: unknown): readonly string[] {
  return Array.isArray(fact) && fact.every((part) => typeof part === 'string') ? fact : [];
}
