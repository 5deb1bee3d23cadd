/** The engine as another thread sees it: the same port, so that nobody else knows where it runs. */
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
import { BatchedPort, type FromEngine, type Post, type ToEngine, type WireError } from './engine-messages.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export type Answer = Extract<FromEngine, { type: 'result' | 'error' | 'push' }>;

export class EngineLink implements EnginePort {
  protected dead: NexumError | undefined;
  private readonly out: BatchedPort<ToEngine>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly sinks = new Map<number, (push: never) => void>();
  private lastId = 0;

  /** @param onBusy whether somebody waits for the engine, each time that changes */
  constructor(
    port: Post,
    private readonly onBusy: (busy: boolean) => void = () => undefined,
  ) {
    this.out = new BatchedPort(port);
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

  receive(message: Answer): void {
    if (message.type === 'push') {
      this.sinks.get(message.session)?.(message.push as never);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    this.settle();
    if (message.type === 'result') waiting?.resolve(message.value);
    else waiting?.reject(readError(message.error));
  }

  /** Nothing is answered any more. */
  fail(error: NexumError): void {
    this.dead = error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
    this.settle();
  }

  protected request(build: (id: number) => ToEngine): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.dead) {
        reject(this.dead);
        return;
      }
      this.lastId += 1;
      if (this.isIdle) this.onBusy(true);
      this.waiting.set(this.lastId, { resolve, reject });
      this.out.send(build(this.lastId));
    });
  }

  private get isIdle(): boolean {
    return this.waiting.size + this.sinks.size === 0;
  }

  private settle(): void {
    if (this.isIdle) this.onBusy(false);
  }

  private openSession(sink: (push: never) => void): number {
    this.lastId += 1;
    if (this.isIdle) this.onBusy(true);
    this.sinks.set(this.lastId, sink);
    return this.lastId;
  }

  private closeSession(session: number): void {
    if (!this.sinks.delete(session)) return;
    this.settle();
    this.out.send({ type: 'close', session });
  }
}

export function readError(error: WireError): NexumError {
  return nexumError(error.code, error.message, error.details);
}
