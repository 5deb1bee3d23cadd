/** Entry of the engine thread: the store, the engine, and a message loop. A slow disk blocks this thread and no other. */
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineCalls, ExecuteSession, WorkSession } from '../engine/engine-port.js';
import { errorMessage, NexumError, nexumError } from '../errors.js';
import { openEngine } from './store-engine.js';
import { createObservers } from './engine-observers.js';
import {
  BatchedPort,
  type EngineThreadData,
  type FromEngine,
  type ToEngine,
  type WireError,
} from './engine-messages.js';

interface OpenSession {
  send?(frame: never): void;
  close(): void;
}

if (!parentPort) throw nexumError('INTERNAL', 'engine-thread-main must run in a worker thread');
const out = new BatchedPort<FromEngine>(parentPort);
const sessions = new Map<number, OpenSession>();

function fatal(error: unknown): void {
  out.send({ type: 'fatal', error: wireError(error) });
  out.flush();
}

const { location, observe, maxQueue, rates } = workerData as EngineThreadData;
try {
  const { observer, metrics } = await createObservers(observe, (executions) =>
    out.send({ type: 'closed', executions }),
  );
  const onWarning = (text: string): void => out.send({ type: 'warning', text });
  const engine = await openEngine(location, { onFatal: fatal, onWarning }, { observer, maxQueue, rates });
  await engine.start();
  parentPort.on('message', (messages: ToEngine[]) => {
    for (const message of messages) receive(message);
  });
  out.send({ type: 'ready' });

  const receive = (message: ToEngine): void => {
    switch (message.type) {
      case 'call':
        settle(message.id, engine.call(message.method as keyof EngineCalls, message.args as never));
        return;
      case 'openWork':
        open(message.session, () =>
          engine.openWork(message.hello, (push) => out.send({ type: 'push', session: message.session, push })),
        );
        return;
      case 'openExecute':
        open(message.session, () =>
          engine.openExecute((push) => out.send({ type: 'push', session: message.session, push })),
        );
        return;
      case 'watch':
        open(message.session, () =>
          engine.watch(message.executionId, message.afterSeq, (push) =>
            out.send({ type: 'push', session: message.session, push }),
          ),
        );
        return;
      case 'work':
        (sessions.get(message.session) as WorkSession | undefined)?.send(message.frame);
        return;
      case 'execute':
        (sessions.get(message.session) as ExecuteSession | undefined)?.send(message.frame);
        return;
      case 'close':
        sessions.get(message.session)?.close();
        sessions.delete(message.session);
        return;
      case 'metrics':
        settle(
          message.id,
          engine.call('getGauges', {}).then((gauges) => metrics?.text(gauges) ?? ''),
        );
        return;
      case 'stop':
        settle(message.id, engine.stop());
        return;
    }
  };
} catch (error) {
  fatal(error);
}

function open(session: number, create: () => OpenSession): void {
  sessions.set(session, create());
}

function settle(id: number, result: Promise<unknown>): void {
  result.then(
    (value) => out.send({ type: 'result', id, value }),
    (error: unknown) => out.send({ type: 'error', id, error: wireError(error) }),
  );
}

function wireError(error: unknown): WireError {
  if (error instanceof NexumError) return { code: error.code, message: error.message, details: error.details };
  return { code: 'INTERNAL', message: errorMessage(error), details: {} };
}
