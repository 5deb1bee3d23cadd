/** What an event does to the records: the only place where a status changes. Folding the history gives the tables back. */
import { assertNever, nexumError } from '../errors.js';
import { withDetail } from './activation-detail.js';
import {
  applyCommit,
  applyLateFired,
  applyLimit,
  applyLimitLifted,
  applyMessage,
  applyRound,
  applyStop,
  applyWave,
  countSettled,
} from './apply-graph.js';
import type { ExecutionEvent, Settled } from './event.js';
import {
  NEVER_MS,
  type ActivationDetail,
  type ActivationRecord,
  type ExecutionStatus,
  type NodeRef,
} from './execution.js';
import { isTaken, type EdgeSource } from './edges.js';
import { startClock, stopClock } from './limits.js';
import { bumpItems, openItems } from './map-progress.js';
import { applyReady, blankActivation, getExecution, openAll, type Moment } from './open-activation.js';
import type { StateAccess } from './state-access.js';
import { addUsage } from './usage.js';
import type { Edge } from './workflow.js';

type Of<K extends ExecutionEvent['kind']> = ExecutionEvent & { readonly kind: K };

/** Applies one event to the records it concerns. */
export function applyEvent(state: StateAccess, event: ExecutionEvent): void {
  if (event.kind === 'execution_started') {
    applyStarted(state, event);
    return;
  }
  state.execution = { ...getExecution(state), lastSeq: event.seq };
  switch (event.kind) {
    case 'execution_admitted':
      state.execution = { ...state.execution, status: 'RUNNING' };
      startClock(state, event.atMs);
      openAll(state, event);
      return;
    case 'node_leased':
      applyLeased(state, event);
      return;
    case 'attempt_failed':
      reopen(state, event, event.retryAtMs ?? event.atMs, { failed: 1, lost: 0 });
      return;
    case 'attempt_lost':
      reopen(state, event, event.retryAtMs ?? event.atMs, { failed: 0, lost: 1 });
      dropFence(state, event);
      return;
    case 'attempt_released':
      reopen(state, event, event.atMs, { failed: 0, lost: 0 });
      return;
    case 'usage_reported':
      applyUsage(state, event);
      return;
    case 'node_waiting':
      applyWaiting(state, event);
      return;
    case 'map_expanded':
      applyExpanded(state, event);
      return;
    case 'map_items':
      return;
    case 'items_opened':
      openItems(state, event, (ref) => applyReady(state, ref, event));
      return;
    case 'node_completed':
      applyCompleted(state, event);
      return;
    case 'node_skipped':
      state.putActivation({ ...blankActivation(state, event, event.atMs), status: 'SKIPPED' });
      applySettled(state, event, { outcome: 'SKIPPED' });
      return;
    case 'node_failed':
      applyFailed(state, event);
      return;
    case 'node_cancelled':
      close(state, event, 'CANCELLED', undefined, {});
      return;
    case 'signal_received': {
      const { extra } = state.execution;
      const signals = [...(extra?.signals ?? []), { name: event.name, seq: event.seq }];
      state.execution = { ...state.execution, extra: { ...extra, signals } };
      return;
    }
    case 'execution_paused':
      applyLimit(state, event);
      stopClock(state, event.atMs, event.reason);
      setParked(state, 'PAUSED');
      return;
    case 'execution_resumed':
      applyLimitLifted(state);
      startClock(state, event.atMs);
      setParked(state, 'RUNNING');
      return;
    case 'execution_retried':
      // It may have failed while a limit held it: whoever retries it lets it go on.
      applyLimitLifted(state);
      state.execution = {
        ...state.execution,
        status: 'RUNNING',
        finishedAtMs: undefined,
        purgeAtMs: undefined,
        error: undefined,
        failedNode: undefined,
      };
      startClock(state, event.atMs);
      openAll(state, event);
      return;
    case 'node_reopened':
      applyReopened(state, event);
      return;
    case 'execution_completed':
      if (state.workflow.graph) applyStop(state, event);
      end(state, 'COMPLETED', event.atMs);
      return;
    case 'execution_failed':
      end(state, 'FAILED', event.atMs);
      state.execution = { ...state.execution, error: event.error, failedNode: event.node };
      return;
    case 'execution_cancelled':
      end(state, 'CANCELLED', event.atMs);
      return;
    case 'edges_fired':
      applyLateFired(state, event);
      openAll(state, event);
      return;
    case 'wave_started':
      applyWave(state);
      openAll(state, event);
      return;
    case 'message_added':
      applyMessage(state, event);
      openAll(state, event);
      return;
    case 'round_started':
      applyRound(state, event);
      openAll(state, event);
      return;
    default:
      assertNever(event);
  }
}

function applyStarted(state: StateAccess, event: Of<'execution_started'>): void {
  state.execution = {
    executionId: event.executionId,
    workflowId: event.workflowId,
    versionHash: event.versionHash,
    status: event.waiting === true ? 'WAITING' : 'RUNNING',
    createdAtMs: event.atMs,
    lastSeq: event.seq,
    open: 0,
    finishedAtMs: undefined,
    idempotencyKey: event.idempotencyKey,
    requestHash: event.requestHash,
    failedNode: undefined,
    error: undefined,
    purgeAtMs: undefined,
    extra: event.extra,
  };
  if (event.waiting !== true) startClock(state, event.atMs);
  openAll(state, event);
}

function end(state: StateAccess, status: ExecutionStatus, atMs: number): void {
  const { retentionMs } = state.workflow.ir.pipeline ?? {};
  const purgeAtMs = retentionMs === undefined ? undefined : atMs + retentionMs;
  stopClock(state, atMs);
  state.execution = { ...getExecution(state), status, finishedAtMs: atMs, purgeAtMs };
}

/** Counts one settled edge of a group with several edges. */
function countEdge(state: StateAccess, edge: Edge, taken: boolean): void {
  const size = state.workflow.nodes.get(edge.to)?.groups.get(edge.group)?.size ?? 0;
  if (size < 2) return;
  const { executionId } = getExecution(state);
  const before = state.join(edge.to, edge.group) ?? {
    executionId,
    target: edge.to,
    group: edge.group,
    remaining: size,
    taken: 0,
  };
  const counted = taken && edge.counts ? 1 : 0;
  state.putJoin({ ...before, remaining: before.remaining - 1, taken: before.taken + counted });
}

function applySettled(state: StateAccess, event: Settled & Moment, source: EdgeSource): void {
  for (const edge of state.workflow.nodes.get(event.node)?.outgoing ?? [])
    countEdge(state, edge, isTaken(edge, source, state.workflow));
  countSettled(state, event);
  openAll(state, event);
}

function applyLeased(state: StateAccess, event: Of<'node_leased'>): void {
  state.putActivation({
    ...getActivation(state, event),
    status: 'LEASED',
    attempt: event.attempt,
    nonce: event.nonce,
    workerId: event.workerId,
    leaseMs: event.leaseMs,
    leaseExpiresAtMs: event.atMs + event.leaseMs,
    deadlineAtMs: event.deadlineAtMs,
  });
}

function reopen(state: StateAccess, ref: NodeRef, readyAtMs: number, count: { failed: number; lost: number }): void {
  const before = getActivation(state, ref);
  state.putActivation({
    ...before,
    status: getExecution(state).status === 'PAUSED' ? 'PENDING' : 'READY',
    readyAtMs,
    failed: before.failed + count.failed,
    lost: before.lost + count.lost,
  });
}

/** A lost attempt holds nothing any more: whatever its worker says later is stale, even before the next attempt. */
function dropFence(state: StateAccess, ref: NodeRef): void {
  state.putActivation({ ...getActivation(state, ref), nonce: undefined });
}

function applyUsage(state: StateAccess, event: Of<'usage_reported'>): void {
  const execution = getExecution(state);
  const record = getActivation(state, event);
  const { extra } = execution;
  state.putActivation(withDetail(record, { usage: addUsage(record.detail?.usage ?? {}, event.added) }));
  state.execution = { ...execution, extra: { ...extra, usage: addUsage(extra?.usage ?? {}, event.added) } };
}

function applyWaiting(state: StateAccess, event: Of<'node_waiting'>): void {
  const { child, signal } = event;
  state.putActivation({
    ...withDetail(getActivation(state, event), {
      ...(child === undefined ? {} : { child }),
      ...(signal === undefined ? {} : { signal }),
      waitingSeq: event.seq,
      waitingSinceMs: event.atMs,
    }),
    status: 'WAITING',
    waitsFor: event.waitsFor,
    readyAtMs: event.untilMs ?? NEVER_MS,
  });
}

function applyExpanded(state: StateAccess, event: Of<'map_expanded'>): void {
  const { seq, pageSize, total } = event;
  const items = { seq, pageSize, total, opened: 0, completed: 0, failed: 0 };
  const record = withDetail(getActivation(state, event), { items });
  state.putActivation({ ...record, status: 'WAITING', waitsFor: 'items', readyAtMs: NEVER_MS });
}

function applyCompleted(state: StateAccess, event: Of<'node_completed'>): void {
  close(state, event, 'COMPLETED', event.seq, event.answer === undefined ? {} : { answer: event.answer });
  if (event.signalSeq !== undefined) consumeSignal(state, event.signalSeq);
  if (event.item !== undefined) {
    bumpItems(state, event, { completed: 1, failed: 0 });
  } else if (state.workflow.graph) {
    applyCommit(state, event);
    openAll(state, event);
  } else {
    applySettled(state, event, { outcome: 'COMPLETED', routedTo: event.routedTo });
  }
}

function applyFailed(state: StateAccess, event: Of<'node_failed'>): void {
  close(state, event, 'FAILED', undefined, {
    error: event.error,
    ...(event.handled === true ? { handled: true } : {}),
    ...(event.answer === undefined ? {} : { answer: event.answer }),
  });
  if (event.item !== undefined) bumpItems(state, event, { completed: 0, failed: 1 });
  else if (event.handled === true) applySettled(state, event, { outcome: 'FAILED' });
}

function consumeSignal(state: StateAccess, seq: number): void {
  const execution = getExecution(state);
  const { signals = [], ...rest } = execution.extra ?? {};
  const left = signals.filter((signal) => signal.seq !== seq);
  const extra = left.length > 0 ? { ...rest, signals: left } : rest;
  state.execution = { ...execution, extra: Object.keys(extra).length > 0 ? extra : undefined };
}

function close(
  state: StateAccess,
  event: NodeRef & { atMs: number },
  status: ActivationRecord['status'],
  outputSeq: number | undefined,
  detail: ActivationDetail,
): void {
  const execution = getExecution(state);
  const existing = state.activation(event.node, event.iteration, event.item);
  // A node whose condition cannot be evaluated fails without ever having been opened.
  const record = withDetail(existing ?? blankActivation(state, event, event.atMs), detail);
  state.putActivation({ ...record, status, outputSeq, waitsFor: undefined });
  if (existing) state.execution = { ...execution, open: execution.open - 1 };
}

/** As it was before it failed or was cancelled; attempts are counted anew, their numbers go on. */
function applyReopened(state: StateAccess, event: Of<'node_reopened'>): void {
  const execution = getExecution(state);
  const before = getActivation(state, event);
  const { items, loop, error } = before.detail ?? {};
  const waits = items ? 'items' : loop ? 'nodes' : event.child === undefined ? undefined : 'child';
  const child = waits === 'child' ? event.child : undefined;
  // Its rounds were used up: it gets as many again.
  const again = loop?.remaining === 0 && error?.code === 'LOOP_EXHAUSTED' ? { ...loop, round: 0 } : loop;
  const record = withDetail(before, { error: undefined, answer: undefined, child, loop: again });
  state.putActivation({
    ...record,
    status: waits === undefined ? 'READY' : 'WAITING',
    waitsFor: waits,
    readyAtMs: waits === undefined ? event.atMs : NEVER_MS,
    failed: 0,
    lost: 0,
    nonce: undefined,
  });
  state.execution = { ...execution, open: execution.open + 1 };
  if (event.item !== undefined && before.status === 'FAILED') bumpItems(state, event, { completed: 0, failed: -1 });
}

function setParked(state: StateAccess, status: 'PAUSED' | 'RUNNING'): void {
  state.execution = { ...getExecution(state), status };
  const [from, to] = status === 'PAUSED' ? (['READY', 'PENDING'] as const) : (['PENDING', 'READY'] as const);
  for (const record of [...state.activations()]) {
    if (record.status === from) state.putActivation({ ...record, status: to });
  }
}

function getActivation(state: StateAccess, ref: NodeRef): ActivationRecord {
  const record = state.activation(ref.node, ref.iteration, ref.item);
  if (!record)
    throw nexumError('INTERNAL', `an event names the activation ${ref.node}#${ref.iteration}, which was never opened`);
  return record;
}
