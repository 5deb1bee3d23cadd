/**
 * The one place where transactions run, one after the other. Commands queue while a commit is being fsynced; the next
 * batch takes all of them. The batch forms while the disk works, never by waiting for a timer.
 *
 * C1  On a store that one server owns, reads and registrations run between batches: there, everything shares one
 *     connection, and a read must not see an uncommitted change.
 * C2  A batch that fails for another reason than an absent database is taken apart: each command runs in a transaction of
 *     its own, so that one bad command or a full disk answers its own caller and nobody else.
 */
import { NexumError } from '../errors.js';
import { failpoint } from '../failpoint.js';
import type { OutboxRef, Store } from '../store/store.js';
import { Batch, type BatchEnvironment } from './batch.js';
import type { Queued } from './pending.js';

/** Commands of one batch at most: bounds the time until the first reply, beyond what one fsync costs anyway. */
const MAX_BATCH = 2048;

export interface CommitCost {
  readonly commands: number;
  readonly durationMs: number;
}

/** About what a commit takes. Shorter: searches in vain; longer: a free worker waits for work that is there. */
const PASSED_OVER_MS = 10;

export interface CommitHooks {
  readonly onCommit: (batch: Batch, cost: CommitCost) => void;
  /** The store is broken: nothing may be served any more. */
  readonly onFatal: (error: Error) => void;
  /** A batch failed, perhaps with its dispatch: ask again later. */
  readonly onStall: () => void;
}

export class CommitLoop {
  batches = 0;
  commands = 0;
  private pending: Queued[] = [];
  /** Leave the outbox with the next batch. */
  private done: OutboxRef[] = [];
  private jobs: (() => Promise<void>)[] = [];
  private readonly preparations: (() => Promise<void>)[] = [];
  private dispatchWanted = false;
  private soon: NodeJS.Timeout | undefined;
  private scheduled = false;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly store: Store,
    private readonly env: BatchEnvironment,
    private readonly hooks: CommitHooks,
    private readonly options: { readonly urgent?: boolean } = {},
  ) {}

  push(pending: Queued): void {
    this.pending.push(pending);
    this.schedule();
  }

  /** What was to be done about this event is done, and committed. */
  settleOutbox(ref: OutboxRef): void {
    this.done.push(ref);
    this.wake();
  }

  /** Asks for a batch even without commands: somebody has credits, or something became due. */
  wake(): void {
    this.dispatchWanted = true;
    this.schedule();
  }

  /** What another server holds now is free again when its commit is through. */
  private wakeSoon(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.wake();
    }, PASSED_OVER_MS).unref();
  }

  /** Runs something that only reads, or registers (C1). */
  read<T>(work: () => Promise<T>): Promise<T> {
    return this.store.peers ? this.watched(work) : this.between(work);
  }

  /** Runs `work` between two batches: every task that was leased before it is in a push before it. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.jobs.push(() => this.watched(work).then(resolve, reject));
      this.schedule();
    });
  }

  /**
   * Reads for somebody who does not wait for it. That the database of a shared store is away is no reason to end:
   * whatever this would have found is found by polling.
   */
  background(work: () => Promise<void>): void {
    this.read(work).catch((error: unknown) => this.giveUp(error));
  }

  /** Like `background`, but before the next batch: commands that it queues are part of that batch. */
  prepare(work: () => Promise<void>): void {
    this.preparations.push(() => work().catch((error: unknown) => this.giveUp(error)));
    this.schedule();
  }

  /** Finishes what is queued; whatever comes later is never run. */
  async stop(): Promise<void> {
    while (this.scheduled || this.running)
      await (this.running ?? new Promise<void>((resolve) => setImmediate(resolve)));
    this.stopped = true;
  }

  private async watched<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isBroken(error)) this.hooks.onFatal(toError(error));
      throw toError(error);
    }
  }

  private giveUp(error: unknown): void {
    if (this.store.peers ? isBroken(error) : !isUnavailable(error)) this.hooks.onFatal(toError(error));
  }

  private schedule(): void {
    if (this.scheduled || this.running || this.stopped) return;
    this.scheduled = true;
    // After the messages that are already here, so that they share the commit.
    setImmediate(() => {
      this.scheduled = false;
      this.running = this.drain().finally(() => {
        this.running = undefined;
        const queued = this.pending.length + this.jobs.length + this.preparations.length;
        if (queued > 0 || this.dispatchWanted) this.schedule();
      });
    });
  }

  /**
   * One round: preparations, one batch, then the jobs that came before it ended. A following round lets new messages in
   * first.
   */
  private async drain(): Promise<void> {
    for (const prepare of this.preparations.splice(0)) await prepare();
    if (this.pending.length > 0 || this.dispatchWanted) {
      this.dispatchWanted = false;
      const items = this.pending.splice(0, MAX_BATCH);
      const failure = await this.commit(items);
      if (failure) {
        if (isUnavailable(failure)) for (const item of items) item.settle(failure);
        else await this.takeApart(items, failure);
        this.hooks.onStall();
      }
    }
    const jobs = this.jobs;
    this.jobs = [];
    for (const job of jobs) await job();
  }

  private async takeApart(items: readonly Queued[], failure: Error): Promise<void> {
    for (const item of items) {
      const error = items.length === 1 ? failure : await this.commit([item]);
      if (error) item.settle(error);
    }
  }

  /** Runs one batch to its commit; returns why it could not. */
  private async commit(items: readonly Queued[]): Promise<Error | undefined> {
    let batch: Batch | undefined;
    if (items.length > 0) failpoint('engine.before-begin');
    const begunAt = performance.now();
    const done = this.done.splice(0);
    try {
      await this.store.transact(async (transaction) => {
        // S4: what an earlier run of this batch leased has not happened.
        batch?.abandon();
        batch = new Batch(transaction, this.env);
        await batch.run(items, done);
        if (batch.events.length > 0) failpoint('engine.before-commit');
      }, this.options);
    } catch (error) {
      batch?.abandon();
      this.done.push(...done);
      const failure = toError(error);
      if (isBroken(failure)) this.hooks.onFatal(failure);
      return failure;
    }
    if (batch && batch.events.length > 0) failpoint('engine.after-commit');
    this.batches += 1;
    this.commands += items.length;
    if (batch?.searchAgain === true) this.dispatchWanted = true;
    if (batch?.searchSoon === true) this.wakeSoon();
    if (batch) this.hooks.onCommit(batch, { commands: items.length, durationMs: performance.now() - begunAt });
    return undefined;
  }
}

/** Of a store that other servers keep alive: this one tries again. */
function isUnavailable(error: unknown): boolean {
  return error instanceof NexumError && error.code === 'STORE_UNAVAILABLE';
}

export function isBroken(error: unknown): boolean {
  return error instanceof NexumError && error.code === 'STORE_BROKEN';
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
