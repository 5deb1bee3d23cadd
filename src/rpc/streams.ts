/** The streaming RPCs: Work for workers, Execute for clients, WatchExecution for those who look on. */
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { leavesClosed } from '../core/event.js';
import type { EnginePort, ExecuteSession, WorkPush, WorkSession } from '../engine/engine-port.js';
import { nexumError } from '../errors.js';
import { failpoint } from '../failpoint.js';
import type { Event } from './generated/nexum/Event.js';
import type { ExecuteRequest__Output } from './generated/nexum/ExecuteRequest.js';
import type { ExecuteResponse } from './generated/nexum/ExecuteResponse.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { StartRequest__Output } from './generated/nexum/StartRequest.js';
import type { WatchRequest__Output } from './generated/nexum/WatchRequest.js';
import type { WorkHello__Output } from './generated/nexum/WorkHello.js';
import type { WorkRequest__Output } from './generated/nexum/WorkRequest.js';
import type { WorkResponse } from './generated/nexum/WorkResponse.js';
import { eventMessage } from './detail-messages.js';
import {
  answerMessage,
  finishedMessage,
  readCompletion,
  readFailure,
  readRelease,
  readStart,
  startedMessage,
  taskMessage,
  taskSize,
} from './messages.js';
import { frames } from './protocol.js';
import { toStatus } from './status.js';

type WorkCall = ServerDuplexStream<WorkRequest__Output, WorkResponse>;
type ExecuteCall = ServerDuplexStream<ExecuteRequest__Output, ExecuteResponse>;
type WatchCall = ServerWritableStream<WatchRequest__Output, Event>;

export interface Streams {
  readonly handlers: Pick<NexumServiceHandlers, 'Work' | 'Execute' | 'WatchExecution'>;
  /**
   * Ends every stream, so that nobody who merely listens holds the server up. Workers keep what they hold: their leases
   * run on, and they hand in their results at the next server (W1). A start that got no answer is sent again.
   */
  drain(): void;
}

export function openStreams(engine: EnginePort, defaultLeaseMs: number): Streams {
  const workers = new Map<WorkCall, WorkStream>();
  const clients = new Set<ExecuteCall>();
  const watches = new Set<WatchCall>();
  return {
    handlers: {
      Work: (call: WorkCall) => {
        workers.set(
          call,
          serveWork(engine, call, defaultLeaseMs, () => workers.delete(call)),
        );
      },
      Execute: (call: ExecuteCall) => {
        clients.add(call);
        serveExecute(engine, call, defaultLeaseMs, () => clients.delete(call));
      },
      WatchExecution: (call: WatchCall) => {
        watches.add(call);
        serveWatch(engine, call, () => watches.delete(call));
      },
    },
    drain: () => {
      for (const worker of workers.values()) worker.drain();
      for (const call of clients) call.end();
      for (const call of watches) call.emit('error', toStatus(nexumError('SERVER_STOPPING', 'the server is stopping')));
    },
  };
}

interface WorkStream {
  drain(): void;
}

function serveWork(engine: EnginePort, call: WorkCall, defaultLeaseMs: number, onEnd: () => void): WorkStream {
  let session: WorkSession | undefined;
  let draining = false;
  const close = (): void => {
    // The end of a draining server says nothing about its workers: their leases must not be taken back for it.
    if (!draining) session?.close();
    onEnd();
  };
  call.on('data', (request: WorkRequest__Output) => {
    try {
      if (request.hello) {
        session?.close();
        session = attach(engine, call, request.hello, defaultLeaseMs);
        call.write({ attached: true });
      }
      if (!session) throw nexumError('INVALID_REQUEST', 'the first frame of Work must carry `hello`');
      if (request.completions.length > 0) failpoint('server.completion-received');
      session.send({
        credits: draining ? 0 : request.credits,
        withdraw: request.withdraw,
        completions: request.completions.map(readCompletion),
        failures: request.failures.map(readFailure),
        releases: request.releases.map(readRelease),
      });
    } catch (error) {
      call.emit('error', toStatus(error));
      close();
    }
  });
  call.on('end', () => {
    close();
    call.end();
  });
  call.on('cancelled', close);
  call.on('error', close);
  return {
    drain: () => {
      draining = true;
      session?.send({ withdraw: true });
      call.write({ draining: true });
      call.end();
    },
  };
}

function attach(engine: EnginePort, call: WorkCall, hello: WorkHello__Output, defaultLeaseMs: number): WorkSession {
  if (hello.workerId === '') throw nexumError('INVALID_REQUEST', 'hello.worker_id is empty');
  const leaseMs = hello.leaseMs > 0 ? hello.leaseMs : defaultLeaseMs;
  return engine.openWork(
    { workerId: hello.workerId, filter: { handlers: hello.handlers }, leaseMs, heldTaskIds: hello.heldTaskIds },
    (push) => {
      if (!call.writableEnded) writePush(call, push);
    },
  );
}

/** Answers travel with the first tasks; tasks are cut into frames, because their inputs can be large. */
function writePush(call: WorkCall, push: WorkPush): void {
  const first: WorkResponse = {
    answers: push.answers.map(answerMessage),
    stopTaskIds: [...push.stops],
    idle: push.idle,
  };
  let head: WorkResponse | undefined = first;
  for (const tasks of frames(push.tasks, taskSize)) {
    call.write({ ...head, tasks: tasks.map(taskMessage) });
    head = undefined;
  }
  if (head) call.write(head);
}

/** A start without its request: the engine says what is missing. */
const NO_REQUEST: StartRequest__Output = {
  workflowId: '',
  versionHash: '',
  inputJson: '',
  idempotencyKey: '',
  labels: {},
  priority: 0,
  hasPriority: false,
};

function serveExecute(engine: EnginePort, call: ExecuteCall, defaultLeaseMs: number, onEnd: () => void): void {
  const session: ExecuteSession = engine.openExecute((push) => {
    if (push.started.length > 0) failpoint('server.start-committed');
    if (call.writableEnded) return;
    let started = push.started.map(startedMessage);
    for (const finished of frames(push.finished, (item) => item.outputJson?.length ?? 0)) {
      call.write({ started, finished: finished.map(finishedMessage) });
      started = [];
    }
    if (started.length > 0) call.write({ started });
  });
  call.on('data', (request: ExecuteRequest__Output) => {
    session.send({
      watchExecutionIds: request.watchExecutionIds,
      starts: request.starts.map((start) => ({
        ref: start.ref,
        ...readStart(start.request ?? NO_REQUEST),
        ...(start.claim
          ? {
              claim: {
                workerId: start.claim.workerId,
                leaseMs: start.claim.leaseMs > 0 ? start.claim.leaseMs : defaultLeaseMs,
              },
            }
          : {}),
      })),
    });
  });
  const close = (): void => {
    session.close();
    onEnd();
  };
  call.on('end', () => {
    close();
    call.end();
  });
  call.on('cancelled', close);
  call.on('error', close);
}

function serveWatch(engine: EnginePort, call: WatchCall, onEnd: () => void): void {
  const { executionId, afterSeq } = call.request;
  let lastSeq = afterSeq;
  const watch = engine.watch(executionId, afterSeq, (events) => {
    for (const event of events) {
      lastSeq = event.seq;
      call.write(eventMessage(event));
    }
    if (events.length > 0 && !leavesClosed(events)) return;
    close();
    if (lastSeq === 0)
      call.emit('error', toStatus(nexumError('EXECUTION_NOT_FOUND', `execution ${executionId} does not exist`)));
    else call.end();
  });
  const close = (): void => {
    watch.close();
    onEnd();
  };
  call.on('cancelled', close);
  call.on('error', close);
}
