/**
 * The one pure decision: what a command changes, and what it answers. No clock, no randomness, no I/O: equal state,
 * command and environment give equal results.
 */
import { assertNever, type ErrorCode } from '../errors.js';
import { activateEntries, cancelUnleased, failNode, finishIfDone, settle } from './activation.js';
import type { Command, DecisionEnvironment, Reply } from './command.js';
import { isClosed, isFinal, type ActivationRecord, type ExecutionRecord, type ExecutionView } from './execution.js';
import type { TaskRef } from './ids.js';
import { retryDelayMs } from './retry.js';
import { Transition, type Changes } from './transition.js';

export interface Decision {
  readonly reply: Reply;
  /** Undefined when the command changes nothing. */
  readonly changes?: Changes;
}

type Of<K extends Command['kind']> = Command & { readonly kind: K };

const OK: Reply = { ok: true, alreadyApplied: false };
const ALREADY_APPLIED: Decision = { reply: { ok: true, alreadyApplied: true } };

/** Decides one command on one execution. O(out-degree) for lease, complete, fail, release, reap, heartbeat. */
export function decide(view: ExecutionView, command: Command, env: DecisionEnvironment): Decision {
  if (command.kind === 'start') return start(view, command, env);
  const { execution } = view;
  if (!execution) return refuse('EXECUTION_NOT_FOUND', 'no such execution');
  switch (command.kind) {
    case 'lease':
      return lease(view, execution, command, env);
    case 'complete':
      return complete(view, execution, command, env);
    case 'fail':
      return fail(view, execution, command, env);
    case 'release':
      return release(view, execution, command, env);
    case 'heartbeat':
      return heartbeat(view, execution, command, env);
    case 'reap':
      return reap(view, execution, command, env);
    case 'cancel':
      return cancel(view, execution, command, env);
    case 'pause':
      return pause(view, execution, env);
    case 'resume':
      return resume(view, execution, env);
    default:
      return assertNever(command);
  }
}

function start(view: ExecutionView, command: Of<'start'>, env: DecisionEnvironment): Decision {
  const existing = view.execution;
  if (existing) {
    if (existing.requestHash === command.requestHash) return ALREADY_APPLIED;
    return refuse(
      'IDEMPOTENCY_CONFLICT',
      `the idempotency key was used for ${existing.executionId} with another workflow or input`,
    );
  }
  const transition = new Transition(view, env.nowMs);
  const started = transition.emit(command.executionId, {
    kind: 'execution_started',
    workflowId: view.workflow.workflowId,
    versionHash: view.workflow.versionHash,
    payload: command.input,
    ready: [],
    ...(command.idempotencyKey === undefined ? {} : { idempotencyKey: command.idempotencyKey }),
    ...(command.requestHash === undefined ? {} : { requestHash: command.requestHash }),
  });
  activateEntries(transition, command.executionId, started, env);
  finishIfDone(transition, command.executionId, env);
  return accept(transition);
}

function lease(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'lease'>,
  env: DecisionEnvironment,
): Decision {
  const record = view.activation(command.node, command.iteration);
  if (execution.status !== 'RUNNING' || record?.status !== 'READY' || record.readyAtMs > env.nowMs) {
    return refuse('WRONG_STATE', `${command.node} is not ready`);
  }
  const timeoutMs = view.workflow.nodes.get(command.node)?.behaviour.timeoutMs;
  const transition = new Transition(view, env.nowMs);
  transition.emit(execution.executionId, {
    kind: 'node_leased',
    node: command.node,
    iteration: command.iteration,
    attempt: record.attempt + 1,
    workerId: command.workerId,
    nonce: command.nonce,
    leaseMs: command.leaseMs,
    // One lease beyond the timeout: the worker itself reports NODE_TIMEOUT first, unless its handler blocks it.
    ...(timeoutMs === undefined ? {} : { deadlineAtMs: env.nowMs + timeoutMs + command.leaseMs }),
  });
  return accept(transition);
}

function complete(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'complete'>,
  env: DecisionEnvironment,
): Decision {
  const record = findAttempt(view, command.task);
  if (record?.status === 'COMPLETED') {
    if (view.output(record) === command.output) return ALREADY_APPLIED;
    return refuse('RESULT_CONFLICT', `attempt ${record.attempt} of ${record.node} was committed with another result`);
  }
  if (record?.status !== 'LEASED') return stale(execution, command.task);
  const transition = new Transition(view, env.nowMs);
  const { node, iteration, attempt } = record;
  const completed = transition.emit(execution.executionId, {
    kind: 'node_completed',
    node,
    iteration,
    attempt,
    payload: command.output,
    ready: [],
  });
  if (!isClosed(execution.status)) settle(transition, execution.executionId, completed, env);
  finishIfDone(transition, execution.executionId, env);
  return accept(transition);
}

function fail(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'fail'>,
  env: DecisionEnvironment,
): Decision {
  const record = findAttempt(view, command.task);
  // The same attempt can be READY, parked or FAILED only because this very failure (or its release) was applied before.
  if (record && (record.status === 'READY' || record.status === 'PENDING' || record.status === 'FAILED'))
    return ALREADY_APPLIED;
  if (record?.status !== 'LEASED') return stale(execution, command.task);
  const transition = new Transition(view, env.nowMs);
  failAttempt(transition, execution, record, command.failure, env);
  return accept(transition);
}

function failAttempt(
  transition: Transition,
  execution: ExecutionRecord,
  record: ActivationRecord,
  failure: Of<'fail'>['failure'],
  env: DecisionEnvironment,
): void {
  const { node, iteration, attempt } = record;
  const policy = transition.workflow.nodes.get(node)?.retry;
  const failed = record.failed + 1;
  const delayMs = policy && !isClosed(execution.status) ? retryDelayMs(policy, failure, failed, env.random) : undefined;
  const error = { code: failure.code, message: failure.message };
  transition.emit(execution.executionId, {
    kind: 'attempt_failed',
    node,
    iteration,
    attempt,
    error,
    ...(delayMs === undefined ? {} : { retryAtMs: env.nowMs + delayMs }),
  });
  if (delayMs === undefined) failNode(transition, execution.executionId, { node, iteration }, error);
}

function release(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'release'>,
  env: DecisionEnvironment,
): Decision {
  const record = findAttempt(view, command.task);
  if (record && (record.status === 'READY' || record.status === 'PENDING')) return ALREADY_APPLIED;
  if (record?.status !== 'LEASED') return stale(execution, command.task);
  const transition = new Transition(view, env.nowMs);
  const { node, iteration, attempt } = record;
  transition.emit(execution.executionId, { kind: 'attempt_released', node, iteration, attempt });
  if (isClosed(execution.status)) cancelUnleased(transition, execution.executionId);
  return accept(transition);
}

/** Extends the lease from now; records no event (E5). */
function heartbeat(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'heartbeat'>,
  env: DecisionEnvironment,
): Decision {
  const record = findAttempt(view, command.task);
  if (record?.status !== 'LEASED') return stale(execution, command.task);
  const wanted = env.nowMs + (record.leaseMs ?? 0);
  const leaseExpiresAtMs = Math.min(wanted, record.deadlineAtMs ?? wanted);
  if (leaseExpiresAtMs <= (record.leaseExpiresAtMs ?? 0)) return { reply: OK };
  return {
    reply: OK,
    changes: { execution: undefined, activations: [{ ...record, leaseExpiresAtMs }], joins: [], events: [] },
  };
}

function reap(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'reap'>,
  env: DecisionEnvironment,
): Decision {
  const record = view.activation(command.node, command.iteration);
  if (record?.status !== 'LEASED' || record.nonce !== command.nonce) return ALREADY_APPLIED;
  if (command.reason === 'lease_expired' && (record.leaseExpiresAtMs ?? 0) > env.nowMs) return ALREADY_APPLIED;
  const transition = new Transition(view, env.nowMs);
  const { node, iteration, attempt } = record;
  if (record.deadlineAtMs !== undefined && record.deadlineAtMs <= env.nowMs) {
    const message = `attempt ${attempt} of ${node} did not end within its timeout`;
    failAttempt(transition, execution, record, { code: 'NODE_TIMEOUT', message, retryable: true }, env);
    return accept(transition);
  }
  const maxLost = view.workflow.nodes.get(node)?.retry.maxLost ?? 1;
  transition.emit(execution.executionId, { kind: 'attempt_lost', node, iteration, attempt, reason: command.reason });
  if (isClosed(execution.status)) {
    cancelUnleased(transition, execution.executionId);
  } else if (record.lost + 1 >= maxLost) {
    const message = `the worker was lost in ${record.lost + 1} attempts of ${node}`;
    failNode(transition, execution.executionId, { node, iteration }, { code: 'TOO_MANY_LOST', message });
  }
  return accept(transition);
}

function cancel(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'cancel'>,
  env: DecisionEnvironment,
): Decision {
  if (execution.status === 'CANCELLED') return ALREADY_APPLIED;
  if (isClosed(execution.status)) return closed(execution);
  const transition = new Transition(view, env.nowMs);
  for (const record of view.activations()) {
    if (isFinal(record.status)) continue;
    transition.emit(execution.executionId, { kind: 'node_cancelled', node: record.node, iteration: record.iteration });
  }
  transition.emit(execution.executionId, {
    kind: 'execution_cancelled',
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  });
  return accept(transition);
}

function pause(view: ExecutionView, execution: ExecutionRecord, env: DecisionEnvironment): Decision {
  if (execution.status === 'PAUSED') return ALREADY_APPLIED;
  if (isClosed(execution.status)) return closed(execution);
  const transition = new Transition(view, env.nowMs);
  transition.emit(execution.executionId, { kind: 'execution_paused' });
  return accept(transition);
}

function resume(view: ExecutionView, execution: ExecutionRecord, env: DecisionEnvironment): Decision {
  if (execution.status === 'RUNNING') return ALREADY_APPLIED;
  if (isClosed(execution.status)) return closed(execution);
  const transition = new Transition(view, env.nowMs);
  transition.emit(execution.executionId, { kind: 'execution_resumed' });
  return accept(transition);
}

/** E4: the activation if the task names its newest attempt, whatever became of it. */
function findAttempt(view: ExecutionView, task: TaskRef): ActivationRecord | undefined {
  const record = view.activation(task.node, task.iteration);
  return record?.nonce === task.nonce ? record : undefined;
}

function stale(execution: ExecutionRecord, task: TaskRef): Decision {
  if (isClosed(execution.status)) return closed(execution);
  return refuse('STALE_LEASE', `attempt ${task.attempt} of ${task.node} no longer holds the lease`);
}

function closed(execution: ExecutionRecord): Decision {
  return refuse('EXECUTION_CLOSED', `execution ${execution.executionId} is ${execution.status}`);
}

function refuse(code: ErrorCode, message: string): Decision {
  return { reply: { ok: false, code, message } };
}

function accept(transition: Transition): Decision {
  return { reply: OK, changes: transition.changes() };
}
