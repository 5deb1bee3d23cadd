/** Decisions about whole executions: start, cancel, pause, resume, retry. */
import { byAge } from './by-age.js';
import type { DecisionEnvironment } from './command.js';
import { accept, ALREADY_APPLIED, closed, refuse, type Decision, type Of } from './decision.js';
import {
  isClosed,
  isFinal,
  refOf,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionView,
} from './execution.js';
import { loopOf } from './reads.js';
import { Progress } from './progress.js';
import { Transition } from './transition.js';

export function start(view: ExecutionView, command: Of<'start'>, env: DecisionEnvironment): Decision {
  const existing = view.execution;
  if (existing) {
    if (existing.requestHash === command.requestHash) return ALREADY_APPLIED;
    return refuse(
      'IDEMPOTENCY_CONFLICT',
      `the idempotency key was used for ${existing.executionId} with another workflow or input`,
    );
  }
  const { idempotencyKey, requestHash, extra, waiting } = command;
  const transition = new Transition(view, env.nowMs);
  const started = transition.emit(command.executionId, {
    kind: 'execution_started',
    workflowId: view.workflow.workflowId,
    versionHash: view.workflow.versionHash,
    payload: command.input,
    ready: [],
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(requestHash === undefined ? {} : { requestHash }),
    ...(extra === undefined ? {} : { extra }),
    ...(waiting ? { waiting: true as const, cancels: waiting.cancels } : {}),
  });
  if (waiting) return accept(transition);
  const progress = new Progress(transition, command.executionId, env, command.kept);
  progress.enter(started);
  progress.finish();
  return accept(transition);
}

export function admit(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'admit'>,
  env: DecisionEnvironment,
): Decision {
  if (execution.status !== 'WAITING') return ALREADY_APPLIED;
  const transition = new Transition(view, env.nowMs);
  const admitted = transition.emit(execution.executionId, { kind: 'execution_admitted', ready: [] });
  const progress = new Progress(transition, execution.executionId, env, command.kept);
  progress.enter(admitted);
  progress.finish();
  return accept(transition);
}

export function cancel(
  view: ExecutionView,
  execution: ExecutionRecord,
  command: Of<'cancel'>,
  env: DecisionEnvironment,
): Decision {
  if (execution.status === 'CANCELLED') return ALREADY_APPLIED;
  if (isClosed(execution.status)) return closed(execution);
  const transition = new Transition(view, env.nowMs);
  const progress = new Progress(transition, execution.executionId, env);
  for (const record of view.activations()) if (!isFinal(record.status)) progress.cancel(record);
  transition.emit(execution.executionId, {
    kind: 'execution_cancelled',
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  });
  return accept(transition);
}

export function pause(view: ExecutionView, execution: ExecutionRecord, env: DecisionEnvironment): Decision {
  if (execution.status === 'PAUSED') return ALREADY_APPLIED;
  if (isClosed(execution.status)) return closed(execution);
  if (execution.status === 'WAITING')
    return refuse('WRONG_STATE', 'the execution has not begun: it waits for its turn');
  const transition = new Transition(view, env.nowMs);
  transition.emit(execution.executionId, { kind: 'execution_paused' });
  return accept(transition);
}

export function resume(
  view: ExecutionView,
  execution: ExecutionRecord,
  { message }: Of<'resume'>,
  env: DecisionEnvironment,
): Decision {
  const { executionId, status } = execution;
  if (isClosed(status)) return closed(execution);
  if (message !== undefined && !view.workflow.graph)
    return refuse('WRONG_STATE', `execution ${executionId} is of no free graph: nobody in it hears messages`);
  if (message !== undefined && status === 'WAITING')
    return refuse('WRONG_STATE', `execution ${executionId} has not begun: it waits for its turn`);
  if (status !== 'PAUSED' && message === undefined) return ALREADY_APPLIED;
  const transition = new Transition(view, env.nowMs);
  const parked = byAge(view).filter((record) => record.status === 'PENDING');
  if (status === 'PAUSED') transition.emit(executionId, { kind: 'execution_resumed' });
  if (message !== undefined)
    transition.emit(executionId, { kind: 'message_added', ready: [], payload: JSON.stringify(message) });
  const progress = new Progress(transition, execution.executionId, env);
  for (const record of parked) progress.beginLater(refOf(record));
  progress.finish();
  return accept(transition);
}

/** Opens again what failed, and what was cancelled because of it; tells dependents who have not been told. */
export function retry(view: ExecutionView, execution: ExecutionRecord, env: DecisionEnvironment): Decision {
  const { executionId, status } = execution;
  if (!isClosed(status)) return ALREADY_APPLIED;
  if (status !== 'FAILED') {
    const message = `execution ${executionId} is ${status}; only a FAILED one can be retried, any other be rerun`;
    return refuse('EXECUTION_CLOSED', message);
  }
  const transition = new Transition(view, env.nowMs);
  const records = byAge(view);
  // It had come to its end, and only its output could not be made: nothing runs again.
  const stoppedBy = execution.failedNode === undefined ? execution.extra?.graph?.stoppedBy : undefined;
  const ended = stoppedBy ? [] : records.filter((record) => isReopened(view, record));
  const retried = transition.emit(executionId, { kind: 'execution_retried', ready: [] });
  // Maps before their items: an item counts in the record of its map.
  for (const record of [...ended].sort((a, b) => (a.item ?? -1) - (b.item ?? -1))) {
    const child = record.detail?.error?.code === 'CHILD_FAILED' ? record.detail.child : undefined;
    const kept = child === undefined ? {} : { child };
    transition.emit(executionId, { kind: 'node_reopened', ...refOf(record), ...kept });
  }
  const progress = new Progress(transition, executionId, env);
  for (const record of ended) {
    const now = transition.activation(record.node, record.iteration, record.item);
    if (now?.status === 'READY') progress.beginAgain(record);
    else if (now?.waitsFor === 'items') progress.revisit(refOf(record));
    else if (now?.waitsFor === 'nodes') progress.revisitRound(refOf(record), retried);
  }
  if (stoppedBy) {
    progress.end(stoppedBy);
  } else {
    progress.catchUp(retried);
    progress.finish();
  }
  return accept(transition);
}

function isReopened(view: ExecutionView, record: ActivationRecord): boolean {
  const { node, iteration, item, status, detail } = record;
  if (status !== 'CANCELLED' && (status !== 'FAILED' || detail?.handled === true)) return false;
  if (view.workflow.nodes.get(node)?.loop !== undefined && !isOfOpenLoop(view, record)) return false;
  if (item === undefined) return true;
  // An item that its map does without stays as it is.
  const { onItemError = 'fail' } = view.workflow.nodes.get(node)?.behaviour.map ?? {};
  if (status === 'FAILED' && onItemError !== 'fail') return false;
  const map = view.activation(node, iteration);
  return map?.status === 'CANCELLED' || (map?.status === 'FAILED' && map.detail?.handled !== true);
}

/** A node of a loop goes on only with its loop, in the round that was under way. */
function isOfOpenLoop(view: ExecutionView, record: ActivationRecord): boolean {
  const ref = loopOf(view, record);
  const loop = ref && view.activation(ref.node, ref.iteration);
  return loop !== undefined && (!isFinal(loop.status) || isReopened(view, loop));
}
