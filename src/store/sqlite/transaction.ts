/** One transaction on the SQLite file: loads through the cache, writes everything at its end. */
import type { Changes } from '../../core/transition.js';
import { nexumError } from '../../errors.js';
import { blobsOf, distinctBlobs } from '../blob.js';
import { mergeChanges } from '../merged-changes.js';
import { purge } from '../purge.js';
import type {
  ActivationRef,
  ConcurrentRef,
  OutboxRef,
  PurgeFilter,
  Purged,
  ReadyFilter,
  StoredExecution,
  StoreTransaction,
} from '../store.js';
import { findForgettable } from './call-table.js';
import { attempt } from './connection.js';
import type { CachedExecution, ExecutionCache } from './execution-cache.js';
import { purgeSteps } from './purge-steps.js';
import { eventRow } from './rows.js';
import { activationRef, type Statements } from './statements.js';
import { addToOutbox, findConcurrent, settleOutbox } from './waiting-table.js';

export class SqliteTransaction implements StoreTransaction {
  private readonly loaded = new Map<string, CachedExecution>();
  private begun = false;

  constructor(
    private readonly statements: Statements,
    private readonly cache: ExecutionCache,
  ) {}

  load(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return attempt(() =>
      executionIds.map((executionId) => {
        const entry = this.loaded.get(executionId) ?? this.cache.get(executionId);
        this.loaded.set(executionId, entry);
        return entry;
      }),
    );
  }

  create(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return attempt(() =>
      executionIds.map((executionId) => {
        const entry = this.cache.create(executionId);
        this.loaded.set(executionId, entry);
        return entry;
      }),
    );
  }

  findByIdempotencyKeys(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return attempt(() => {
      const found = new Map<string, string>();
      for (const key of keys) {
        const executionId = this.statements.findExecutionByKey(key);
        if (executionId !== undefined) found.set(key, executionId);
      }
      return found;
    });
  }

  findReady(filter: ReadyFilter, nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    return attempt(() => {
      const rows =
        'handler' in filter
          ? this.statements.findReadyByHandler(filter.handler, nowMs, limit)
          : this.statements.findReadyByVersion(filter.versionHash, nowMs, limit);
      return rows.map(activationRef);
    });
  }

  findConcurrent(keys: readonly string[]): Promise<ReadonlyMap<string, readonly ConcurrentRef[]>> {
    return attempt(() => new Map(keys.map((key) => [key, findConcurrent(this.statements, key)])));
  }

  settleOutbox(done: readonly OutboxRef[]): Promise<void> {
    return attempt(() => {
      if (done.length > 0) this.begin();
      for (const ref of done) settleOutbox(this.statements, ref);
    });
  }

  /** Nothing is ever missing: see `CachedExecution.readPayload`. */
  readPayloads(): Promise<void> {
    return Promise.resolve();
  }

  /** BEGIN waits until there is something to write: a batch that changes nothing costs no commit. */
  apply(changes: readonly Changes[]): Promise<void> {
    return attempt(() => {
      const { executions, events, outbox } = mergeChanges(changes);
      if (executions.size === 0) return;
      this.begin();
      for (const [executionId, { execution, activations, joins }] of executions) {
        const entry = this.entry(executionId);
        if (execution) entry.writeRow(execution);
        for (const record of activations.values()) this.statements.putActivation(entry.rowId, record);
        for (const record of joins.values()) this.statements.putJoin(entry.rowId, record);
      }
      const blobs = blobsOf(events);
      for (const blob of distinctBlobs(blobs.values())) this.statements.putBlob(blob);
      this.statements.insertEvents(
        events.map((event) => eventRow(this.entry(event.executionId).rowId, event, blobs.get(event)?.hash)),
      );
      for (const event of outbox) addToOutbox(this.statements, this.entry(event.executionId).rowId, event);
    });
  }

  purge(filter: PurgeFilter): Promise<Purged> {
    const hooks = { begin: () => this.begin(), drop: (executionId: string) => this.cache.drop(executionId) };
    return purge(purgeSteps(this.statements, hooks), filter);
  }

  async forgetCalls(executionIds: readonly string[]): Promise<readonly string[]> {
    const hooks = { begin: () => this.begin(), drop: (executionId: string) => this.cache.drop(executionId) };
    const found = await attempt(() => findForgettable(this.statements, executionIds));
    await purgeSteps(this.statements, hooks).delete(found);
    return found;
  }

  private entry(executionId: string): CachedExecution {
    const entry = this.loaded.get(executionId);
    if (!entry) throw nexumError('INTERNAL', `${executionId} was changed without being loaded`);
    return entry;
  }

  commit(): void {
    if (this.begun) this.statements.commit();
    this.cache.settle(this.loaded.values());
  }

  rollback(): void {
    for (const executionId of this.loaded.keys()) this.cache.drop(executionId);
    if (this.begun) this.statements.rollback();
  }

  private begin(): void {
    if (this.begun) return;
    this.statements.begin();
    this.begun = true;
  }
}
