/** Unary RPCs about executions: start and control them, look at them. */
import { INTERNAL_PREFIX } from '../core/ids.js';
import type { EngineCalls, EnginePort } from '../engine/engine-port.js';
import { failpoint } from '../failpoint.js';
import { detailMessage, eventMessage, summaryMessage } from './detail-messages.js';
import type { AckResponse } from './generated/nexum/AckResponse.js';
import type { ListRequest__Output } from './generated/nexum/ListRequest.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import { readStart, threadMessage } from './messages.js';
import { given, readStatus, unary } from './unary.js';

const DEFAULT_LIST = 50;
const MAX_LIST = 1000;
/** Statuses that Nexum 0.2 has no word for: the execution has not ended. */
const UNKNOWN_TO_OLD_CLIENTS: ReadonlySet<string> = new Set(['PAUSED', 'WAITING']);

type Handlers = Pick<
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
  | 'ListMessages'
>;

export function executionHandlers(engine: EnginePort): Handlers {
  return {
    StartExecution: unary(async (request) => {
      const started = await engine.call('start', readStart(request));
      failpoint('server.start-committed');
      return started;
    }),
    CancelExecution: unary(async ({ executionId, reason }) =>
      done(await engine.call('cancel', { executionId, ...given('reason', reason) })),
    ),
    PauseExecution: unary(async ({ executionId }) => done(await engine.call('pause', { executionId }))),
    ResumeExecution: unary(async ({ executionId, message }) =>
      done(await engine.call('resume', { executionId, ...given('message', message) })),
    ),
    RetryExecution: unary(async ({ executionId }) => done(await engine.call('retry', { executionId }))),
    RerunExecution: unary(({ executionId, fromNode, inputJson, withJson, idempotencyKey }) =>
      engine.call('rerun', {
        executionId,
        ...given('fromNode', fromNode),
        ...given('inputJson', inputJson),
        ...given('withJson', withJson),
        ...given('idempotencyKey', idempotencyKey),
      }),
    ),
    SignalExecution: unary(async ({ executionId, name, payloadJson }) =>
      done(await engine.call('signal', { executionId, name, payloadJson: payloadJson === '' ? 'null' : payloadJson })),
    ),
    GetStatus: unary(async ({ executionId }) => {
      const summary = await engine.call('getSummary', { executionId });
      const { outputsJson } = await engine.call('getCompletedNodes', { executionId });
      return {
        status: UNKNOWN_TO_OLD_CLIENTS.has(summary.status) ? 'RUNNING' : summary.status,
        completedNodesJson: outputsJson,
        trueStatus: summary.status,
        errorMessage: summary.error?.message ?? '',
        failedNode: summary.failedNode ?? '',
      };
    }),
    GetExecution: unary(async ({ executionId }) => detailMessage(await engine.call('getExecution', { executionId }))),
    ListExecutions: unary(async (request) => {
      const executions = await engine.call('listExecutions', readList(request));
      return { executions: executions.map(summaryMessage) };
    }),
    ListEvents: unary(async ({ executionId, afterSeq, limit }) => {
      const count = Math.min(limit > 0 ? limit : MAX_LIST, MAX_LIST);
      return { events: (await engine.call('listEvents', { executionId, afterSeq, limit: count })).map(eventMessage) };
    }),
    ListMessages: unary(async ({ executionId, afterSeq, limit }) => {
      const count = Math.min(limit > 0 ? limit : MAX_LIST, MAX_LIST);
      const { messages, more } = await engine.call('listMessages', { executionId, afterSeq, limit: count });
      return { messages: messages.map(threadMessage), more };
    }),
  };
}

function done({ alreadyApplied }: { readonly alreadyApplied: boolean }): AckResponse {
  return { ok: true, alreadyApplied };
}

function readList(request: ListRequest__Output): EngineCalls['listExecutions']['args'] {
  const { workflowId, status, beforeExecutionId, labels, limit, includeInternal } = request;
  return {
    ...given('workflowId', workflowId),
    ...(status === '' ? {} : { status: readStatus(status) }),
    ...(includeInternal || workflowId !== '' ? {} : { excludePrefix: INTERNAL_PREFIX }),
    ...given('beforeExecutionId', beforeExecutionId),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    limit: Math.min(limit > 0 ? limit : DEFAULT_LIST, MAX_LIST),
  };
}
