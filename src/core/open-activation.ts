/** How an activation begins in the records. */
import { nexumError } from '../errors.js';
import { hearsFrom } from './apply-graph.js';
import type { ExecutionEvent } from './event.js';
import type { ActivationRecord, ExecutionRecord, NodeRef } from './execution.js';
import type { StateAccess } from './state-access.js';

/** Place and time in the history. */
export type Moment = Pick<ExecutionEvent, 'seq' | 'atMs'>;

export function openAll(state: StateAccess, event: Moment & { readonly ready: readonly NodeRef[] }): void {
  for (const ref of event.ready) applyReady(state, ref, event);
}

/** Opens an activation: READY, or parked while the execution is PAUSED. */
export function applyReady(state: StateAccess, ref: NodeRef, cause: Moment): void {
  const execution = getExecution(state);
  const status = execution.status === 'PAUSED' ? 'PENDING' : 'READY';
  const detail = ref.item === undefined ? hearsFrom(state, ref, cause.seq) : undefined;
  state.putActivation({ ...blankActivation(state, ref, cause.atMs), status, detail });
  state.execution = { ...execution, open: execution.open + 1 };
}

/** As if nothing had happened to it yet. */
export function blankActivation(state: StateAccess, ref: NodeRef, readyAtMs: number): ActivationRecord {
  const { executionId, versionHash, extra } = getExecution(state);
  return {
    executionId,
    node: ref.node,
    iteration: ref.iteration,
    item: ref.item,
    versionHash,
    handler: state.workflow.nodes.get(ref.node)?.dispatch,
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
    priority: extra?.priority ?? 0,
    waitsFor: undefined,
    detail: undefined,
  };
}

export function getExecution(state: StateAccess): ExecutionRecord {
  if (!state.execution) throw nexumError('INTERNAL', 'an event names an execution that has not started');
  return state.execution;
}
