/** The unary RPCs: requests checked, handed to the engine, answers shaped. No rule of the engine lives here. */
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { EXECUTION_STATUSES, type ExecutionStatus } from '../core/execution.js';
import { INTERNAL_PREFIX } from '../core/ids.js';
import type { EnginePort, TaskAnswer } from '../engine/engine-port.js';
import { nexumError } from '../errors.js';
import { failpoint } from '../failpoint.js';
import type { AckResponse } from './generated/nexum/AckResponse.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { PollRequest__Output } from './generated/nexum/PollRequest.js';
import type { PollResponse } from './generated/nexum/PollResponse.js';
import {
  detailMessage,
  eventMessage,
  readFailure,
  readStart,
  summaryMessage,
  taskMessage,
  versionMessage,
} from './messages.js';
import { toStatus } from './status.js';
import { openStreams } from './streams.js';

const DEFAULT_LIST = 50;
const MAX_LIST = 1000;
const MAX_POLL_WAIT_MS = 60_000;

export interface ServiceInfo {
  readonly version: string;
  readonly startedAtMs: number;
  readonly defaultLeaseMs: number;
}

export const CAPABILITIES = [
  'work',
  'execute',
  'claim',
  'heartbeat',
  'release',
  'pause',
  'get_execution',
  'list_events',
  'watch',
  'idempotency_key',
  'poll_wait',
] as const;

export interface NexumService {
  readonly handlers: NexumServiceHandlers;
  /** Tells the workers to finish, answers waiting polls, ends watches. */
  drain(): void;
}

export function createService(engine: EnginePort, info: ServiceInfo): NexumService {
  const streams = openStreams(engine, info.defaultLeaseMs);
  const polls = new Set<() => void>();
  const handlers: Partial<NexumServiceHandlers> = {
    ...streams.handlers,
    RegisterWorkflow: unary(async ({ workflowId, versionHash, irJson }) => {
      const { compatibility } = await engine.call('registerWorkflow', { workflowId, versionHash, irJson });
      return { ok: true, compatibility };
    }),
    StartExecution: unary(async (request) => {
      const started = await engine.call('start', readStart(request));
      failpoint('server.start-committed');
      return started;
    }),
    PollTask: unary((request) => poll(engine, request, info.defaultLeaseMs, polls)),
    CompleteTask: unary(async ({ taskId, outputJson }) => {
      failpoint('server.completion-received');
      return ack(await engine.call('complete', { taskId, outputJson }));
    }),
    FailTask: unary(async (request) => ack(await engine.call('fail', readFailure(request)))),
    ReleaseTask: unary(async ({ taskId }) => ack(await engine.call('release', { taskId }))),
    Heartbeat: unary(async ({ workerId, taskIds }) => {
      const { staleTaskIds } = await engine.call('heartbeat', { workerId, taskIds });
      return { staleTaskIds: [...staleTaskIds] };
    }),
    GetStatus: unary(async ({ executionId }) => {
      const summary = await engine.call('getSummary', { executionId });
      const { outputsJson } = await engine.call('getCompletedNodes', { executionId });
      return {
        status: summary.status === 'PAUSED' ? 'RUNNING' : summary.status,
        completedNodesJson: outputsJson,
        trueStatus: summary.status,
        errorMessage: summary.error?.message ?? '',
        failedNode: summary.failedNode ?? '',
      };
    }),
    ListExecutions: unary(async (request) => {
      const executions = await engine.call('listExecutions', {
        ...(request.workflowId === '' ? {} : { workflowId: request.workflowId }),
        ...(request.status === '' ? {} : { status: readStatus(request.status) }),
        ...(request.includeInternal || request.workflowId !== '' ? {} : { excludePrefix: INTERNAL_PREFIX }),
        ...(request.beforeExecutionId === '' ? {} : { beforeExecutionId: request.beforeExecutionId }),
        limit: Math.min(request.limit > 0 ? request.limit : DEFAULT_LIST, MAX_LIST),
      });
      return { executions: executions.map(summaryMessage) };
    }),
    CancelExecution: unary(async ({ executionId, reason }) => ({
      ok: true,
      ...(await engine.call('cancel', { executionId, ...(reason === '' ? {} : { reason }) })),
    })),
    PauseExecution: unary(async ({ executionId }) => ({ ok: true, ...(await engine.call('pause', { executionId })) })),
    ResumeExecution: unary(async ({ executionId }) => ({
      ok: true,
      ...(await engine.call('resume', { executionId })),
    })),
    ListWorkflowVersions: unary(async ({ workflowId }) => ({
      versions: (await engine.call('listWorkflows', { workflowId })).map(versionMessage),
    })),
    ListWorkflows: unary(async () => ({ workflows: (await engine.call('listWorkflows', {})).map(versionMessage) })),
    GetWorkflow: unary(async ({ workflowId, versionHash }) =>
      engine.call('getWorkflow', {
        ...(workflowId === '' ? {} : { workflowId }),
        ...(versionHash === '' ? {} : { versionHash }),
      }),
    ),
    ApproveTask: unary(({ nodeId }) => refuseApproval(nodeId)),
    RejectTask: unary(({ nodeId }) => refuseApproval(nodeId)),
    GetPendingApprovals: unary(() => Promise.resolve({ items: [] })),
    GetExecution: unary(async ({ executionId }) => detailMessage(await engine.call('getExecution', { executionId }))),
    ListEvents: unary(async ({ executionId, afterSeq, limit }) => {
      const count = Math.min(limit > 0 ? limit : MAX_LIST, MAX_LIST);
      return { events: (await engine.call('listEvents', { executionId, afterSeq, limit: count })).map(eventMessage) };
    }),
    GetServerInfo: unary(async () => {
      const { store } = await engine.call('getStats', {});
      const { version, startedAtMs, defaultLeaseMs } = info;
      return { version, startedAtMs, defaultLeaseMs, store, capabilities: [...CAPABILITIES], pid: process.pid };
    }),
  };
  return {
    handlers: handlers as NexumServiceHandlers,
    drain: () => {
      streams.drain();
      for (const end of polls) end();
    },
  };
}

/** Wraps an asynchronous function as a unary handler; whatever it throws becomes the status of the call. */
function unary<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
  return (call, callback) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toStatus(error)),
      );
  };
}

function ack(answer: TaskAnswer): AckResponse {
  if (answer.code !== undefined) throw nexumError(answer.code, answer.message ?? answer.code);
  return { ok: true, alreadyApplied: answer.alreadyApplied };
}

function readStatus(text: string): ExecutionStatus {
  const status = EXECUTION_STATUSES.find((candidate) => candidate === text);
  if (!status)
    throw nexumError('INVALID_REQUEST', `status must be one of ${EXECUTION_STATUSES.join(', ')}, not ${text}`);
  return status;
}

function refuseApproval(nodeId: string): Promise<never> {
  throw nexumError('WRONG_STATE', `node ${nodeId} is not an approval; only approval nodes can be approved or rejected`);
}

/** One task for an old client: attaches as a worker with one credit until a task comes or the wait is over. */
function poll(
  engine: EnginePort,
  request: PollRequest__Output,
  defaultLeaseMs: number,
  polls: Set<() => void>,
): Promise<PollResponse> {
  const { workerId, versionHash } = request;
  if (workerId === '') throw nexumError('INVALID_REQUEST', 'worker_id is empty');
  return new Promise((resolve) => {
    const leaseMs = request.leaseMs > 0 ? request.leaseMs : defaultLeaseMs;
    const session = engine.openWork(
      { workerId, filter: { versionHash }, leaseMs, heldTaskIds: [], poll: true },
      (push) => {
        const [task] = push.tasks;
        if (task) end(taskMessage(task));
        else if (push.idle) end({ hasTask: false });
      },
    );
    const end = (response: PollResponse): void => {
      clearTimeout(timer);
      polls.delete(giveUp);
      session.close();
      resolve(response);
    };
    const giveUp = (): void => session.send({ withdraw: true });
    const waitMs = Math.min(Math.max(request.waitMs, 0), MAX_POLL_WAIT_MS);
    const timer = setTimeout(giveUp, waitMs);
    polls.add(giveUp);
    session.send({ credits: 1 });
  });
}
