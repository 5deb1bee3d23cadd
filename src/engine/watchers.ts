/** Who wants to hear of which execution. Told after the commit, never before (durable before visible). */
import type { ExecutionEvent } from '../core/event.js';
import type { ExecutePush, Finished, Started } from './engine-port.js';

export class ExecuteClient {
  open = true;
  readonly watching = new Set<string>();
  private started: Started[] = [];
  private finished: Finished[] = [];

  constructor(private readonly sink: (push: ExecutePush) => void) {}

  addStarted(started: Started): void {
    this.started.push(started);
  }

  addFinished(finished: Finished): void {
    this.finished.push(finished);
  }

  flush(): void {
    if (this.started.length + this.finished.length === 0) return;
    const push = { started: this.started, finished: this.finished };
    this.started = [];
    this.finished = [];
    if (this.open) this.sink(push);
  }
}

type EventSink = (events: readonly ExecutionEvent[]) => void;

export class Watchers {
  private readonly clients = new Map<string, Set<ExecuteClient>>();
  private readonly sinks = new Map<string, Set<EventSink>>();

  watchEnd(executionId: string, client: ExecuteClient): void {
    client.watching.add(executionId);
    add(this.clients, executionId, client);
  }

  /** True when the client was waiting for this execution until now. */
  forget(executionId: string, client: ExecuteClient): boolean {
    remove(this.clients, executionId, client);
    return client.watching.delete(executionId);
  }

  removeClient(client: ExecuteClient): void {
    client.open = false;
    for (const executionId of client.watching) remove(this.clients, executionId, client);
  }

  watchEvents(executionId: string, sink: EventSink): void {
    add(this.sinks, executionId, sink);
  }

  removeSink(executionId: string, sink: EventSink): void {
    remove(this.sinks, executionId, sink);
  }

  /** Tells everybody concerned by these committed events; the caller flushes the returned clients. */
  publish(events: readonly ExecutionEvent[], touched: Set<ExecuteClient>): void {
    if (this.clients.size === 0 && this.sinks.size === 0) return;
    for (const event of events) {
      const finished = finishedOf(event);
      if (!finished) continue;
      for (const client of this.clients.get(event.executionId) ?? []) {
        client.addFinished(finished);
        touched.add(client);
        if (finished.status === 'READY') continue;
        client.watching.delete(event.executionId);
        remove(this.clients, event.executionId, client);
      }
    }
    if (this.sinks.size > 0) this.publishEvents(events);
  }

  private publishEvents(events: readonly ExecutionEvent[]): void {
    const byExecution = new Map<string, ExecutionEvent[]>();
    for (const event of events) {
      if (!this.sinks.has(event.executionId)) continue;
      byExecution.set(event.executionId, [...(byExecution.get(event.executionId) ?? []), event]);
    }
    for (const [executionId, list] of byExecution) {
      const ended = list.some(isEnd);
      for (const sink of [...(this.sinks.get(executionId) ?? [])]) {
        sink(list);
        if (ended) sink([]);
      }
      if (ended) this.sinks.delete(executionId);
    }
  }
}

function isEnd({ kind }: ExecutionEvent): boolean {
  return kind === 'execution_completed' || kind === 'execution_failed' || kind === 'execution_cancelled';
}

/** What a client that waits for the end hears of this event, if anything. */
export function finishedOf(event: ExecutionEvent): Finished | undefined {
  const { executionId } = event;
  switch (event.kind) {
    case 'execution_completed':
      return { executionId, status: 'COMPLETED', outputJson: event.payload };
    case 'execution_failed':
      return {
        executionId,
        status: 'FAILED',
        code: event.error.code,
        message: event.error.message,
        ...(event.node === undefined ? {} : { failedNode: event.node }),
      };
    case 'execution_cancelled':
      return { executionId, status: 'CANCELLED', ...(event.reason === undefined ? {} : { message: event.reason }) };
    case 'attempt_failed':
    case 'attempt_lost':
    case 'attempt_released':
      return { executionId, status: 'READY' };
    default:
      return undefined;
  }
}

function add<V>(map: Map<string, Set<V>>, key: string, value: V): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

function remove<V>(map: Map<string, Set<V>>, key: string, value: V): void {
  const set = map.get(key);
  set?.delete(value);
  if (set?.size === 0) map.delete(key);
}
