/** The thread of the engine: how it starts, ends and dies. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { nexumError, type NexumError } from '../errors.js';
import type { ClosedExecution } from '../tracing/execution-span.js';
import { EngineLink, readError } from './engine-link.js';
import type { EngineThreadData, FromEngine } from './engine-messages.js';

/** Commands and records live for one batch: a young generation that holds several batches is collected in one sweep. */
const YOUNG_GENERATION_MIB = 64;

export interface EngineThreadHooks {
  /** The store broke or the thread died: the process must end, nothing may be served any more. */
  readonly onFatal: (error: NexumError) => void;
  readonly onWarning?: (text: string) => void;
  readonly onClosed?: (executions: readonly ClosedExecution[]) => void;
}

export class EngineThread extends EngineLink {
  private constructor(
    private readonly thread: Worker,
    private readonly hooks: EngineThreadHooks,
  ) {
    super(thread);
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

  /** Prometheus text of the engine; empty unless the thread was started to count. */
  metrics(): Promise<string> {
    return this.request((id) => ({ type: 'metrics', id })) as Promise<string>;
  }

  /** Another way to the engine, for an EngineLink in a thread that the port is handed to. */
  share(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.thread.postMessage([{ type: 'share', port: port1 }], [port1]);
    return port2;
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
        this.fail(error);
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
}
