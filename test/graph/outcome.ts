/** What came of one performance, without anything that a crash may change: times, attempts, workers, sequence numbers. */
import { deepStrictEqual, equal } from 'node:assert/strict';
import type { Json } from '../../src/core/ir.js';
import type { Event__Output } from '../../src/rpc/generated/nexum/Event.js';
import { labelOf, type Performance } from './performance.js';
import { beatsOf, type Expected, type Scenario } from './scenario.js';
import type { LogLine, Stage } from './stage.js';

/** Of attempts, which a crash ends and begins. */
const OF_ATTEMPTS: ReadonlySet<string> = new Set(['node_leased', 'attempt_lost', 'attempt_released', 'attempt_failed']);

export interface Outcome {
  readonly status: string;
  /** Of a free graph. */
  readonly stop: string;
  readonly stoppedBy: string;
  readonly turns: number;
  readonly unsatisfied: readonly string[];
  readonly output: Json;
  /** In the order of the commits: `node#iteration`. */
  readonly commits: readonly string[];
  /** Activations that ended otherwise. */
  readonly cancelled: readonly string[];
  readonly failed: readonly string[];
  /** Every event that is not about an attempt, with its payload and the edges that fired. */
  readonly history: readonly string[];
  /** Who said what, in order. */
  readonly thread: readonly string[];
  /** By activation that has committed or failed: what its calls read and heard, one text per distinct call. */
  readonly calls: Readonly<Record<string, readonly string[]>>;
}

export async function outcomeOf(
  stage: Stage,
  { executionId, events }: Performance,
  log: readonly LogLine[],
): Promise<Outcome> {
  const [detail, { messages }] = await Promise.all([
    stage.client.call('GetExecution', { executionId }, { waitForReady: true }),
    stage.client.call('ListMessages', { executionId }, { waitForReady: true }),
  ]);
  const { graph, nodes, summary } = detail;
  const ended = (status: string): string[] =>
    nodes.filter((node) => node.status === status).map(({ nodeId, iteration }) => `${nodeId}#${iteration}`);
  const commits = events.filter(({ kind }) => kind === 'node_completed').map(labelOf);
  // What is cancelled may have been called by then, or not.
  const ran = new Set([...commits, ...ended('FAILED')]);
  const calls: Record<string, Set<string>> = {};
  for (const { what, node, iteration, reads, heard } of log) {
    if (what === 'called' && ran.has(`${node}#${iteration}`))
      (calls[`${node}#${iteration}`] ??= new Set()).add(JSON.stringify({ reads, heard }));
  }
  return {
    status: summary?.status ?? '',
    stop: graph?.stopReason ?? '',
    stoppedBy: graph && graph.stoppedByNode !== '' ? `${graph.stoppedByNode}#${graph.stoppedByIteration}` : '',
    turns: graph?.totalTurns ?? 0,
    unsatisfied: (graph?.unsatisfied ?? []).map(({ nodeId, group, remaining }) => `${nodeId}/${group}: ${remaining}`),
    output: detail.outputJson === '' ? null : (JSON.parse(detail.outputJson) as Json),
    commits,
    cancelled: ended('CANCELLED'),
    failed: ended('FAILED'),
    history: events.filter(({ kind }) => !OF_ATTEMPTS.has(kind)).map(shownEvent),
    thread: messages.map(({ source, iteration, content }) => `${source}#${iteration}: ${content}`),
    calls: Object.fromEntries(
      Object.entries(calls)
        .sort()
        .map(([key, texts]) => [key, [...texts]]),
    ),
  };
}

/** Commits that every activation waited for, before it was opened: those up to the event that opened it. */
export function openedAfter({ events }: Performance): ReadonlyMap<string, number> {
  const opened = new Map<string, number>();
  let commits = 0;
  for (const event of events) {
    if (event.kind === 'node_completed') commits += 1;
    const { ready = [] } = dataOf(event) as { ready?: readonly { node: string; iteration: number }[] };
    for (const { node, iteration } of ready) opened.set(`${node}#${iteration}`, commits);
  }
  return opened;
}

/** Holds what came against what the table says. */
export function assertExpected(outcome: Outcome, scenario: Scenario): void {
  const { expected } = scenario;
  const commits = beatsOf(scenario).flatMap((beat) => ('commit' in beat ? [beat.commit] : []));
  deepStrictEqual(outcome.commits, commits, 'commits');
  equal(outcome.status, expected.status ?? 'COMPLETED', 'status');
  if (scenario.graph) {
    const stop = expected.stop ?? 'complete';
    equal(outcome.stop, stop === 'none' ? '' : stop, 'stop reason');
    equal(outcome.stoppedBy, expected.stoppedBy ?? '', 'stopped by');
    deepStrictEqual(outcome.unsatisfied, expected.unsatisfied ?? [], 'joins that never fired');
    if (expected.turns !== undefined) equal(outcome.turns, expected.turns, 'turns');
  }
  if (expected.output !== undefined) deepStrictEqual(outcome.output, expected.output, 'output');
  deepStrictEqual(outcome.cancelled, expected.cancelled ?? [], 'cancelled');
  deepStrictEqual(outcome.failed, expected.failed ?? [], 'failed');
  assertCalls(outcome, expected);
}

function assertCalls({ calls }: Outcome, { heard = {}, reads = {} }: Expected): void {
  for (const [activation, texts] of Object.entries(heard))
    deepStrictEqual(of(calls, activation).heard, texts, `${activation} hears`);
  for (const [activation, outputs] of Object.entries(reads))
    deepStrictEqual(of(calls, activation).reads, outputs, `${activation} reads`);
}

function of(calls: Outcome['calls'], activation: string): { reads?: unknown; heard?: unknown } {
  return JSON.parse(calls[activation]?.[0] ?? '{}') as { reads?: unknown; heard?: unknown };
}

function shownEvent(event: Event__Output): string {
  const { attempt: _attempt, ...data } = dataOf(event);
  const { kind, nodeId, iteration, payloadJson } = event;
  return JSON.stringify({ kind, node: `${nodeId}#${iteration}`, payload: payloadJson, ...data });
}

function dataOf({ dataJson }: Event__Output): Readonly<Record<string, unknown>> {
  return dataJson === '' ? {} : (JSON.parse(dataJson) as Readonly<Record<string, unknown>>);
}
