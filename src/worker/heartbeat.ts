/** The main thread's side of the heartbeat thread: which leases are held, and which turned out to be lost. */
import { Worker } from 'node:worker_threads';
import type { Connection } from '../rpc/connection.js';
import type { HeldLease } from './heartbeat-pace.js';

export interface HeartbeatData {
  readonly connection: Connection;
  readonly workerId: string;
}

export interface HeartbeatMessage {
  readonly hold: readonly HeldLease[];
  readonly drop: readonly string[];
  /** Epoch milliseconds. */
  readonly sentAtMs: number;
}

/** Something that keeps leases alive while their work goes on. */
export interface LeaseKeeper {
  /** Each for its own length: a node may have a shorter lease than its worker asked for. */
  hold(leases: readonly HeldLease[]): void;
  drop(taskId: string): void;
}

export class Heartbeat implements LeaseKeeper {
  private thread: Worker | undefined;
  /** Drops wait for the next hold: a beat for finished work is harmless, a post for each of it is not. */
  private dropped: string[] = [];

  /** @param onStale tasks whose lease this worker no longer holds */
  constructor(
    private readonly data: HeartbeatData,
    private readonly onStale: (taskIds: readonly string[]) => void,
  ) {}

  /** Must run before the handlers of these tasks: a busy one would not let the message out any more. */
  hold(leases: readonly HeldLease[]): void {
    this.thread ??= this.startThread();
    // A task is one, too, and its payloads must not be copied.
    const hold = leases.map(({ taskId, leaseMs }) => ({ taskId, leaseMs }));
    const message: HeartbeatMessage = { hold, drop: this.dropped, sentAtMs: Date.now() };
    this.dropped = [];
    this.thread.postMessage(message);
  }

  drop(taskId: string): void {
    this.dropped.push(taskId);
  }

  async stop(): Promise<void> {
    const { thread } = this;
    this.thread = undefined;
    await thread?.terminate();
  }

  private startThread(): Worker {
    const thread = new Worker(new URL('./heartbeat-thread.js', import.meta.url), { workerData: this.data });
    thread.on('message', (taskIds: string[]) => this.onStale(taskIds));
    thread.unref();
    return thread;
  }
}
