/**
 * What must hold after any crash, judged from committed events and from the log that handlers wrote while they ran.
 *
 * O1  The execution is COMPLETED, its events are gapless, and folding them gives what the server says of it.
 * O2  Every node is committed exactly once, and nothing of it ran after that commit.
 * O3  The same for every durable call; calls and their keys are those of a run without a crash.
 * O4  Every attempt that ran is the committed one or LOST in the history, and a released one never ran.
 * O5  All calls of one node get the same idempotency key.
 * O6  The outputs, and the set of events without attempts, are those of a run without a crash.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { applyEvent } from '../../src/core/apply-event.js';
import type { ExecutionEvent } from '../../src/core/event.js';
import { buildWorkflow, type Workflow } from '../../src/core/workflow.js';
import type { NexumClient } from '../../src/rpc/client.js';
import type { Event__Output } from '../../src/rpc/generated/nexum/Event.js';
import type { ExecutionDetail__Output } from '../../src/rpc/generated/nexum/ExecutionDetail.js';
import { Records } from './records.js';

/** One line of test/crash/log-handlers.js: a handler, or (with `call`) the body of a durable call, began to run. */
export interface LogLine {
  readonly executionId: string;
  readonly node: string;
  readonly attempt: number;
  readonly key: string;
  readonly pid: number;
  readonly atMs: number;
  readonly call?: string;
}

export interface Evidence {
  readonly executionId: string;
  readonly workflow: Workflow;
  readonly events: readonly ExecutionEvent[];
  readonly detail: ExecutionDetail__Output;
  /** Durable calls by their key, without the id of the execution in it. */
  readonly calls: ReadonlyMap<string, readonly ExecutionEvent[]>;
  readonly log: readonly LogLine[];
  /** The report that the execution wrote, if its pipeline writes one. */
  readonly report: string;
  /** The folder of this very run. */
  readonly folder: string;
  /** What the clock of the events may be wrong by, compared with that of the log. */
  readonly clockErrorMs: number;
}

/** What two runs of one pipeline have in common, however often they crashed. */
export interface Work {
  readonly output: string;
  readonly report: string;
  readonly events: readonly string[];
  readonly callKeys: readonly string[];
}

export async function gather(
  client: NexumClient,
  executionId: string,
  { log, ...seen }: Pick<Evidence, 'log' | 'report' | 'folder' | 'clockErrorMs'>,
): Promise<Evidence> {
  const detail = await client.call('GetExecution', { executionId });
  const { workflowId = '', versionHash = '' } = detail.summary ?? {};
  const { irJson } = await client.call('GetWorkflow', { workflowId, versionHash });
  const calls = new Map<string, readonly ExecutionEvent[]>();
  const { executions } = await client.call('ListExecutions', {
    workflowId: 'nexum.call',
    includeInternal: true,
    limit: 1000,
  });
  for (const call of executions) {
    const events = await listEvents(client, call.executionId);
    const key = keyOf(events);
    if (key.startsWith(executionId)) calls.set(key.slice(executionId.length), events);
  }
  return {
    executionId,
    workflow: buildWorkflow(workflowId, versionHash, irJson),
    events: await listEvents(client, executionId),
    detail,
    calls,
    log: log.filter((line) => line.executionId === executionId),
    ...seen,
  };
}

/** Checks O1 to O5; returns what O6 compares. */
export function judge(evidence: Evidence): Work {
  const { executionId, workflow, events, detail, calls, log, clockErrorMs } = evidence;
  const normal = (text: string): string =>
    text.replaceAll(executionId, 'EXECUTION').replaceAll(evidence.folder, 'FOLDER');
  assertFold(workflow, events, detail);
  equal(detail.summary?.status, 'COMPLETED', 'O1');
  const lines = log.filter((line) => line.call === undefined);
  for (const node of workflow.nodes.keys()) {
    assertAttempts(
      events,
      node,
      lines.filter((line) => line.node === node),
      clockErrorMs,
    );
  }
  for (const [key, history] of calls) {
    assertAttempts(
      history,
      'call',
      log.filter((line) => line.call !== undefined && line.key === executionId + key),
      clockErrorMs,
    );
  }
  return {
    output: normal(detail.outputJson),
    report: normal(evidence.report),
    events: events
      .filter((event) => !isAttempt(event))
      .map((event) => normal(outline(event)))
      .sort(),
    callKeys: [...calls.keys()].sort(),
  };
}

/** O6 */
export function assertSameWork(actual: Work, expected: Work): void {
  equal(actual.output, expected.output, 'O6: the output differs from that of a run without a crash');
  equal(actual.report, expected.report, 'O6: the report differs from that of a run without a crash');
  deepStrictEqual(
    actual.callKeys,
    expected.callKeys,
    'O3: the durable calls differ from those of a run without a crash',
  );
  deepStrictEqual(actual.events, expected.events, 'O6: the events differ from those of a run without a crash');
}

/** Node -> number of attempts, of nodes that took more than one; durable calls count under their node. */
export function repeated(evidence: Evidence): Record<string, number> {
  const attempts = (history: readonly ExecutionEvent[], node: string): number =>
    history.filter((event) => event.kind === 'node_leased' && event.node === node).length;
  const result: Record<string, number> = {};
  for (const node of evidence.workflow.nodes.keys()) {
    const count = attempts(evidence.events, node);
    if (count !== 1) result[node] = count;
  }
  for (const [key, history] of evidence.calls) {
    const count = attempts(history, 'call');
    if (count !== 1) result[`call ${key.slice(1, key.indexOf('#'))}`] = count;
  }
  return result;
}

/** Durable calls whose result was committed under a lease of this process. */
export function callsCommittedBy(evidence: Evidence, pid: number): number {
  let count = 0;
  for (const history of evidence.calls.values()) {
    const commit = history.find((event) => event.kind === 'node_completed');
    const lease = history.find(
      (event) => event.kind === 'node_leased' && commit?.kind === 'node_completed' && event.attempt === commit.attempt,
    );
    if (lease?.kind === 'node_leased' && lease.workerId.includes(`-${pid}-`)) count += 1;
  }
  return count;
}

/** What ran more than once: nodes, and durable calls as `node:call`. */
export function ranAgain(evidence: Evidence): string[] {
  const counts = new Map<string, number>();
  for (const line of evidence.log) {
    const name = line.call === undefined ? line.node : `${line.node}:${line.call}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([name]) => name)
    .sort();
}

/** O1 */
function assertFold(workflow: Workflow, events: readonly ExecutionEvent[], detail: ExecutionDetail__Output): void {
  const fold = new Records(workflow);
  for (const [index, event] of events.entries()) {
    equal(event.seq, index + 1, 'O1: events are numbered without a gap');
    applyEvent(fold, event);
  }
  equal(fold.execution?.status, detail.summary?.status, 'O1: the fold of the events has another status');
  equal(fold.execution?.open, 0, 'O1: the fold of the events leaves work open');
  const told = detail.nodes.map((node) => [node.nodeId, node.status, node.attempts.length]);
  const folded = detail.nodes.map((node) => {
    const record = fold.activation(node.nodeId, node.iteration);
    return [node.nodeId, record?.status, record?.attempt];
  });
  deepStrictEqual(folded, told, 'O1: the fold of the events has other nodes');
}

/** O2 to O5 of one node or one durable call. */
function assertAttempts(
  history: readonly ExecutionEvent[],
  node: string,
  lines: readonly LogLine[],
  clockErrorMs: number,
): void {
  const completed = history.filter((event) => event.kind === 'node_completed' && event.node === node);
  equal(completed.length, 1, `O2: ${node} was committed ${completed.length} times`);
  const [commit] = completed;
  ok(commit?.kind === 'node_completed');
  const attemptsOf = (kind: ExecutionEvent['kind']): Set<number> =>
    new Set(
      history.flatMap((event) =>
        event.kind === kind && 'attempt' in event && event.node === node ? [event.attempt] : [],
      ),
    );
  const lost = attemptsOf('attempt_lost');
  const released = attemptsOf('attempt_released');
  for (const line of lines) {
    ok(
      line.atMs <= commit.atMs + clockErrorMs,
      `O2: ${node} ran (attempt ${line.attempt}) ${line.atMs - commit.atMs} ms after its result was committed`,
    );
    ok(
      line.attempt === commit.attempt || lost.has(line.attempt),
      `O4: attempt ${line.attempt} of ${node} ran, but was never lost`,
    );
  }
  equal(new Set(lines.map((line) => line.attempt)).size, lines.length, `O4: an attempt of ${node} ran twice`);
  ok(new Set(lines.map((line) => line.key)).size <= 1, `O5: ${node} got different idempotency keys`);
  for (let attempt = 1; attempt < commit.attempt; attempt += 1) {
    ok(
      lost.has(attempt) || released.has(attempt),
      `O4: attempt ${attempt} of ${node} failed or is unaccounted for\n${history.map((event) => JSON.stringify(event)).join('\n')}`,
    );
  }
}

async function listEvents(client: NexumClient, executionId: string): Promise<ExecutionEvent[]> {
  const { events } = await client.call('ListEvents', { executionId, afterSeq: 0, limit: 1000 });
  return events.map(readEvent);
}

/** The inverse of the server's encoding; the fence of an attempt does not travel. */
function readEvent(message: Event__Output): ExecutionEvent {
  const { executionId, seq, atMs, kind, nodeId, iteration, attempt, dataJson, payloadJson } = message;
  return {
    ...(JSON.parse(dataJson) as object),
    executionId,
    seq,
    atMs,
    kind,
    ...(nodeId === '' ? {} : { node: nodeId, iteration }),
    ...(attempt === 0 ? {} : { attempt }),
    ...(payloadJson === '' ? {} : { payload: payloadJson }),
  } as unknown as ExecutionEvent;
}

function keyOf(events: readonly ExecutionEvent[]): string {
  const [first] = events;
  return first?.kind === 'execution_started' ? (first.idempotencyKey ?? '') : '';
}

function isAttempt({ kind }: ExecutionEvent): boolean {
  return kind === 'node_leased' || kind === 'attempt_lost' || kind === 'attempt_failed' || kind === 'attempt_released';
}

/** What happened, without when, in which order and at which attempt. */
function outline(event: ExecutionEvent): string {
  const node = 'node' in event ? (event.node ?? '') : '';
  // The report names its execution, so its hash is that of this very run; the report itself is compared instead.
  const payload = 'payload' in event ? event.payload.replace(/("path":"[^"]*report.md",.*"sha256":)"\w+"/, '$1""') : '';
  return `${event.kind} ${node} ${payload}`;
}
