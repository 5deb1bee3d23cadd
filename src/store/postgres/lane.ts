/**
 * A connection of its own for batches, one after the other. It runs a batch again when that is known to be harmless:
 *
 * L1  The database rolled it back (deadlock, serialization, two servers with one idempotency key): run it again.
 * L2  The connection broke before COMMIT was sent: nothing happened; run it again.
 * L3  The connection broke while COMMIT was under way: the number in the lane's row says whether it happened. If it did,
 *     the results of the first run count; if not, run it again. Never guess.
 */
import { randomUUID } from 'node:crypto';
import { Connection, connectWithin } from './connection.js';
import { isConflict, isUnavailable, storeError, unavailable } from './database-error.js';
import type { ExecutionCache } from './execution-cache.js';
import { markLane, openLane, readLane } from './hot-statements.js';
import { PostgresTransaction } from './transaction.js';

/** How often a batch is rolled back by others before its callers hear of it. */
const MAX_CONFLICTS = 5;
/** How long a batch waits for a database that is away before its callers hear of it; in milliseconds. */
const PATIENCE_MS = 3000;

export interface LaneOptions {
  readonly url: string;
  readonly serverId: string;
  readonly cache: ExecutionCache;
  readonly nowMs: () => number;
  /** Aborted when the store is closed. */
  readonly closing: AbortSignal;
}

export class Lane {
  commits = 0;
  private readonly laneId = randomUUID();
  private connection: Connection | undefined;
  private earlierStatements = 0;
  /** Number of the newest batch that was sent to be committed. */
  private batch = 0;
  private tail: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LaneOptions) {}

  get statements(): number {
    return this.earlierStatements + (this.connection?.statements ?? 0);
  }

  /** @throws NexumError STORE_UNAVAILABLE when the database does not come back in time; whatever `work` throws */
  transact<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<T> {
    const result = this.tail.then(() => this.runUntilDecided(work));
    this.tail = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.tail;
    const { connection } = this;
    this.connection = undefined;
    await connection?.close();
  }

  private async runUntilDecided<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<T> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (let conflicts = 0; ;) {
      try {
        return await this.runOnce(work, untilMs, conflicts === 0);
      } catch (error) {
        if (error instanceof NotCommitted && performance.now() < untilMs) continue;
        if (error instanceof NotCommitted) throw unavailable(error.cause);
        if (!isConflict(error) || conflicts === MAX_CONFLICTS) throw storeError(error);
        conflicts += 1;
      }
    }
  }

  private async runOnce<T>(
    work: (transaction: PostgresTransaction) => Promise<T>,
    untilMs: number,
    trusting: boolean,
  ): Promise<T> {
    const connection = await this.connect(untilMs);
    const transaction = new PostgresTransaction(connection, this.options.cache, trusting);
    let result: { readonly value: T } | undefined;
    try {
      result = { value: await work(transaction) };
      if (transaction.writes) this.batch += 1;
      await transaction.commit({ statement: markLane, values: [this.laneId, this.batch, this.options.nowMs()] });
    } catch (error) {
      if (!isUnavailable(error)) {
        await transaction.rollback();
        throw error;
      }
      this.drop();
      if (!result || !transaction.writes || !(await this.wasCommitted(this.batch))) throw new NotCommitted(error);
    }
    if (transaction.writes) this.commits += 1;
    transaction.settle();
    return result.value;
  }

  /** L3. Waits for as long as it takes: an answer that is not known must not be given. */
  private async wasCommitted(batch: number): Promise<boolean> {
    for (;;) {
      const connection = await this.connect(Infinity);
      try {
        const [row] = await connection.run<[batch: number]>(readLane, [this.laneId]);
        return row?.[0] === batch;
      } catch (error) {
        // Also the wait for the transaction that is still under way at the other end of the broken connection.
        if (!isUnavailable(error) && !isConflict(error)) throw error;
        if (isUnavailable(error)) this.drop();
      }
    }
  }

  private async connect(untilMs: number): Promise<Connection> {
    if (this.connection?.usable === true) return this.connection;
    this.drop();
    const { url, serverId, nowMs, closing } = this.options;
    this.connection = await connectWithin(
      async () => {
        const connection = await Connection.open(url, { hot: true });
        await connection.run(openLane, [this.laneId, serverId, nowMs()]);
        return connection;
      },
      untilMs,
      closing,
    );
    return this.connection;
  }

  private drop(): void {
    this.earlierStatements += this.connection?.statements ?? 0;
    this.connection?.destroy();
    this.connection = undefined;
  }
}

/** The connection broke, and nothing of the batch was committed. */
class NotCommitted extends Error {
  constructor(override readonly cause: unknown) {
    super('the batch was not committed');
  }
}
