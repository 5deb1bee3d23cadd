/** The invariants of src/core/execution.ts, and the rules of joins, written a second time: against records and events. */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { ExecutionEvent } from '../../src/core/event.js';
import {
  activationKey,
  isClosed,
  isFinal,
  NEVER_MS,
  type ActivationRecord,
  type ExecutionRecord,
} from '../../src/core/execution.js';
import type { Edge, WorkflowNode } from '../../src/core/workflow.js';
import { assertLoops } from './loop-invariants.js';
import type { Records } from './records.js';

export function assertInvariants(records: Records, events: readonly ExecutionEvent[]): void {
  const { execution } = records;
  if (!execution) return;
  const activations = [...records.activations()];
  assertOpen(execution, activations);
  for (const record of activations) assertActivation(records, execution, record);
  assertFinalOnce(events);
  assertJoins(records, events);
  assertLoops(records);
}

/** E3 */
export function assertReplaced(before: ActivationRecord, after: ActivationRecord, isRetry: boolean): void {
  if (!isFinal(before.status)) return;
  if (isRetry && (before.status === 'FAILED' || before.status === 'CANCELLED')) return;
  const counts = before.detail?.items !== undefined || before.detail?.loop !== undefined;
  const comparable = (record: ActivationRecord): unknown =>
    counts && before.status !== 'COMPLETED'
      ? { ...record, detail: { ...record.detail, items: undefined, loop: undefined } }
      : record;
  deepStrictEqual(comparable(after), comparable(before), 'E3: a final activation changed');
}

/** E1, E2 */
function assertOpen(execution: ExecutionRecord, activations: readonly ActivationRecord[]): void {
  const open = activations.filter(({ status }) => !isFinal(status));
  const { status } = execution;
  equal(execution.open, open.length, 'E1: `open` is not the number of open activations');
  switch (status) {
    case 'WAITING':
      equal(activations.length, 0, 'E2: it has not begun');
      break;
    case 'RUNNING':
    case 'PAUSED':
      ok(open.length > 0, 'E2: work remains but nothing is open');
      break;
    case 'FAILED':
      for (const record of open) equal(record.status, 'LEASED', `E2: ${record.node} is open after the failure`);
      break;
    case 'COMPLETED':
    case 'CANCELLED':
      equal(open.length, 0, 'E2: closed with open work');
  }
}

function assertActivation(records: Records, execution: ExecutionRecord, record: ActivationRecord): void {
  const { node: id, status, waitsFor, readyAtMs, detail } = record;
  const node = records.workflow.nodes.get(id);
  ok(node, `${id} is no node`);
  if (status === 'PENDING') equal(execution.status, 'PAUSED', 'only a paused execution parks something');
  if (status === 'READY') equal(execution.status, 'RUNNING', `READY while ${execution.status}`);
  const run = record.item === undefined ? node.run : node.itemRun;
  if (status === 'READY' || status === 'LEASED') equal(run, 'task', `${id} is ${status}, but the engine runs it`);
  equal(waitsFor !== undefined, status === 'WAITING', `${id} is ${status} and waits for ${waitsFor ?? 'nothing'}`);
  if (waitsFor === 'timer') ok(readyAtMs < NEVER_MS, `the timer ${id} never fires`);
  if (waitsFor === 'child') ok(detail?.child !== undefined, `${id} waits for no child`);
  if (record.outputSeq !== undefined) equal(status, 'COMPLETED', `${id} is ${status} with an output`);
  if (detail?.items && record.item === undefined) assertMap(records, record);
  if (!isClosed(execution.status)) {
    // A node of a loop fails its loop.
    if (status === 'FAILED' && record.item === undefined && node.loop === undefined)
      ok(detail?.handled, `${id} failed, and the execution does not know`);
  }
}

/** The counts in the record of a map are those of its items, and one that waits for items has some under way. */
function assertMap(records: Records, map: ActivationRecord): void {
  const { items } = map.detail ?? {};
  ok(items);
  const own = [...records.activations()].filter(
    ({ node, item, iteration }) => node === map.node && iteration === map.iteration && item !== undefined,
  );
  const count = (status: ActivationRecord['status']): number => own.filter((one) => one.status === status).length;
  deepStrictEqual(
    [items.opened, items.completed, items.failed],
    [own.length, count('COMPLETED'), count('FAILED')],
    `the items of ${map.node} are not counted right`,
  );
  const open = own.filter(({ status }) => !isFinal(status)).length;
  const { maxParallel = Infinity } = records.workflow.nodes.get(map.node)?.behaviour.map ?? {};
  ok(open <= maxParallel, `${open} items of ${map.node} are open`);
  if (map.status === 'WAITING') ok(open > 0, `${map.node} waits for items, and none is open`);
  else if (map.status === 'COMPLETED') equal(items.completed + items.failed, items.total, `${map.node} ended early`);
}

/** COMPLETED and SKIPPED are for ever. */
function assertFinalOnce(events: readonly ExecutionEvent[]): void {
  const ended = new Set<string>();
  for (const event of events) {
    if (event.kind !== 'node_completed' && event.kind !== 'node_skipped') continue;
    const key = activationKey(event.node, event.iteration, event.item);
    ok(!ended.has(key), `activation ${key} ended twice`);
    ended.add(key);
  }
}

/** Outside of a failure: a node has an activation if and only if its join says so, and is skipped by the same word. */
function assertJoins(records: Records, events: readonly ExecutionEvent[]): void {
  const status = records.execution?.status;
  if (status === 'WAITING' || status === 'FAILED' || status === 'CANCELLED') return;
  if (records.workflow.graph) return;
  const completions = new Map<string, ExecutionEvent>();
  const skips = new Map<string, string>();
  for (const event of events) {
    if (event.kind === 'node_completed' && event.item === undefined) completions.set(event.node, event);
    if (event.kind === 'node_skipped') skips.set(event.node, event.reason);
  }
  const routedTo = (id: string): string | null | undefined => {
    const event = completions.get(id);
    return event?.kind === 'node_completed' ? event.routedTo : undefined;
  };
  const isKept = (id: string): boolean => {
    const event = completions.get(id);
    return skips.get(id) === 'kept' || (event?.kind === 'node_completed' && event.kept === true);
  };
  const incoming = incomingEdges(records);
  for (const node of records.workflow.nodes.values()) {
    if (node.loop !== undefined) continue;
    const edges = (incoming.get(node.id) ?? []).map((edge) => ({
      ...edge,
      taken: edgeTaken(edge, records, routedTo(edge.from)),
    }));
    const told = joinOf(node, edges);
    const record = records.activation(node.id, 1);
    const shown = `${node.id} (join ${node.join}) is ${record?.status ?? 'absent'}: ${JSON.stringify(edges)}`;
    equal(record !== undefined, told !== 'waits', shown);
    if (!record || isKept(node.id)) continue;
    equal(skips.get(node.id) === 'dependencies_skipped', told === 'skip', shown);
    if (told === 'goes') assertCondition(node, record, shown);
  }
}

/** `if` of the stub expressions says by its own name what it gives. */
function assertCondition({ behaviour }: WorkflowNode, { status }: ActivationRecord, shown: string): void {
  if (behaviour.if === 'false') equal(status, 'SKIPPED', shown);
  else if (behaviour.if === 'throws') equal(status, 'FAILED', shown);
  else if (behaviour.if === undefined || behaviour.if === 'true') ok(status !== 'SKIPPED', shown);
}

function incomingEdges(records: Records): ReadonlyMap<string, readonly Edge[]> {
  const incoming = new Map<string, Edge[]>();
  for (const { outgoing } of records.workflow.nodes.values())
    for (const edge of outgoing) incoming.set(edge.to, [...(incoming.get(edge.to) ?? []), edge]);
  return incoming;
}

/** Undefined: its source has not ended. */
function edgeTaken(
  { from, to, condition }: Edge,
  records: Records,
  routedTo: string | null | undefined,
): boolean | undefined {
  const status = records.activation(from, 1)?.status;
  if (status !== 'COMPLETED' && status !== 'SKIPPED' && status !== 'FAILED') return undefined;
  const forgiven = status === 'FAILED' && records.workflow.nodes.get(from)?.behaviour.continueOnError === true;
  const succeeded = status === 'COMPLETED' || forgiven;
  const taken: Record<Edge['condition'], boolean> = {
    fires: false,
    succeeded,
    failed: status === 'FAILED',
    completed: status === 'COMPLETED' || status === 'FAILED',
    succeeded_or_skipped: succeeded || status === 'SKIPPED',
    routed: status === 'COMPLETED' && routedTo === to,
  };
  return taken[condition];
}

function joinOf(
  node: WorkflowNode,
  edges: readonly (Edge & { taken: boolean | undefined })[],
): 'waits' | 'goes' | 'skip' {
  if (edges.length === 0) return 'goes';
  const counted = edges.filter(({ counts }) => counts);
  const isTaken = counted.some(({ taken }) => taken === true);
  if (node.join === 'any' && isTaken) return 'goes';
  if (edges.some(({ taken }) => taken === undefined)) return 'waits';
  const goes = node.join === 'all_required' ? counted.every(({ taken }) => taken === true) : isTaken;
  return goes ? 'goes' : 'skip';
}
