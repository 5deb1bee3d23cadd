/** Unary RPCs for the people around the executions: approvals, workers, schedules, purge. */
import type { EngineCalls, EnginePort } from '../engine/engine-port.js';
import { nexumError } from '../errors.js';
import { approvalMessage, scheduleMessage, workerMessage } from './admin-messages.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { PurgeRequest__Output } from './generated/nexum/PurgeRequest.js';
import { given, readStatus, unary } from './unary.js';

/** One purge is one transaction, and everything else waits for it. */
const DEFAULT_PURGE = 100;
const MAX_PURGE = 1000;
const ACTIONS = ['pause', 'resume', 'trigger', 'backfill'] as const;

type Handlers = Pick<
  NexumServiceHandlers,
  | 'ApproveTask'
  | 'RejectTask'
  | 'GetPendingApprovals'
  | 'ListWorkers'
  | 'PurgeExecutions'
  | 'ListSchedules'
  | 'ControlSchedule'
>;

export function adminHandlers(engine: EnginePort): Handlers {
  return {
    ApproveTask: unary(async ({ executionId, nodeId, iteration, approver, comment, formJson }) => {
      const which = { executionId, node: nodeId, ...(iteration > 0 ? { iteration } : {}) };
      const answer = { ...which, approver, comment, ...given('formJson', formJson) };
      return { ok: true, alreadyApplied: (await engine.call('approve', answer)).alreadyApplied };
    }),
    RejectTask: unary(async ({ executionId, nodeId, iteration, approver, reason }) => {
      const which = { executionId, node: nodeId, ...(iteration > 0 ? { iteration } : {}) };
      const { alreadyApplied } = await engine.call('reject', { ...which, approver, reason });
      return { ok: true, alreadyApplied };
    }),
    GetPendingApprovals: unary(async () => ({
      items: (await engine.call('listApprovals', {})).map(approvalMessage),
    })),
    ListWorkers: unary(async () => ({ workers: (await engine.call('listWorkers', {})).map(workerMessage) })),
    PurgeExecutions: unary((request) => engine.call('purge', readPurge(request))),
    ListSchedules: unary(async ({ workflowId }) => ({
      schedules: (await engine.call('listSchedules', given('workflowId', workflowId))).map(scheduleMessage),
    })),
    ControlSchedule: unary(async ({ workflowId, name, action, fromMs, toMs }) => {
      const { executionIds } = await engine.call('controlSchedule', {
        workflowId,
        name,
        action: readAction(action),
        ...given('fromMs', fromMs),
        ...given('toMs', toMs),
      });
      return { executionIds: [...executionIds] };
    }),
  };
}

function readPurge(request: PurgeRequest__Output): EngineCalls['purge']['args'] {
  const { finishedBeforeMs, workflowId, statuses, limit, dryRun, afterExecutionId } = request;
  return {
    ...given('finishedBeforeMs', finishedBeforeMs),
    ...given('workflowId', workflowId),
    ...(statuses.length === 0 ? {} : { statuses: statuses.map(readStatus) }),
    limit: Math.min(limit > 0 ? limit : DEFAULT_PURGE, MAX_PURGE),
    dryRun,
    ...given('afterExecutionId', afterExecutionId),
  };
}

function readAction(text: string): (typeof ACTIONS)[number] {
  const action = ACTIONS.find((candidate) => candidate === text);
  if (!action) throw nexumError('INVALID_REQUEST', `action must be one of ${ACTIONS.join(', ')}, not ${text}`);
  return action;
}
