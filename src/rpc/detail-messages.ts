/** Engine data -> wire messages: executions, their nodes and events. Only shapes change here. */
import type { ExecutionEvent } from '../core/event.js';
import type { ExecutionDetail, ExecutionSummary, GraphDetail, NodeDetail } from '../engine/execution-detail.js';
import type { Event } from './generated/nexum/Event.js';
import type { ExecutionDetail as DetailMessage } from './generated/nexum/ExecutionDetail.js';
import type { GraphDetail as GraphMessage } from './generated/nexum/GraphDetail.js';
import type { ExecutionSummary as SummaryMessage } from './generated/nexum/ExecutionSummary.js';
import type { NodeDetail as NodeMessage } from './generated/nexum/NodeDetail.js';
import { limitMessage, usageMessages } from './usage-messages.js';

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
    labels: { ...summary.labels },
    priority: summary.priority ?? 0,
    parentExecutionId: summary.parent?.executionId ?? '',
    parentNodeId: summary.parent?.node ?? '',
    rerunOf: summary.rerunOf ?? '',
    schedule: summary.schedule ?? '',
  };
}

/** A payload that is too large for the answer is empty; its size says so, and GetPayload brings it. */
export function detailMessage(detail: ExecutionDetail): DetailMessage {
  return {
    summary: summaryMessage(detail),
    inputJson: detail.inputJson,
    inputBytes: detail.inputBytes ?? 0,
    outputJson: detail.outputJson ?? '',
    outputBytes: detail.outputBytes ?? 0,
    outputSeq: detail.outputSeq ?? 0,
    nodes: detail.nodes.map(nodeMessage),
    lastSeq: detail.lastSeq,
    reruns: [...(detail.reruns ?? [])],
    ...(detail.graph ? { graph: graphMessage(detail.graph) } : {}),
    usage: usageMessages(detail.usage),
    ...(detail.limits ? { limits: limitMessage(detail.limits) } : {}),
  };
}

function graphMessage(graph: GraphDetail): GraphMessage {
  const { scheduling, turns, messages, totalTurns, stopReason = '', stoppedBy, unsatisfied } = graph;
  return {
    scheduling,
    turns,
    messages,
    totalTurns,
    stopReason,
    stoppedByNode: stoppedBy?.node ?? '',
    stoppedByIteration: stoppedBy?.iteration ?? 0,
    unsatisfied: unsatisfied.map(({ node, group, remaining }) => ({ nodeId: node, group, remaining })),
  };
}

function nodeMessage(node: NodeDetail): NodeMessage {
  return {
    nodeId: node.node,
    iteration: node.iteration,
    status: node.status,
    outputJson: node.outputJson ?? '',
    outputBytes: node.outputBytes ?? 0,
    outputSeq: node.outputSeq ?? 0,
    errorCode: node.error?.code ?? '',
    errorMessage: node.error?.message ?? '',
    dependencies: [...node.dependencies],
    handler: node.handler ?? '',
    readyAtMs: node.readyAtMs ?? 0,
    finishedAtMs: node.finishedAtMs ?? 0,
    leaseExpiresAtMs: node.leaseExpiresAtMs ?? 0,
    nodeType: node.nodeType ?? '',
    waitsFor: node.waitsFor ?? '',
    dueAtMs: node.dueAtMs ?? 0,
    childExecutionId: node.childExecutionId ?? '',
    ...(node.items ? { items: { ...node.items } } : {}),
    message: node.message ?? '',
    rounds: node.rounds ?? 0,
    usage: usageMessages(node.usage),
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

/** `YYYY-MM-DD HH:MM:SS`, UTC, as Nexum 0.2 writes times. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
