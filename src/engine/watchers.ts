/** Who wants to hear of which execution. Told after the commit, never before (durable before visible). */
import type { ExecutionEvent } from '../core/event.js';
import type { ExecutePush, Finished, Started } from './engine-port.js';
import type { EventWatch } from './event-watch.js';

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

export class Watchers {
  private readonly clients = new Map<string, Set<ExecuteClient>>();
  private readonly watches = new Map<string, Set<EventWatch>>();
  /** Newest event heard of, per execution that clients wait for. */
  private readonly heard = new Map<string, number>();

  watchEnd(executionId: string, client: ExecuteClient): void {
    client.watching.add(executionId);
    add(this.clients, executionId, client);
  }

  /** True when the client was waiting for this execution until now. */
  forget(executionId: string, client: ExecuteClient): boolean {
    this.removeClientFrom(executionId, client);
    return client.watching.delete(executionId);
  }

  removeClient(client: ExecuteClient): void {
    client.open = false;
    for (const executionId of client.watching) this.removeClientFrom(executionId, client);
  }

  clientsOf(executionId: string): readonly ExecuteClient[] {
    return [...(this.clients.get(executionId) ?? [])];
  }

  watchEvents(watch: EventWatch): void {
    add(this.watches, watch.executionId, watch);
  }

  removeWatch(watch: EventWatch): void {
    remove(this.watches, watch.executionId, watch);
  }

  watchesOf(executionId: string): readonly EventWatch[] {
    return [...(this.watches.get(executionId) ?? [])];
  }

  /** Every execution that somebody waits for or looks at, with the newest event that reached them all. */
  known(): Map<string, number> {
    const known = new Map<string, number>();
    for (const executionId of this.clients.keys()) known.set(executionId, this.heard.get(executionId) ?? 0);
    for (const [executionId, watches] of this.watches) {
      for (const { lastSeq } of watches)
        known.set(executionId, Math.min(lastSeq, known.get(executionId) ?? Number.MAX_SAFE_INTEGER));
    }
    return known;
  }

  /** Something up to this event happened that the clients of the execution know of now. */
  hear(executionId: string, seq: number): void {
    if (this.clients.has(executionId)) this.heard.set(executionId, Math.max(seq, this.heard.get(executionId) ?? 0));
  }

  /**
   * Tells everybody concerned by these committed events; the caller flushes the touched clients.
   * @returns the executions that nobody here waits for or looks at
   */
  publish(events: readonly ExecutionEvent[], touched: Set<ExecuteClient>): ReadonlySet<string> {
    const unwatched = new Set<string>();
    for (const event of events) {
      const { executionId } = event;
      if (this.clients.has(executionId)) this.tell(event, touched);
      else if (!this.watches.has(executionId)) unwatched.add(executionId);
    }
    if (this.watches.size > 0) this.offer(events);
    return unwatched;
  }

  private tell(event: ExecutionEvent, touched: Set<ExecuteClient>): void {
    const { executionId } = event;
    this.hear(executionId, event.seq);
    const finished = finishedOf(event);
    if (!finished) return;
    for (const client of this.clientsOf(executionId)) {
      client.addFinished(finished);
      touched.add(client);
      if (finished.status !== 'READY') this.forget(executionId, client);
    }
  }

  private offer(events: readonly ExecutionEvent[]): void {
    const byExecution = new Map<string, ExecutionEvent[]>();
    for (const event of events) {
      if (!this.watches.has(event.executionId)) continue;
      const list = byExecution.get(event.executionId);
      if (list) list.push(event);
      else byExecution.set(event.executionId, [event]);
    }
    for (const [executionId, list] of byExecution) {
      for (const watch of this.watchesOf(executionId)) watch.offer(list);
    }
  }

  private removeClientFrom(executionId: string, client: ExecuteClient): void {
    remove(this.clients, executionId, client);
    if (!this.clients.has(executionId)) this.heard.delete(executionId);
  }
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
