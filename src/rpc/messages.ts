/** Engine data -> wire messages. Only shapes change here; no rule lives in this file. */
import type { ExecutionEvent } from '../core/event.js';
import type { Finished, Started, Task, TaskAnswer, TaskFailure } from '../engine/engine-port.js';
import type { ExecutionDetail, ExecutionSummary, NodeDetail, WorkflowVersion } from '../engine/execution-detail.js';
import type { Event } from './generated/nexum/Event.js';
import type { ExecuteFinished } from './generated/nexum/ExecuteFinished.js';
import type { ExecuteStarted } from './generated/nexum/ExecuteStarted.js';
import type { ExecutionDetail as DetailMessage } from './generated/nexum/ExecutionDetail.js';
import type { ExecutionSummary as SummaryMessage } from './generated/nexum/ExecutionSummary.js';
import type { FailRequest__Output } from './generated/nexum/FailRequest.js';
import type { NodeDetail as NodeMessage } from './generated/nexum/NodeDetail.js';
import type { PollResponse } from './generated/nexum/PollResponse.js';
import type { VersionInfo } from './generated/nexum/VersionInfo.js';
import type { WorkAnswer } from './generated/nexum/WorkAnswer.js';

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
  };
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

/** An empty string on the wire is an absent value. */
export function readStart(request: {
  workflowId: string;
  versionHash: string;
  inputJson: string;
  idempotencyKey: string;
}): {
  workflowId: string;
  versionHash: string;
  inputJson: string;
  idempotencyKey?: string;
} {
  const { workflowId, versionHash, inputJson, idempotencyKey } = request;
  return { workflowId, versionHash, inputJson, ...(idempotencyKey === '' ? {} : { idempotencyKey }) };
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

export function summaryMessage(summary: ExecutionSummary): SummaryMessage {
  return {
    executionId: summary.executionId,
    workflowId: summary.workflowId,
    versionHash: summary.versionHash,
    status: summary.status,
    createdAt: formatTime(summary.createdAtMs),
    createdAtMs: summary.createdAtMs,
    finishedAtMs: summary.finishedAtMs ?? 0,
    errorMessage: summary.error?.message ?? '',
    failedNode: summary.failedNode ?? '',
  };
}

export function detailMessage(detail: ExecutionDetail): DetailMessage {
  return {
    summary: summaryMessage(detail),
    inputJson: detail.inputJson,
    outputJson: detail.outputJson ?? '',
    nodes: detail.nodes.map(nodeMessage),
    lastSeq: detail.lastSeq,
  };
}

function nodeMessage(node: NodeDetail): NodeMessage {
  return {
    nodeId: node.node,
    iteration: node.iteration,
    status: node.status,
    outputJson: node.outputJson ?? '',
    errorCode: node.error?.code ?? '',
    errorMessage: node.error?.message ?? '',
    dependencies: [...node.dependencies],
    handler: node.handler ?? '',
    readyAtMs: node.readyAtMs ?? 0,
    finishedAtMs: node.finishedAtMs ?? 0,
    leaseExpiresAtMs: node.leaseExpiresAtMs ?? 0,
    attempts: node.attempts.map((attempt) => ({
      attempt: attempt.attempt,
      workerId: attempt.workerId,
      startedAtMs: attempt.startedAtMs,
      finishedAtMs: attempt.finishedAtMs ?? 0,
      outcome: attempt.outcome,
      errorCode: attempt.error?.code ?? '',
      errorMessage: attempt.error?.message ?? '',
    })),
  };
}

export function eventMessage(event: ExecutionEvent): Event {
  const { executionId, seq, atMs, kind, ...rest } = event;
  const { node, iteration, attempt, payload, ...data } = rest as {
    node?: string;
    iteration?: number;
    attempt?: number;
    payload?: string;
    nonce?: string;
  };
  // The fence of an attempt is nobody's business but its worker's.
  delete data.nonce;
  return {
    executionId,
    seq,
    atMs,
    kind,
    nodeId: node ?? '',
    iteration: iteration ?? 0,
    attempt: attempt ?? 0,
    dataJson: JSON.stringify(data),
    payloadJson: payload ?? '',
  };
}

export function versionMessage(version: WorkflowVersion): VersionInfo {
  return {
    workflowId: version.workflowId,
    versionHash: version.versionHash,
    registeredAt: formatTime(version.registeredAtMs),
    activeExecutions: version.activeExecutions,
    compatibility: version.compatibility ?? '',
    ordinal: version.ordinal ?? 0,
    reasons: [...(version.reasons ?? [])],
  };
}

/** `YYYY-MM-DD HH:MM:SS`, UTC, as Nexum 0.2 writes times. */
function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
