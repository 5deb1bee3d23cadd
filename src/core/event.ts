/** The history: append-only, gapless per execution, complete. `applyEvent` is the only place where a status changes. */
import { assertNever, nexumError } from '../errors.js';
import {
  isClosed,
  type ActivationRecord,
  type ExecutionRecord,
  type JoinRecord,
  type NodeError,
  type NodeRef,
} from './execution.js';
import type { Edge, Workflow } from './workflow.js';

interface Settled extends NodeRef {
  /** Activations that this event made READY (or parked, while PAUSED). */
  readonly ready: readonly NodeRef[];
}

interface AttemptRef extends NodeRef {
  readonly attempt: number;
}

export type EventBody =
  | {
      readonly kind: 'execution_started';
      readonly workflowId: string;
      readonly versionHash: string;
      readonly idempotencyKey?: string;
      readonly requestHash?: string;
      readonly ready: readonly NodeRef[];
      /** JSON text. */
      readonly payload: string;
    }
  | ({
      readonly kind: 'node_leased';
      readonly workerId: string;
      readonly nonce: string;
      readonly leaseMs: number;
      readonly deadlineAtMs?: number;
    } & AttemptRef)
  | ({ readonly kind: 'attempt_failed'; readonly error: NodeError; readonly retryAtMs?: number } & AttemptRef)
  | ({ readonly kind: 'attempt_lost'; readonly reason: LostReason; readonly retryAtMs?: number } & AttemptRef)
  | ({ readonly kind: 'attempt_released' } & AttemptRef)
  /** `payload`: the output, JSON text. */
  | ({ readonly kind: 'node_completed'; readonly attempt: number; readonly payload: string } & Settled)
  | ({ readonly kind: 'node_skipped'; readonly reason: 'condition' | 'dependencies_skipped' } & Settled)
  | ({ readonly kind: 'node_failed'; readonly error: NodeError } & NodeRef)
  | ({ readonly kind: 'node_cancelled' } & NodeRef)
  | { readonly kind: 'execution_paused' }
  | { readonly kind: 'execution_resumed' }
  /** `payload`: the output of the execution, JSON text. */
  | { readonly kind: 'execution_completed'; readonly payload: string }
  | { readonly kind: 'execution_failed'; readonly node?: string; readonly error: NodeError }
  | { readonly kind: 'execution_cancelled'; readonly reason?: string };

export type LostReason = 'lease_expired' | 'worker_disconnected';
export type EventKind = EventBody['kind'];
export type ExecutionEvent = EventBody & {
  readonly executionId: string;
  readonly seq: number;
  /** Epoch milliseconds, UTC. */
  readonly atMs: number;
};

/** True for the event that ends an execution. */
export function isClosing({ kind }: ExecutionEvent): boolean {
  return kind === 'execution_completed' || kind === 'execution_failed' || kind === 'execution_cancelled';
}

/** Records of one execution that `applyEvent` reads and replaces. */
export interface StateAccess {
  readonly workflow: Workflow;
  execution: ExecutionRecord | undefined;
  activation(node: string, iteration: number): ActivationRecord | undefined;
  activations(): Iterable<ActivationRecord>;
  putActivation(record: ActivationRecord): void;
  join(target: string, group: string): JoinRecord | undefined;
  putJoin(record: JoinRecord): void;
}

/** Applies one event to the records it concerns. Folding the whole history from nothing gives the tables back (E5). */
export function applyEvent(state: StateAccess, event: ExecutionEvent): void {
  if (event.kind === 'execution_started') {
    state.execution = {
      executionId: event.executionId,
      workflowId: event.workflowId,
      versionHash: event.versionHash,
      status: 'RUNNING',
      createdAtMs: event.atMs,
      lastSeq: event.seq,
      open: 0,
      finishedAtMs: undefined,
      idempotencyKey: event.idempotencyKey,
      requestHash: event.requestHash,
      failedNode: undefined,
      error: undefined,
    };
    for (const ref of event.ready) applyReady(state, ref, event.atMs);
    return;
  }
  state.execution = { ...getExecution(state), lastSeq: event.seq };
  switch (event.kind) {
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
    case 'node_completed':
      close(state, event, 'COMPLETED', event.seq);
      applySettled(state, event, true, event.atMs);
      return;
    case 'node_skipped':
      state.putActivation({ ...blankActivation(state, event, event.atMs), status: 'SKIPPED' });
      applySettled(state, event, false, event.atMs);
      return;
    case 'node_failed':
      close(state, event, 'FAILED', undefined);
      return;
    case 'node_cancelled':
      close(state, event, 'CANCELLED', undefined);
      return;
    case 'execution_paused':
      setParked(state, 'PAUSED');
      return;
    case 'execution_resumed':
      setParked(state, 'RUNNING');
      return;
    case 'execution_completed':
      state.execution = { ...state.execution, status: 'COMPLETED', finishedAtMs: event.atMs };
      return;
    case 'execution_failed':
      state.execution = {
        ...state.execution,
        status: 'FAILED',
        finishedAtMs: event.atMs,
        error: event.error,
        failedNode: event.node,
      };
      return;
    case 'execution_cancelled':
      state.execution = { ...state.execution, status: 'CANCELLED', finishedAtMs: event.atMs };
      return;
    default:
      assertNever(event);
  }
}

/** Opens an activation: READY, or parked while the execution is PAUSED. */
export function applyReady(state: StateAccess, ref: NodeRef, atMs: number): void {
  const execution = getExecution(state);
  const status = execution.status === 'PAUSED' ? 'PENDING' : 'READY';
  state.putActivation({ ...blankActivation(state, ref, atMs), status });
  state.execution = { ...execution, open: execution.open + 1 };
}

/** Counts one settled edge of a group with several edges and returns the group's new record. */
function countEdge(state: StateAccess, edge: Edge, taken: boolean): JoinRecord | undefined {
  const size = state.workflow.nodes.get(edge.to)?.groups.get(edge.group) ?? 0;
  if (size < 2) return undefined;
  const { executionId } = getExecution(state);
  const before = state.join(edge.to, edge.group) ?? {
    executionId,
    target: edge.to,
    group: edge.group,
    remaining: size,
    taken: 0,
  };
  const after = { ...before, remaining: before.remaining - 1, taken: before.taken + (taken ? 1 : 0) };
  state.putJoin(after);
  return after;
}

function applySettled(state: StateAccess, event: Settled, taken: boolean, atMs: number): void {
  // In a closed execution a sibling that was already leased may still commit; nothing downstream starts.
  if (isClosed(getExecution(state).status)) return;
  for (const edge of state.workflow.nodes.get(event.node)?.outgoing ?? []) countEdge(state, edge, taken);
  for (const ref of event.ready) applyReady(state, ref, atMs);
}

function applyLeased(state: StateAccess, event: ExecutionEvent & { kind: 'node_leased' }): void {
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

function close(
  state: StateAccess,
  event: NodeRef & { atMs: number },
  status: ActivationRecord['status'],
  outputSeq: number | undefined,
): void {
  const execution = getExecution(state);
  const existing = state.activation(event.node, event.iteration);
  // A node whose condition cannot be evaluated fails without ever having been opened.
  state.putActivation({ ...(existing ?? blankActivation(state, event, event.atMs)), status, outputSeq });
  if (existing) state.execution = { ...execution, open: execution.open - 1 };
}

function setParked(state: StateAccess, status: 'PAUSED' | 'RUNNING'): void {
  state.execution = { ...getExecution(state), status };
  const [from, to] = status === 'PAUSED' ? (['READY', 'PENDING'] as const) : (['PENDING', 'READY'] as const);
  for (const record of [...state.activations()]) {
    if (record.status === from) state.putActivation({ ...record, status: to });
  }
}

function blankActivation(state: StateAccess, ref: NodeRef, readyAtMs: number): ActivationRecord {
  const { executionId, versionHash } = getExecution(state);
  return {
    executionId,
    node: ref.node,
    iteration: ref.iteration,
    versionHash,
    handler: state.workflow.nodes.get(ref.node)?.behaviour.handler,
    status: 'READY',
    attempt: 0,
    failed: 0,
    lost: 0,
    readyAtMs,
    nonce: undefined,
    workerId: undefined,
    leaseMs: undefined,
    leaseExpiresAtMs: undefined,
    deadlineAtMs: undefined,
    outputSeq: undefined,
  };
}

function getExecution(state: StateAccess): ExecutionRecord {
  if (!state.execution) throw nexumError('INTERNAL', 'an event names an execution that has not started');
  return state.execution;
}

function getActivation(state: StateAccess, ref: NodeRef): ActivationRecord {
  const record = state.activation(ref.node, ref.iteration);
  if (!record)
    throw nexumError('INTERNAL', `an event names the activation ${ref.node}#${ref.iteration}, which was never opened`);
  return record;
}
