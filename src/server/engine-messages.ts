/** What crosses the border between the RPC thread and the engine thread: plain data, many messages to one post. */
import type { MessagePort, Worker } from 'node:worker_threads';
import type { ExecuteFrame, ExecutePush, WorkFrame, WorkHello, WorkPush } from '../engine/engine-port.js';
import type { ExecutionEvent } from '../core/event.js';
import type { LimitsSpec } from '../core/ir.js';
import type { ErrorCode } from '../errors.js';
import type { StoreLocation } from './store-location.js';
import type { ClosedExecution } from '../tracing/execution-span.js';

/** What somebody outside wants to know; the rest costs nothing. */
export interface ObserveOptions {
  readonly metrics: boolean;
  readonly closedExecutions: boolean;
}

export interface EngineThreadData {
  readonly location: StoreLocation;
  readonly observe: ObserveOptions;
  readonly maxQueue?: number;
  readonly rates?: LimitsSpec['providers'];
}

export type ToEngine =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly args: unknown }
  | { readonly type: 'openWork'; readonly session: number; readonly hello: WorkHello }
  | { readonly type: 'work'; readonly session: number; readonly frame: WorkFrame }
  | { readonly type: 'openExecute'; readonly session: number }
  | { readonly type: 'execute'; readonly session: number; readonly frame: ExecuteFrame }
  | { readonly type: 'watch'; readonly session: number; readonly executionId: string; readonly afterSeq: number }
  | { readonly type: 'close'; readonly session: number }
  | { readonly type: 'metrics'; readonly id: number }
  | { readonly type: 'stop'; readonly id: number }
  /** Serve this port, too. */
  | { readonly type: 'share'; readonly port: MessagePort };

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type FromEngine =
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  | {
      readonly type: 'push';
      readonly session: number;
      readonly push: WorkPush | ExecutePush | readonly ExecutionEvent[];
    }
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'closed'; readonly executions: readonly ClosedExecution[] }
  | { readonly type: 'ready' }
  | { readonly type: 'fatal'; readonly error: WireError };

export type Post = Pick<MessagePort | Worker, 'postMessage'>;

/** Gathers the messages of one turn into one post: the cost of a post does not depend on how many it carries. */
export class BatchedPort<Message> {
  private outgoing: Message[] = [];

  constructor(private readonly port: Post) {}

  send(message: Message): void {
    this.outgoing.push(message);
    if (this.outgoing.length === 1) queueMicrotask(() => this.flush());
  }

  flush(): void {
    const messages = this.outgoing;
    if (messages.length === 0) return;
    this.outgoing = [];
    this.port.postMessage(messages);
  }
}
