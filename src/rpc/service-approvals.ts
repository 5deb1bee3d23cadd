/** The RPCs of approvals: nodes that wait for a person. */
import type { EnginePort, PendingApproval } from '../engine/engine-port.js';
import { formatTime } from './execution-messages.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { PendingApprovalItem } from './generated/nexum/PendingApprovalItem.js';
import { given, unary } from './unary.js';

export function approvalHandlers(
  engine: EnginePort,
): Pick<NexumServiceHandlers, 'ApproveTask' | 'RejectTask' | 'GetPendingApprovals'> {
  return {
    ApproveTask: unary(async ({ executionId, nodeId: node, approver, comment, formJson }) => ({
      ok: true,
      ...(await engine.call('approve', { executionId, node, approver, comment, ...given({ formJson }) })),
    })),
    RejectTask: unary(async ({ executionId, nodeId: node, approver, reason }) => ({
      ok: true,
      ...(await engine.call('reject', { executionId, node, approver, reason })),
    })),
    GetPendingApprovals: unary(async () => ({ items: (await engine.call('listApprovals', {})).map(pendingMessage) })),
  };
}

function pendingMessage(approval: PendingApproval): PendingApprovalItem {
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
