/**
 * What this server does because of the other servers on its database, and what it tells them.
 *
 * P1  Polling is the truth: once a second everything that another server may have done is looked for. A hint only makes
 *     it sooner.
 * P2  Nothing here decides anything: it wakes, it reads, it passes on what is committed.
 */
import { isClosed } from '../core/execution.js';
import { NexumError } from '../errors.js';
import type { Hint, Peers } from '../store/store.js';
import type { Batch } from './batch.js';
import type { CommitLoop } from './commit-loop.js';
import type { Outbox } from './outbox.js';
import type { Queries } from './queries.js';
import type { Watchers } from './watchers.js';
import type { QueueKey, WorkSessions } from './work-sessions.js';

/** How late a server may be that hears no hints; in milliseconds. Each look costs a few index lookups. */
const POLL_MS = 1000;

export interface PeerDeskOptions {
  readonly peers: Peers;
  readonly loop: CommitLoop;
  readonly sessions: WorkSessions;
  readonly watchers: Watchers;
  readonly queries: Queries;
  readonly outbox: Outbox;
  /** Queues that are known to be empty, as far as this server can know. */
  readonly drained: Set<QueueKey>;
  /** Takes up what is due, and remembers what will be: another server may not be there any more by then. */
  readonly serveDue: () => Promise<void>;
  readonly onFatal: (error: Error) => void;
}

export class PeerDesk {
  private timer: NodeJS.Timeout | undefined;
  private polling = false;
  /** What the other servers know, by worker. */
  private toldCredits = new Map<string, number>();

  constructor(private readonly options: PeerDeskOptions) {}

  start(): void {
    this.options.peers.listen((hint) => this.receive(hint));
    this.timer = setInterval(() => void this.poll(), POLL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** After a commit. @param unwatched executions with new events that nobody here waits for */
  tell(batch: Batch, unwatched: ReadonlySet<string>): void {
    const stops = batch.stops.filter(({ workerId }) => !this.options.sessions.find(workerId));
    if (batch.waiting.size + unwatched.size + stops.length === 0) return;
    this.options.peers.send({ queues: [...batch.waiting], executionIds: [...unwatched], stops });
  }

  private receive({ queues, executionIds, stops }: Hint): void {
    const { drained, loop, sessions, outbox } = this.options;
    for (const queue of queues) drained.delete(queue as QueueKey);
    const wanted = new Set(queues);
    for (const [queue] of sessions.hungry()) {
      if (!wanted.has(queue)) continue;
      loop.wake();
      break;
    }
    for (const { workerId, taskId } of stops) {
      const worker = sessions.find(workerId);
      if (!worker) continue;
      worker.addStop(taskId);
      outbox.touch(worker);
    }
    void this.guarded(() => this.catchUp(executionIds));
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    const { watchers, peers, serveDue } = this.options;
    await this.guarded(serveDue);
    await this.guarded(async () => {
      const known = watchers.known();
      if (known.size > 0) await this.catchUp(await peers.findNewer(known));
    });
    await this.guarded(() => this.tellCredits());
    this.polling = false;
  }

  private async tellCredits(): Promise<void> {
    const { sessions, peers } = this.options;
    const announced = [...sessions.workers].filter((worker) => worker.announced);
    const credits = new Map(announced.map((worker) => [worker.hello.workerId, worker.credits]));
    const changed = [...credits].filter(([workerId, count]) => this.toldCredits.get(workerId) !== count);
    if (changed.length > 0) await peers.putCredits(new Map(changed));
    this.toldCredits = credits;
  }

  private async catchUp(executionIds: readonly string[]): Promise<void> {
    for (const executionId of executionIds) {
      for (const watch of this.options.watchers.watchesOf(executionId)) await watch.catchUp();
      await this.tellClients(executionId);
    }
  }

  /** The end, or that it may be worth asking again: a claim whose holder is gone. */
  private async tellClients(executionId: string): Promise<void> {
    const { watchers, queries, outbox } = this.options;
    if (watchers.clientsOf(executionId).length === 0) return;
    const record = await queries.findRecord(executionId);
    if (!record) return;
    const finished = isClosed(record.status) ? await queries.findFinished(executionId) : undefined;
    watchers.hear(executionId, record.lastSeq);
    for (const client of watchers.clientsOf(executionId)) {
      if (finished && !watchers.forget(executionId, client)) continue;
      client.addFinished(finished ?? { executionId, status: 'READY' });
      outbox.touch(client);
    }
  }

  /** Only damage is a reason to end: whatever else it is, the next poll tries again. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof NexumError && error.code === 'STORE_BROKEN') this.options.onFatal(error);
    }
  }
}
