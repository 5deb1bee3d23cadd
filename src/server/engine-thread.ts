/** The engine behind a thread border: the same port, so that nobody else knows where it runs. */
import { Worker } from 'node:worker_threads';
import type { ExecutionEvent } from '../core/event.js';
import type {
  EngineCalls,
  EnginePort,
  ExecutePush,
  ExecuteSession,
  WorkHello,
  WorkPush,
  WorkSession,
} from '../engine/engine-port.js';
import { nexumError, type NexumError } from '../errors.js';
import type { ClosedExecution } from '../tracing/execution-span.js';
import {
  BatchedPort,
  type EngineThreadData,
  type FromEngine,
  type ToEngine,
  type WireError,
} from './engine-messages.js';

/** Commands and records live for one batch: a young generation that holds several batches is collected in one sweep. */
const YOUNG_GENERATION_MIB = 64;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface EngineThreadHooks {
  /** The store broke or the thread died: the process must end, nothing may be served any more. */
  readonly onFatal: (error: NexumError) => void;
  readonly onWarning?: (text: string) => void;
  readonly onClosed?: (executions: readonly ClosedExecution[]) => void;
}

export class EngineThread implements EnginePort {
  private readonly out: BatchedPort<ToEngine>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly sinks = new Map<number, (push: never) => void>();
  private lastId = 0;
  private dead: NexumError | undefined;

  private constructor(
    private readonly thread: Worker,
    private readonly hooks: EngineThreadHooks,
  ) {
    this.out = new BatchedPort(thread);
  }

  /**
   * Starts the thread and waits until the store is open.
   * @throws NexumError STORE_LOCKED, STORE_VERSION, STORE_BROKEN
   */
  static async start(data: EngineThreadData, hooks: EngineThreadHooks): Promise<EngineThread> {
    const thread = new Worker(new URL('./engine-thread-main.js', import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    });
    const engine = new EngineThread(thread, hooks);
    await engine.listen();
    return engine;
  }

  call<M extends keyof EngineCalls>(method: M, args: EngineCalls[M]['args']): Promise<EngineCalls[M]['result']> {
    return this.request((id) => ({ type: 'call', id, method, args })) as Promise<EngineCalls[M]['result']>;
  }

  openWork(hello: WorkHello, sink: (push: WorkPush) => void): WorkSession {
    const session = this.openSession(sink);
    this.out.send({ type: 'openWork', session, hello });
    return {
      send: (frame) => this.out.send({ type: 'work', session, frame }),
      close: () => this.closeSession(session),
    };
  }

  openExecute(sink: (push: ExecutePush) => void): ExecuteSession {
    const session = this.openSession(sink);
    this.out.send({ type: 'openExecute', session });
    return {
      send: (frame) => this.out.send({ type: 'execute', session, frame }),
      close: () => this.closeSession(session),
    };
  }

  watch(executionId: string, afterSeq: number, sink: (events: readonly ExecutionEvent[]) => void): { close(): void } {
    const session = this.openSession(sink);
    this.out.send({ type: 'watch', session, executionId, afterSeq });
    return { close: () => this.closeSession(session) };
  }

  /** Prometheus text of the engine; empty unless the thread was started to count. */
  metrics(): Promise<string> {
    return this.request((id) => ({ type: 'metrics', id })) as Promise<string>;
  }

  async stop(): Promise<void> {
    if (!this.dead) await this.request((id) => ({ type: 'stop', id }));
    this.dead ??= nexumError('SERVER_STOPPING', 'the engine has stopped');
    await this.thread.terminate();
  }

  private listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      let ready = false;
      const die = (error: NexumError): void => {
        if (this.dead) return;
        this.dead = error;
        for (const { reject: fail } of this.waiting.values()) fail(error);
        this.waiting.clear();
        if (ready) this.hooks.onFatal(error);
        else reject(error);
      };
      this.thread.on('message', (messages: FromEngine[]) => {
        for (const message of messages) {
          if (message.type === 'ready') {
            ready = true;
            resolve();
          } else if (message.type === 'fatal') die(readError(message.error));
          else if (message.type === 'closed') this.hooks.onClosed?.(message.executions);
          else if (message.type === 'warning') this.hooks.onWarning?.(message.text);
          else this.receive(message);
        }
      });
      this.thread.on('error', (error) =>
        die(nexumError('INTERNAL', `the engine thread failed: ${error.message}`, {}, error)),
      );
      this.thread.on('exit', (code) => die(nexumError('INTERNAL', `the engine thread ended with code ${code}`)));
    });
  }

  private receive(message: FromEngine & { type: 'result' | 'error' | 'push' }): void {
    if (message.type === 'push') {
      this.sinks.get(message.session)?.(message.push as never);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === 'result') waiting?.resolve(message.value);
    else waiting?.reject(readError(message.error));
  }

  private request(build: (id: number) => ToEngine): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.dead) {
        reject(this.dead);
        return;
      }
      this.lastId += 1;
      this.waiting.set(this.lastId, { resolve, reject });
      this.out.send(build(this.lastId));
    });
  }

  private openSession(sink: (push: never) => void): number {
    this.lastId += 1;
    this.sinks.set(this.lastId, sink);
    return this.lastId;
  }

  private closeSession(session: number): void {
    if (!this.sinks.delete(session)) return;
    this.out.send({ type: 'close', session });
  }
}

function readError(error: WireError): NexumError {
  return nexumError(error.code, error.message, error.details);
}
