/** Hints as the payloads of notifications, and back. */
import type { Hint } from '../store.js';
import { executionIdOf, uuidOf } from './rows.js';

/** Of one payload, in bytes; the limit of PostgreSQL is 8000 (https://www.postgresql.org/docs/current/sql-notify.html). */
const MAX_BYTES = 7500;

type Fact =
  | readonly ['queue', queue: string]
  | readonly ['events', uuid: string]
  | readonly ['stop', workerId: string, taskId: string];

/** As many payloads as the size demands; they name the server that they come from. */
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
  for (const [kind, first, second] of notice.facts) {
    if (kind === 'queue') queues.push(first);
    else if (kind === 'events') executionIds.push(executionIdOf(first));
    else stops.push({ workerId: first, taskId: second });
  }
  return { queues, executionIds, stops };
}

function parseNotice(payload: string): { from: string; facts: readonly Fact[] } | undefined {
  try {
    return JSON.parse(payload) as { from: string; facts: readonly Fact[] };
  } catch {
    return undefined;
  }
}
