/** The RPCs that start, control, show and delete executions. */
import { EXECUTION_STATUSES, type ExecutionStatus } from '../core/execution.js';
import { INTERNAL_PREFIX } from '../core/ids.js';
import type { EnginePort } from '../engine/engine-port.js';
import { failpoint } from '../failpoint.js';
import { detailMessage, eventMessage, summaryMessage } from './execution-messages.js';
import type { AckResponse } from './generated/nexum/AckResponse.js';
import type { ListRequest__Output } from './generated/nexum/ListRequest.js';
import type { ListResponse } from './generated/nexum/ListResponse.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { PurgeRequest__Output } from './generated/nexum/PurgeRequest.js';
import type { PurgeResponse } from './generated/nexum/PurgeResponse.js';
import type { StatusResponse } from './generated/nexum/StatusResponse.js';
import { readStart } from './task-messages.js';
import { countOf, given, oneOf, unary } from './unary.js';

const DEFAULT_LIST = 50;
const MAX_LIST = 1000;
/** Executions deleted by one call: small, because everybody else waits for that commit. */
const DEFAULT_PURGE = 100;

type ExecutionHandlers = Pick<
  NexumServiceHandlers,
  | 'StartExecution'
  | 'CancelExecution'
  | 'PauseExecution'
  | 'ResumeExecution'
  | 'RetryExecution'
  | 'RerunExecution'
  | 'SignalExecution'
  | 'GetStatus'
  | 'GetExecution'
  | 'ListExecutions'
  | 'ListEvents'
  | 'PurgeExecutions'
>;

export function executionHandlers(engine: EnginePort): ExecutionHandlers {
  return {
    StartExecution: unary(async (request) => {
      const started = await engine.call('start', readStart(request));
      failpoint('server.start-committed');
      return started;
    }),
    CancelExecution: unary(async ({ executionId, reason }) =>
      done(engine.call('cancel', { executionId, ...given({ reason }) })),
    ),
    PauseExecution: unary(async ({ executionId }) => done(engine.call('pause', { executionId }))),
    ResumeExecution: unary(async ({ executionId }) => done(engine.call('resume', { executionId }))),
    RetryExecution: unary(async ({ executionId }) => done(engine.call('retry', { executionId }))),
    RerunExecution: unary(async ({ executionId, ...rest }) => engine.call('rerun', { executionId, ...given(rest) })),
    SignalExecution: unary(async ({ executionId, name, payloadJson }) =>
      done(engine.call('signal', { executionId, name, payloadJson })),
    ),
    GetStatus: unary(({ executionId }) => getStatus(engine, executionId)),
    GetExecution: unary(async ({ executionId }) => detailMessage(await engine.call('getExecution', { executionId }))),
    ListExecutions: unary((request) => listExecutions(engine, request)),
    ListEvents: unary(async ({ executionId, afterSeq, limit }) => {
      const count = countOf(limit, MAX_LIST, MAX_LIST);
      return { events: (await engine.call('listEvents', { executionId, afterSeq, limit: count })).map(eventMessage) };
    }),
    PurgeExecutions: unary((request) => purge(engine, request)),
  };
}

async function done(control: Promise<{ readonly alreadyApplied: boolean }>): Promise<AckResponse> {
  const { alreadyApplied } = await control;
  return { ok: true, alreadyApplied };
}

async function getStatus(engine: EnginePort, executionId: string): Promise<StatusResponse> {
  const summary = await engine.call('getSummary', { executionId });
  const { outputsJson } = await engine.call('getCompletedNodes', { executionId });
  return {
    status: oldWord(summary.status),
    completedNodesJson: outputsJson,
    trueStatus: summary.status,
    errorMessage: summary.error?.message ?? '',
    failedNode: summary.failedNode ?? '',
  };
}

/** What a client of Nexum 0.2 makes of a status; it would take a word that it does not know for an end. */
function oldWord(status: ExecutionStatus): ExecutionStatus {
  return status === 'PAUSED' || status === 'WAITING' ? 'RUNNING' : status;
}

async function listExecutions(engine: EnginePort, request: ListRequest__Output): Promise<ListResponse> {
  const { workflowId, beforeExecutionId, includeInternal, status, labels, limit } = request;
  const executions = await engine.call('listExecutions', {
    ...given({ workflowId, beforeExecutionId }),
    ...(status === '' ? {} : { status: oneOf(EXECUTION_STATUSES, status, 'status') }),
    ...(includeInternal || workflowId !== '' ? {} : { excludePrefix: INTERNAL_PREFIX }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    limit: countOf(limit, DEFAULT_LIST, MAX_LIST),
  });
  return { executions: executions.map(summaryMessage) };
}

function purge(engine: EnginePort, request: PurgeRequest__Output): Promise<PurgeResponse> {
  const { finishedBeforeMs, workflowId, afterExecutionId, statuses, dryRun, limit } = request;
  return engine.call('purge', {
    ...given({ finishedBeforeMs, workflowId, afterExecutionId }),
    ...(statuses.length === 0
      ? {}
      : { statuses: statuses.map((status) => oneOf(EXECUTION_STATUSES, status, 'statuses')) }),
    dryRun,
    limit: countOf(limit, DEFAULT_PURGE, MAX_LIST),
  });
}
