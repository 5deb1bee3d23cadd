/** Entry of the engine thread: the store, the engine, and a message loop. A slow disk blocks this thread and no other. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Engine } from '../engine/engine.js';
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
const parent = new BatchedPort<FromEngine>(parentPort);

function fatal(error: unknown): void {
  parent.send({ type: 'fatal', error: wireError(error) });
  parent.flush();
}

const { location, observe, maxQueue, rates } = workerData as EngineThreadData;
try {
  const { observer, metrics } = await createObservers(observe, (executions) =>
    parent.send({ type: 'closed', executions }),
  );
  const onWarning = (text: string): void => parent.send({ type: 'warning', text });
  const engine = await openEngine(location, { onFatal: fatal, onWarning }, { observer, maxQueue, rates });
  await engine.start();
  serve(parentPort, parent, engine, (gauges) => metrics?.text(gauges) ?? '');
  parent.send({ type: 'ready' });
} catch (error) {
  fatal(error);
}

type MetricsText = (gauges: EngineCalls['getGauges']['result']) => string | Promise<string>;

/** Answers what comes in through one port. */
function serve(port: MessagePort, out: BatchedPort<FromEngine>, engine: Engine, metricsText: MetricsText): void {
  const sessions = new Map<number, OpenSession>();
  const settle = (id: number, result: Promise<unknown>): void => {
    result.then(
      (value) => out.send({ type: 'result', id, value }),
      (error: unknown) => out.send({ type: 'error', id, error: wireError(error) }),
    );
  };
  const receive = (message: ToEngine): void => {
    switch (message.type) {
      case 'call':
        settle(message.id, engine.call(message.method as keyof EngineCalls, message.args as never));
        return;
      case 'openWork': {
        const { session, hello } = message;
        sessions.set(
          session,
          engine.openWork(hello, (push) => out.send({ type: 'push', session, push })),
        );
        return;
      }
      case 'openExecute': {
        const { session } = message;
        sessions.set(
          session,
          engine.openExecute((push) => out.send({ type: 'push', session, push })),
        );
        return;
      }
      case 'watch': {
        const { session, executionId, afterSeq } = message;
        sessions.set(
          session,
          engine.watch(executionId, afterSeq, (push) => out.send({ type: 'push', session, push })),
        );
        return;
      }
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
        settle(message.id, engine.call('getGauges', {}).then(metricsText));
        return;
      case 'share':
        serve(message.port, new BatchedPort(message.port), engine, metricsText);
        return;
      case 'stop':
        settle(message.id, engine.stop());
        return;
    }
  };
  port.on('message', (messages: ToEngine[]) => {
    for (const message of messages) receive(message);
  });
  port.on('close', () => {
    for (const session of sessions.values()) session.close();
  });
}

function wireError(error: unknown): WireError {
  if (error instanceof NexumError) return { code: error.code, message: error.message, details: error.details };
  return { code: 'INTERNAL', message: errorMessage(error), details: {} };
}
