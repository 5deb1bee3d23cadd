/**
 * What must hold of many executions after any accident, judged from the events as the database holds them and from the
 * log that handlers wrote while they ran.
 *
 * H1  Events are numbered without a gap, and each execution ends once, by its last event.
 * H2  Attempts of an activation are numbered 1, 2, 3...; none is leased before the one before it has ended, each ends
 *     exactly once, and the last one ended by the one commit. So no two workers ever held one node.
 * H3  An attempt runs at most once, and only if it was leased. The committed one ran.
 * H4  All attempts of a node get the same idempotency key.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { LogLine } from './oracle.js';
import type { TestDatabase } from './postgres.js';

export interface HistoryEvent {
  readonly executionId: string;
  readonly seq: number;
  readonly atMs: number;
  readonly kind: string;
  readonly node?: string;
  readonly iteration?: number;
  readonly item?: number;
  readonly attempt?: number;
  readonly workerId?: string;
  readonly payload?: string;
}

export interface Verdict {
  readonly executions: number;
  /** Commits of nodes. */
  readonly completed: number;
  /** Attempts that ended without a commit. */
  readonly lost: number;
}

const ENDS_OF_ATTEMPT = new Set(['node_completed', 'attempt_lost', 'attempt_released', 'attempt_failed']);

export async function readHistory(database: TestDatabase, executionId?: string): Promise<HistoryEvent[]> {
  const rows = await database.query<{
    execution_id: string;
    seq: number;
    at_ms: string;
    kind: string;
    node: string | null;
    iteration: number | null;
    item: number | null;
    data: string;
    payload: string | null;
  }>(
    `SELECT execution_id, seq, at_ms, kind, node, iteration, item, data, payload FROM nexum.event
     WHERE execution_id = coalesce($1::uuid, execution_id) ORDER BY execution_id, seq`,
    [executionId?.slice('exec-'.length) ?? null],
  );
  return rows.map(({ execution_id, at_ms, node, iteration, item, data, payload, ...event }) => ({
    ...(JSON.parse(data) as object),
    ...event,
    executionId: `exec-${execution_id}`,
    atMs: Number(at_ms),
    ...(node === null ? {} : { node }),
    ...(iteration === null ? {} : { iteration }),
    ...(item === null ? {} : { item }),
    ...(payload === null ? {} : { payload }),
  }));
}

/**
 * Checks H1 to H4 of executions that have all COMPLETED.
 * @param nodes every one of them is committed in each execution
 */
export function judgeHistory(
  events: readonly HistoryEvent[],
  log: readonly LogLine[],
  nodes: readonly string[],
): Verdict {
  const lines = groupBy(log, (line) => `${line.executionId} ${line.node}`);
  let completed = 0;
  let lost = 0;
  const executions = groupBy(events, ({ executionId }) => executionId);
  for (const [executionId, history] of executions) {
    const known = new Set(nodes);
    assertClosed(executionId, history);
    for (const event of history) ok(event.node === undefined || known.has(event.node), `H1: ${event.node} is no node`);
    for (const node of nodes) {
      const name = `${node} of ${executionId}`;
      const own = history.filter((event) => event.node === node);
      const committed = assertAttempts(name, own);
      assertRuns(name, lines.get(`${executionId} ${node}`) ?? [], committed);
      completed += 1;
      lost += committed - 1;
    }
  }
  for (const { executionId } of log) ok(executions.has(executionId), `H3: ${executionId} ran but does not exist`);
  return { executions: executions.size, completed, lost };
}

/** H1 */
function assertClosed(executionId: string, history: readonly HistoryEvent[]): void {
  deepStrictEqual(
    history.map(({ seq }) => seq),
    [...history.keys()].map((index) => index + 1),
    `H1: the events of ${executionId} have a gap`,
  );
  const closing = history.filter(({ kind }) => /^execution_(completed|failed|cancelled)$/.test(kind));
  deepStrictEqual(
    closing.map(({ kind }) => kind),
    ['execution_completed'],
    `H1: ${executionId} did not complete once`,
  );
  equal(history.at(-1)?.kind, 'execution_completed', `H1: ${executionId} goes on after its end`);
  equal(history[0]?.kind, 'execution_started', `H1: ${executionId} begins without a start`);
}

/** H2; returns the number of the committed attempt. */
function assertAttempts(name: string, history: readonly HistoryEvent[]): number {
  let attempt = 0;
  let leased = false;
  let committed = false;
  for (const event of history) {
    ok(!committed, `H2: ${event.kind} of ${name} after its commit`);
    if (event.kind === 'node_leased') {
      ok(!leased, `H2: a second lease of ${name} while attempt ${attempt} is under way`);
      equal(event.attempt, attempt + 1, `H2: the attempts of ${name} are not numbered one by one`);
      attempt += 1;
      leased = true;
    } else if (ENDS_OF_ATTEMPT.has(event.kind)) {
      ok(leased, `H2: ${event.kind} of ${name} without a lease`);
      equal(event.attempt, attempt, `H2: ${event.kind} of ${name} ends another attempt than the leased one`);
      leased = false;
      committed = event.kind === 'node_completed';
    } else ok(false, `H2: unexpected ${event.kind} of ${name}`);
  }
  ok(committed, `H2: ${name} was never committed`);
  return attempt;
}

/** H3, H4 */
function assertRuns(name: string, lines: readonly LogLine[], committed: number): void {
  const attempts = lines.map(({ attempt }) => attempt);
  equal(new Set(attempts).size, attempts.length, `H3: an attempt of ${name} ran twice: ${attempts.join(', ')}`);
  for (const attempt of attempts) ok(attempt <= committed, `H3: attempt ${attempt} of ${name} ran without a lease`);
  ok(attempts.includes(committed), `H3: attempt ${committed} of ${name} was committed but never ran`);
  equal(new Set(lines.map(({ key }) => key)).size, 1, `H4: ${name} got several idempotency keys`);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
