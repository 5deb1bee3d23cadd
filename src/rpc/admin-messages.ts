/** Engine data -> wire messages: versions, approvals, workers, schedules. Only shapes change here. */
import type { EngineCalls, PendingApproval, ScheduleStatus, WorkerStatus } from '../engine/engine-port.js';
import type { WorkflowVersion } from '../engine/execution-detail.js';
import { formatTime } from './detail-messages.js';
import type { CompareResponse } from './generated/nexum/CompareResponse.js';
import type { PendingApprovalItem } from './generated/nexum/PendingApprovalItem.js';
import type { ScheduleInfo } from './generated/nexum/ScheduleInfo.js';
import type { VersionInfo } from './generated/nexum/VersionInfo.js';
import type { WorkerInfo } from './generated/nexum/WorkerInfo.js';

export function versionMessage(version: WorkflowVersion): VersionInfo {
  return {
    workflowId: version.workflowId,
    versionHash: version.versionHash,
    compatibility: version.compatibility ?? '',
    registeredAt: formatTime(version.registeredAtMs),
    activeExecutions: version.activeExecutions,
    ordinal: version.ordinal ?? 0,
    reasons: [...(version.reasons ?? [])],
  };
}

export function comparisonMessage(comparison: EngineCalls['compareVersions']['result']): CompareResponse {
  return {
    compatibility: comparison.compatibility,
    changes: comparison.changes.map(({ breaking, node, text }) => ({ breaking, nodeId: node ?? '', text })),
    fromVersion: comparison.fromVersion ?? '',
    toVersion: comparison.toVersion ?? '',
    activeExecutions: comparison.activeExecutions,
  };
}

export function approvalMessage(approval: PendingApproval): PendingApprovalItem {
  return {
    executionId: approval.executionId,
    nodeId: approval.node,
    workflowId: approval.workflowId,
    startedAt: formatTime(approval.pendingSinceMs),
    message: approval.message ?? '',
    approvers: [...approval.approvers],
    formJson: approval.form ? JSON.stringify(approval.form) : '',
    pendingSinceMs: approval.pendingSinceMs,
    deadlineMs: approval.deadlineMs ?? 0,
    iteration: approval.iteration,
  };
}

export function workerMessage(worker: WorkerStatus): WorkerInfo {
  return {
    workerId: worker.workerId,
    handlers: [...worker.handlers],
    attachedAtMs: worker.attachedAtMs,
    credits: worker.credits,
    leased: worker.leased,
    server: worker.server ?? '',
    queue: worker.queue ?? '',
  };
}

export function scheduleMessage(schedule: ScheduleStatus): ScheduleInfo {
  return {
    workflowId: schedule.workflowId,
    name: schedule.name,
    cron: schedule.cron,
    timezone: schedule.timezone,
    overlap: schedule.overlap,
    catchUp: schedule.catchUp,
    paused: schedule.paused,
    nextAtMs: schedule.nextAtMs ?? 0,
    lastAtMs: schedule.lastAtMs ?? 0,
    lastExecutionId: schedule.lastExecutionId ?? '',
    lastProblem: schedule.lastProblem ?? '',
  };
}
