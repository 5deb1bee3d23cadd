/** Decisions about attempts: who holds a task, and what became of it. */
import { startChild } from './begin.js';
import type { DecisionEnvironment } from './command.js';
import { accept, ALREADY_APPLIED, closed, OK, refuse, type Decision, type Of } from './decision.js';
import { isClosed, refOf, type ActivationRecord, type ExecutionRecord, type ExecutionView } from './execution.js';
import type { TaskRef } from './ids.js';
import { pauseAtLimit, pauseOverTime, tellUsage } from './limit-pause.js';
import { executionLimits, findReachedLimit } from './limits.js';
import { expand } from './map-items.js';
import { Progress } from './progress.js';
import { retryDelayMs } from './retry.js';
import { readResult } from './task-result.js';
import { Transition } from './transition.js';

export function lease(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'lease'>,
  env: DecisionEnvironment,
): Decision {
  const record = view.activation(command.node, command.iteration, command.item);
  if (execution.status !== 'RUNNING' || record?.status !== 'READY' || record.readyAtMs > env.nowMs) {
    return refuse('WRONG_STATE', `${command.node} is not ready`);
  }
  const timeoutMs = view.workflow.nodes.get(command.node)?.behaviour.timeoutMs;
  const transition = new Transition(view, env.nowMs);
  // Nothing is leased then: whoever asked looks at what became of it.
  if (pauseOverTime(transition)) return accept(transition);
  transition.emit(execution.executionId, {
    kind: 'node_leased',
    ...refOf(command),
    attempt: record.attempt + 1,
    workerId: command.workerId,
    nonce: command.nonce,
    leaseMs: command.leaseMs,
    // One lease beyond the timeout: the worker itself reports NODE_TIMEOUT first, unless its handler blocks it.
    ...(timeoutMs === undefined ? {} : { deadlineAtMs: env.nowMs + timeoutMs + command.leaseMs }),
  });
  return accept(transition);
}

export function complete(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'complete'>,
  env: DecisionEnvironment,
): Decision {
  const record = findAttempt(view, command.task);
  const isHandedOver = record?.detail?.items !== undefined || record?.detail?.child !== undefined;
  // The attempt of a two-phase node gave the items or the child; its output comes from elsewhere.
  if (isHandedOver && record.status !== 'LEASED') return ALREADY_APPLIED;
  if (record?.status === 'COMPLETED') {
    if (view.payload(record.outputSeq ?? 0) === command.output) return ALREADY_APPLIED;
    return refuse('RESULT_CONFLICT', `attempt ${record.attempt} of ${record.node} was committed with another result`);
  }
  if (record?.status !== 'LEASED') return stale(execution, command.task);
  const outcome = readResult(view.workflow.nodes.get(record.node), record, command.output);
  // Nothing new starts in a closed execution; a retry asks for the items or the child again.
  if (isClosed(execution.status) && (outcome.kind === 'items' || outcome.kind === 'child')) return closed(execution);
  const transition = new Transition(view, env.nowMs);
  tellUsage(transition, record, command.usage);
  const progress = new Progress(transition, execution.executionId, env);
  switch (outcome.kind) {
    case 'output':
      progress.complete(record, {
        attempt: record.attempt,
        output: command.output,
        ...outcome.choice,
        ...(command.conditions ? { conditions: command.conditions } : {}),
      });
      break;
    case 'items':
      expand(progress, record, outcome.items);
      break;
    case 'child':
      startChild(progress, record, outcome);
      break;
    case 'invalid':
      failAttempt(progress, execution, record, { code: 'OUTPUT_INVALID', message: outcome.message, retryable: false });
  }
  progress.finish();
  return accept(transition);
}

export function fail(
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
  tellUsage(transition, record, command.usage);
  const progress = new Progress(transition, execution.executionId, env);
  failAttempt(progress, execution, record, command.failure);
  progress.finish();
  return accept(transition);
}

function failAttempt(
  progress: Progress,
  execution: ExecutionRecord,
  record: ActivationRecord,
  failure: Of<'fail'>['failure'],
): void {
  const { transition, env } = progress;
  const policy = transition.workflow.nodes.get(record.node)?.retry;
  const failed = record.failed + 1;
  const delayMs = policy && !isClosed(execution.status) ? retryDelayMs(policy, failure, failed, env.random) : undefined;
  const error = { code: failure.code, message: failure.message };
  transition.emit(execution.executionId, {
    kind: 'attempt_failed',
    ...refOf(record),
    attempt: record.attempt,
    error,
    ...(delayMs === undefined ? {} : { retryAtMs: env.nowMs + delayMs }),
  });
  if (delayMs === undefined) progress.fail(record, error);
}

export function release(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'release'>,
  env: DecisionEnvironment,
): Decision {
  const record = findAttempt(view, command.task);
  if (record && (record.status === 'READY' || record.status === 'PENDING')) return ALREADY_APPLIED;
  if (record?.status !== 'LEASED') return stale(execution, command.task);
  const transition = new Transition(view, env.nowMs);
  const { attempt } = record;
  tellUsage(transition, record, command.usage);
  transition.emit(execution.executionId, { kind: 'attempt_released', ...refOf(record), attempt });
  if (isClosed(execution.status)) new Progress(transition, execution.executionId, env).cancelUnleased();
  else if (command.limited === true) pauseAtLimit(transition);
  return accept(transition);
}

/**
 * Refuses with LIMIT_REACHED when its execution has used what it may. What the attempt has used so far is committed with the
 * answer, either way: the next one to ask, at whatever server, is judged by it (B1, B2 of limits.ts).
 */
export function admitCall(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'admit_call'>,
  env: DecisionEnvironment,
): Decision {
  const record = findAttempt(view, command.task);
  if (record?.status !== 'LEASED') return stale(execution, command.task);
  // Without limits it is told with the end of the attempt; a commit for each model call would be for nothing.
  if (!executionLimits(view.workflow.ir)) return { reply: OK };
  const transition = new Transition(view, env.nowMs);
  tellUsage(transition, record, command.usage);
  const reason = transition.execution && findReachedLimit(view.workflow.ir, transition.execution, env.nowMs);
  const changes = transition.changes();
  const message = `execution ${execution.executionId} has reached its limit ${reason ?? ''}`;
  return {
    reply: reason === undefined ? OK : { ok: false, code: 'LIMIT_REACHED', message },
    ...(changes.events.length > 0 ? { changes } : {}),
  };
}

/** Extends the lease from now; records no event (E5). */
export function heartbeat(
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
    changes: {
      execution: undefined,
      activations: [{ ...record, leaseExpiresAtMs }],
      joins: [],
      events: [],
      outbox: [],
    },
  };
}

export function reap(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'reap'>,
  env: DecisionEnvironment,
): Decision {
  const record = view.activation(command.node, command.iteration, command.item);
  if (record?.status !== 'LEASED' || record.nonce !== command.nonce) return ALREADY_APPLIED;
  if (command.reason === 'lease_expired' && (record.leaseExpiresAtMs ?? 0) > env.nowMs) return ALREADY_APPLIED;
  const transition = new Transition(view, env.nowMs);
  const progress = new Progress(transition, execution.executionId, env);
  const { node, attempt } = record;
  if (record.deadlineAtMs !== undefined && record.deadlineAtMs <= env.nowMs) {
    const message = `attempt ${attempt} of ${node} did not end within its timeout`;
    failAttempt(progress, execution, record, { code: 'NODE_TIMEOUT', message, retryable: true });
  } else {
    const maxLost = view.workflow.nodes.get(node)?.retry.maxLost ?? 1;
    const { reason } = command;
    transition.emit(execution.executionId, { kind: 'attempt_lost', ...refOf(record), attempt, reason });
    if (isClosed(execution.status)) progress.cancelUnleased();
    else if (record.lost + 1 >= maxLost) {
      const message = `the worker was lost in ${record.lost + 1} attempts of ${node}`;
      progress.fail(record, { code: 'TOO_MANY_LOST', message });
    }
  }
  progress.finish();
  return accept(transition);
}

/** E4: the activation if the task names its newest attempt, whatever became of it. */
function findAttempt(view: ExecutionView, task: TaskRef): ActivationRecord | undefined {
  const record = view.activation(task.node, task.iteration, task.item);
  return record?.nonce === task.nonce ? record : undefined;
}

function stale(execution: ExecutionRecord, task: TaskRef): Decision {
  if (isClosed(execution.status)) return closed(execution);
  return refuse('STALE_LEASE', `attempt ${task.attempt} of ${task.node} no longer holds the lease`);
}
