/** Engine data <-> wire messages: tasks, their results, starts. Only shapes change here; no rule lives in this file. */
import type {
  Finished,
  StartRequest,
  Started,
  Task,
  TaskAnswer,
  TaskCompletion,
  TaskFailure,
  TaskRelease,
  ThreadMessage,
} from '../engine/engine-port.js';
import type { CompleteRequest__Output } from './generated/nexum/CompleteRequest.js';
import type { ExecuteFinished } from './generated/nexum/ExecuteFinished.js';
import type { ExecuteStarted } from './generated/nexum/ExecuteStarted.js';
import type { FailRequest__Output } from './generated/nexum/FailRequest.js';
import type { PollResponse } from './generated/nexum/PollResponse.js';
import type { ReleaseRequest__Output } from './generated/nexum/ReleaseRequest.js';
import type { StartRequest__Output } from './generated/nexum/StartRequest.js';
import type { ThreadMessage as MessageMessage } from './generated/nexum/ThreadMessage.js';
import type { WorkAnswer } from './generated/nexum/WorkAnswer.js';
import { readUsage } from './usage-messages.js';

export function taskMessage(task: Task): PollResponse {
  const message: PollResponse = {
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
    failed: task.failed.map(({ node, code, message: text }) => ({
      nodeId: node,
      errorCode: code,
      errorMessage: text,
    })),
    withJson: task.withJson ?? '',
    pending: [...(task.pending ?? [])],
    messages: (task.messages ?? []).map(threadMessage),
  };
  if (task.item) {
    message.isMapSubtask = true;
    message.mapItemJson = task.item.itemJson;
    message.mapIndex = task.item.index;
    message.mapTotal = task.item.total;
  }
  return message;
}

/** The payloads of a task in characters: what counts when tasks share a frame. */
export function taskSize({ inputJson, item, messages = [] }: Task): number {
  return messages.reduce((sum, { content }) => sum + content.length, inputJson.length + (item?.itemJson.length ?? 0));
}

export function threadMessage({ seq, source, iteration, content, atMs = 0 }: ThreadMessage): MessageMessage {
  return { seq, source, iteration, content, atMs };
}

export function readCompletion({ taskId, outputJson, conditions, usage }: CompleteRequest__Output): TaskCompletion {
  if (conditions.length === 0) return { taskId, outputJson, ...readUsage(usage) };
  const answers = Object.fromEntries(conditions.map(({ edge, holds }) => [edge, holds]));
  return { taskId, outputJson, conditions: answers, ...readUsage(usage) };
}

export function readRelease({ taskId, usage, limited }: ReleaseRequest__Output): TaskRelease {
  return { taskId, ...readUsage(usage), ...(limited ? { limited } : {}) };
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
    ...readUsage(request.usage),
  };
}

/** An empty string on the wire is an absent value. */
export function readStart(request: StartRequest__Output): StartRequest {
  const { workflowId, versionHash, inputJson, idempotencyKey, labels, hasPriority, priority } = request;
  return {
    workflowId,
    versionHash,
    inputJson,
    ...(idempotencyKey === '' ? {} : { idempotencyKey }),
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
    ageMs: finished.ageMs ?? 0,
  };
}
