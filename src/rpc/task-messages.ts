/** Tasks, their answers and starts, between engine and wire. Only shapes change here; no rule lives in this file. */
import type { Finished, Started, StartRequest, Task, TaskAnswer, TaskFailure } from '../engine/engine-port.js';
import type { ExecuteFinished } from './generated/nexum/ExecuteFinished.js';
import type { ExecuteStarted } from './generated/nexum/ExecuteStarted.js';
import type { FailRequest__Output } from './generated/nexum/FailRequest.js';
import type { PollResponse } from './generated/nexum/PollResponse.js';
import type { StartRequest__Output } from './generated/nexum/StartRequest.js';
import type { WorkAnswer } from './generated/nexum/WorkAnswer.js';
import { given } from './unary.js';

export function taskMessage(task: Task): PollResponse {
  return {
    hasTask: true,
    taskId: task.taskId,
    executionId: task.executionId,
    nodeId: task.node,
    inputJson: task.inputJson,
    idempotencyKey: task.idempotencyKey,
    nodeType: task.nodeType,
    iteration: task.iteration,
    attempt: task.attempt,
    leaseMs: task.leaseMs,
    workflowId: task.workflowId,
    versionHash: task.versionHash,
    skipped: [...task.skipped],
    failed: task.failed.map(({ node, code, message }) => ({ nodeId: node, errorCode: code, errorMessage: message })),
    ...(task.withJson === undefined ? {} : { withJson: task.withJson }),
    ...(task.item ? itemMessage(task.item) : {}),
  };
}

function itemMessage({ index, total, itemJson }: NonNullable<Task['item']>): PollResponse {
  return { isMapSubtask: true, mapItemJson: itemJson, mapIndex: index, mapTotal: total };
}

/** What a task weighs on the wire, nearly. */
export function taskSize({ inputJson, item }: Task): number {
  return inputJson.length + (item?.itemJson.length ?? 0);
}

export function answerMessage(answer: TaskAnswer): WorkAnswer {
  return {
    taskId: answer.taskId,
    code: answer.code ?? '',
    message: answer.message ?? '',
    alreadyApplied: answer.alreadyApplied,
  };
}

/** A failure as the worker described it; old clients send only a text, which the retry policy treats as retryable. */
export function readFailure(request: FailRequest__Output): TaskFailure {
  return {
    taskId: request.taskId,
    code: request.errorCode === '' ? 'HANDLER_FAILED' : request.errorCode,
    message: request.errorMessage,
    retryable: !request.nonRetryable,
    ...(request.retryAfterMs > 0 ? { retryAfterMs: request.retryAfterMs } : {}),
  };
}

export function readStart(request: StartRequest__Output | null): StartRequest {
  if (!request) return { workflowId: '', versionHash: '', inputJson: '' };
  const { workflowId, versionHash, inputJson, idempotencyKey, labels, priority, hasPriority } = request;
  return {
    workflowId,
    versionHash,
    inputJson,
    ...given({ idempotencyKey }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(hasPriority ? { priority } : {}),
  };
}

export function startedMessage(started: Started): ExecuteStarted {
  return {
    ref: started.ref,
    executionId: started.executionId ?? '',
    alreadyApplied: started.alreadyApplied,
    code: started.code ?? '',
    message: started.message ?? '',
    ...(started.task ? { task: taskMessage(started.task) } : {}),
  };
}

export function finishedMessage(finished: Finished): ExecuteFinished {
  return {
    executionId: finished.executionId,
    status: finished.status,
    outputJson: finished.outputJson ?? '',
    code: finished.code ?? '',
    message: finished.message ?? '',
    failedNode: finished.failedNode ?? '',
  };
}
