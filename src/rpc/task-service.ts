/** Unary RPCs of workers, most of them for those of Nexum 0.2; workers of this package use the stream Work. */
import type { EnginePort, TaskAnswer } from '../engine/engine-port.js';
import { nexumError } from '../errors.js';
import { failpoint } from '../failpoint.js';
import type { AckResponse } from './generated/nexum/AckResponse.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { PollRequest__Output } from './generated/nexum/PollRequest.js';
import type { PollResponse } from './generated/nexum/PollResponse.js';
import { readCompletion, readFailure, readRelease, taskMessage } from './messages.js';
import { unary } from './unary.js';
import { readModelCall } from './usage-messages.js';

const MAX_POLL_WAIT_MS = 60_000;

type Handlers = Pick<
  NexumServiceHandlers,
  'PollTask' | 'CompleteTask' | 'FailTask' | 'ReleaseTask' | 'Heartbeat' | 'AdmitModelCall' | 'SettleModelCall'
>;

export interface TaskService {
  readonly handlers: Handlers;
  /** Answers the polls that wait. */
  drain(): void;
}

export function taskService(engine: EnginePort, defaultLeaseMs: number): TaskService {
  const polls = new Set<() => void>();
  return {
    handlers: {
      PollTask: unary((request) => poll(engine, request, defaultLeaseMs, polls)),
      CompleteTask: unary(async (request) => {
        failpoint('server.completion-received');
        return ack(await engine.call('complete', readCompletion(request)));
      }),
      FailTask: unary(async (request) => ack(await engine.call('fail', readFailure(request)))),
      ReleaseTask: unary(async (request) => ack(await engine.call('release', readRelease(request)))),
      AdmitModelCall: unary((request) => engine.call('admitModelCall', readModelCall(request))),
      SettleModelCall: unary(async ({ permit, returned, tokens }) => {
        await engine.call('settleModelCall', returned ? { permit } : { permit, tokens });
        return { ok: true };
      }),
      Heartbeat: unary(async ({ workerId, taskIds }) => {
        const { staleTaskIds } = await engine.call('heartbeat', { workerId, taskIds });
        return { staleTaskIds: [...staleTaskIds] };
      }),
    },
    drain: () => {
      for (const end of polls) end();
    },
  };
}

function ack(answer: TaskAnswer): AckResponse {
  if (answer.code !== undefined) throw nexumError(answer.code, answer.message ?? answer.code);
  return { ok: true, alreadyApplied: answer.alreadyApplied };
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
