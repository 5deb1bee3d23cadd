/**
 * One batch on one connection, in few round trips however many commands it has: lock and load what is not remembered,
 * (decide,) write and commit. Statements are sent without waiting for the ones before them; what they answer is checked
 * at the commit.
 *
 * T1  What is not remembered is locked before it is read.
 * T2  What is remembered is not even locked: whatever was decided on it is written, or answered, only if the row still has
 *     the revision that is remembered. If not, the batch is rolled back, forgets everything, and runs again by T1.
 * T3  Whoever waits for a row holds only rows before it in the order of ids, so that no two wait for each other: rows are
 *     locked in one statement and in that order, and whoever holds any takes others only where nobody holds them.
 *     Blobs come after everything else, in the order of their hashes.
 * T4  Heartbeats extend leases without an event (E5), and without a new revision: what other servers remember stays true
 *     but for the time of expiry, which proves nothing. The row is locked while they are written.
 */
import {
  activationKey,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionStatus,
  type JoinRecord,
} from '../../core/execution.js';
import type { ExecutionEvent } from '../../core/event.js';
import { nexumError } from '../../errors.js';
import { blobsOf, distinctBlobs } from '../blob.js';
import { MAX_PAYLOAD_CHARS } from '../execution-records.js';
import { mergeChanges } from '../merged-changes.js';
import { purge, type PurgeSteps } from '../purge.js';
import type { Changes } from '../../core/transition.js';
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
import { plainArray, textArray } from './array-literal.js';
import { dropUnusedBlobs } from './blob-table.js';
import type { Connection, Statement, Value } from './connection.js';
import { isAftermath } from './database-error.js';
import { CachedExecution, type ExecutionCache } from './execution-cache.js';
import * as hot from './hot-statements.js';
import { lockForgettable, purgeSteps } from './purge-steps.js';
import {
  activationRef,
  changedActivationColumns,
  eventColumns,
  executionIdOf,
  findUuid,
  insertColumns,
  joinColumns,
  newActivationColumns,
  outboxColumns,
  readActivation,
  readExecution,
  readJoin,
  updateColumns,
  uuidOf,
  type ActivationRow,
  type ExecutionRow,
  type JoinRow,
} from './rows.js';

/** What one batch writes, by statement. */
interface Writes {
  readonly inserts: ExecutionRecord[];
  readonly updates: { record: ExecutionRecord; revision: number }[];
  /** Activations that have no row yet. */
  readonly opened: ActivationRecord[];
  readonly activations: ActivationRecord[];
  readonly joins: JoinRecord[];
  readonly events: readonly ExecutionEvent[];
  readonly outbox: readonly ExecutionEvent[];
}

export class PostgresTransaction implements StoreTransaction {
  private readonly entries = new Map<string, CachedExecution>();
  /** Executions that this transaction changes. */
  private readonly changed = new Set<CachedExecution>();
  /** T4 */
  private readonly renewed = new Set<CachedExecution>();
  /** Statements whose answers nobody has looked at yet. */
  private readonly sent: Promise<unknown>[] = [];
  /** Executions that this transaction holds already, with their revisions. */
  private readonly locked = new Map<string, number>();
  /** T2: not locked. */
  private readonly remembered = new Set<CachedExecution>();
  private begun = false;
  private writesMore = false;
  passedOver = false;

  constructor(
    private readonly connection: Connection,
    private readonly cache: ExecutionCache,
    /** False: T1 for everything. */
    private readonly trusting: boolean,
  ) {}

  async load(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    const unknown: string[] = [];
    for (const id of executionIds) {
      if (this.entries.has(id) || findUuid(id) === undefined) continue;
      const entry = this.cache.take(id);
      const locked = this.locked.get(id);
      if (entry && (locked === undefined ? this.trusting : locked === entry.revision)) {
        this.entries.set(id, entry);
        if (locked === undefined) this.remembered.add(entry);
      } else unknown.push(id);
    }
    if (unknown.length > 0) await this.lockAndLoad(unknown);
    return executionIds.map((id) => this.entry(id));
  }

  create(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return Promise.resolve(executionIds.map((id) => this.entry(id)));
  }

  async findByIdempotencyKeys(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.run<[key: string, uuid: string]>(hot.findIdempotencyKeys, [textArray(keys)]);
    return new Map(rows.map(([key, uuid]) => [key, executionIdOf(uuid)]));
  }

  async findReady(filter: ReadyFilter, nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    const [statement, value] =
      'handler' in filter ? [hot.findReadyByHandler, filter.handler] : [hot.findReadyByVersion, filter.versionHash];
    type Row = [uuid: string | null, node: string, iteration: number, item: number, revision: number, waiting: number];
    const rows = await this.run<Row>(statement, [value, nowMs, limit]);
    const refs = rows.flatMap(([uuid, node, iteration, item, revision]) => {
      if (uuid === null) return [];
      const ref = activationRef(uuid, node, iteration, item);
      this.locked.set(ref.executionId, revision);
      return [ref];
    });
    if ((rows[0]?.[5] ?? 0) > refs.length) this.passedOver = true;
    return refs;
  }

  async findConcurrent(keys: readonly string[]): Promise<ReadonlyMap<string, readonly ConcurrentRef[]>> {
    const wanted = textArray(keys);
    const [, rows] = await Promise.all([
      this.run(hot.lockConcurrency, [wanted]),
      this.run<[key: string, uuid: string, status: ExecutionStatus]>(hot.findConcurrent, [wanted]),
    ]);
    const found = new Map<string, ConcurrentRef[]>(keys.map((key) => [key, []]));
    const inOrder = rows.sort(([, a], [, b]) => (a < b ? -1 : 1));
    for (const [key, uuid, status] of inOrder) found.get(key)?.push({ executionId: executionIdOf(uuid), status });
    return found;
  }

  settleOutbox(done: readonly OutboxRef[]): Promise<void> {
    if (done.length === 0) return Promise.resolve();
    this.writesMore = true;
    const ids = plainArray(done.map(({ executionId }) => uuidOf(executionId)));
    this.send(hot.settleOutbox, [ids, plainArray(done.map(({ seq }) => seq))]);
    return Promise.resolve();
  }

  async readPayloads({ executionId, seqs }: { executionId: string; seqs: readonly number[] }): Promise<void> {
    const values = [uuidOf(executionId), plainArray(seqs)];
    const rows = await this.run<[seq: number, payload: string | null]>(hot.loadSomePayloads, values);
    const entry = this.entry(executionId);
    for (const [seq, payload] of rows) if (payload !== null) entry.keep(seq, payload);
    const missing = seqs.find((seq) => !entry.holds(seq));
    if (missing === undefined) return;
    throw nexumError('STORE_BROKEN', `the payload of event ${missing} of ${executionId} is not in the database`);
  }

  /** Sends everything at once; whether it could be written shows at the commit. */
  apply(changes: readonly Changes[]): Promise<void> {
    const { executions, events, outbox } = mergeChanges(changes);
    if (executions.size === 0) return Promise.resolve();
    const writes: Writes = { inserts: [], updates: [], opened: [], activations: [], joins: [], events, outbox };
    // In the order of their ids, as every batch takes its locks: then no two wait for each other.
    for (const [executionId, merged] of [...executions].sort(byId)) {
      const entry = this.entry(executionId);
      for (const [key, record] of merged.activations) {
        if (entry.rows.has(key)) writes.activations.push(record);
        else writes.opened.push(record);
        // Until the commit nobody else has this entry, and without one nobody ever will.
        entry.rows.add(key);
      }
      writes.joins.push(...merged.joins.values());
      if (!entry.execution) throw nexumError('INTERNAL', `${executionId} was changed without being loaded`);
      if (entry.revision === 0) writes.inserts.push(entry.execution);
      else if (merged.isRenewal) this.renewed.add(entry);
      else writes.updates.push({ record: entry.execution, revision: entry.revision });
      if (!merged.isRenewal) this.changed.add(entry);
    }
    // T3
    if (this.locked.size > 0) {
      const waiting = [...this.remembered].filter((entry) => this.changed.has(entry));
      this.assertRevisions(hot.lockFreeRevisions, waiting);
    }
    this.assertRevisions(hot.lockRevisions, [...this.renewed]);
    this.write(writes);
    return Promise.resolve();
  }

  purge(filter: PurgeFilter): Promise<Purged> {
    return purge(this.purgeSteps(), filter);
  }

  async forgetCalls(executionIds: readonly string[]): Promise<readonly string[]> {
    const found = await lockForgettable((statement, values) => this.run(statement, values), executionIds);
    await this.purgeSteps().delete(found);
    return found;
  }

  get writes(): boolean {
    return this.changed.size + this.renewed.size > 0 || this.writesMore;
  }

  /** @param mark the statement that makes the batch recognizable; only for batches that write */
  async commit(mark: { readonly statement: Statement; readonly values: readonly Value[] }): Promise<void> {
    this.checkRemembered();
    if (!this.begun) return;
    if (this.writes) this.send(mark.statement, mark.values);
    const tag = this.connection.command('COMMIT');
    const results = await Promise.allSettled([...this.sent, tag]);
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const cause = failures.find((failure) => !isAftermath(failure)) ?? failures[0];
    if (cause !== undefined) throw cause instanceof Error ? cause : new Error('the commit failed', { cause });
    if ((await tag) !== 'COMMIT') throw nexumError('INTERNAL', 'the transaction was rolled back without an error');
  }

  /** Only after the commit, wherever it was learnt of. */
  settle(): void {
    for (const entry of this.changed) entry.revision += 1;
    this.cache.putBack(this.entries.values());
  }

  async rollback(): Promise<void> {
    if (!this.begun) return;
    await Promise.allSettled([...this.sent, this.connection.command('ROLLBACK')]);
  }

  /** T2: what was decided without a change counts only if it was decided on the truth. */
  private checkRemembered(): void {
    const unwritten = [...this.remembered].filter((entry) => !this.changed.has(entry) && !this.renewed.has(entry));
    this.assertRevisions(hot.checkRevisions, unwritten);
  }

  private assertRevisions(statement: Statement, entries: readonly CachedExecution[]): void {
    if (entries.length === 0) return;
    this.send(statement, [
      plainArray(entries.map(({ executionId }) => uuidOf(executionId))),
      plainArray(entries.map(({ revision }) => revision)),
      entries.length,
    ]);
  }

  /** T1. Statements see what was committed before each of them began, and the reading ones begin after the lock. */
  private async lockAndLoad(executionIds: readonly string[]): Promise<void> {
    const uuids = plainArray(executionIds.map(uuidOf));
    const [rows, activations, joins, payloads] = await Promise.all([
      this.run<ExecutionRow>(hot.lockExecutions, [uuids]),
      this.run<ActivationRow>(hot.loadActivations, [uuids]),
      this.run<JoinRow>(hot.loadJoins, [uuids]),
      this.run<[uuid: string, seq: number, payload: string]>(hot.loadPayloads, [uuids, MAX_PAYLOAD_CHARS]),
    ]);
    for (const row of rows) {
      const entry = this.entry(executionIdOf(row[0]));
      [, entry.revision] = row;
      entry.execution = readExecution(row);
      this.locked.set(entry.executionId, entry.revision);
    }
    for (const row of activations) {
      const entry = this.entry(executionIdOf(row[0]));
      const record = readActivation(row);
      entry.putActivation(record);
      entry.rows.add(activationKey(record.node, record.iteration, record.item));
    }
    for (const row of joins) this.entry(executionIdOf(row[0])).putJoin(readJoin(row));
    for (const [uuid, seq, payload] of payloads) this.entry(executionIdOf(uuid)).keep(seq, payload);
  }

  private write({ inserts, updates, opened, activations, joins, events, outbox }: Writes): void {
    if (inserts.length > 0) this.send(hot.insertExecutions, insertColumns(inserts));
    // In the order of the keys: two servers that start the same ones wait for each other in one direction only.
    const keyed = inserts
      .flatMap(({ idempotencyKey, executionId }) =>
        idempotencyKey === undefined ? [] : [{ idempotencyKey, executionId }],
      )
      .sort((a, b) => (a.idempotencyKey < b.idempotencyKey ? -1 : 1));
    if (keyed.length > 0) {
      const keys = textArray(keyed.map(({ idempotencyKey }) => idempotencyKey));
      this.send(hot.insertIdempotencyKeys, [keys, plainArray(keyed.map(({ executionId }) => uuidOf(executionId)))]);
    }
    if (updates.length > 0) this.send(hot.updateExecutions, [...updateColumns(updates), updates.length]);
    if (opened.length > 0) this.send(hot.insertActivations, newActivationColumns(opened));
    if (activations.length > 0)
      this.send(hot.updateActivations, [...changedActivationColumns(activations), activations.length]);
    if (joins.length > 0) this.send(hot.putJoins, joinColumns(joins));
    const blobs = blobsOf(events);
    if (events.length > 0) this.send(hot.insertEvents, eventColumns(events, blobs));
    if (outbox.length > 0) this.send(hot.addToOutbox, outboxColumns(outbox));
    // T3: last, and in order. One by one, because all of them together may be longer than any text.
    for (const { hash, size, body } of distinctBlobs(blobs.values())) this.send(hot.putBlob, [hash, size, body]);
  }

  private purgeSteps(): PurgeSteps {
    return purgeSteps((statement, values) => this.run(statement, values), {
      onDelete: () => (this.writesMore = true),
      dropBlobs: (hashes) => dropUnusedBlobs(this.connection, hashes),
    });
  }

  private entry(executionId: string): CachedExecution {
    let entry = this.entries.get(executionId);
    if (!entry) this.entries.set(executionId, (entry = new CachedExecution(executionId)));
    return entry;
  }

  private send(statement: Statement, values: readonly Value[]): void {
    const answer = this.run(statement, values);
    // Looked at in `commit`; until then, a failure is not an unhandled one.
    answer.catch(() => undefined);
    this.sent.push(answer);
  }

  private run<Row extends readonly unknown[]>(statement: Statement, values: readonly Value[]): Promise<Row[]> {
    if (!this.begun) {
      this.begun = true;
      const begin = this.connection.command('BEGIN');
      begin.catch(() => undefined);
      this.sent.push(begin);
    }
    return this.connection.run<Row>(statement, values);
  }
}

function byId([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
