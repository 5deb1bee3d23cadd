/**
 * One batch on one connection, in three round trips however many commands it has: lock and load, (decide,) write and
 * commit. Statements are sent without waiting for the ones before them; what they answer is checked at the commit.
 */
import type { ActivationRecord, ExecutionRecord, JoinRecord } from '../../core/execution.js';
import type { ExecutionEvent } from '../../core/event.js';
import { nexumError } from '../../errors.js';
import { MAX_PAYLOAD_CHARS } from '../execution-records.js';
import { mergeChanges } from '../merged-changes.js';
import type { Changes } from '../../core/transition.js';
import type { ActivationRef, ReadyFilter, StoredExecution, StoreTransaction } from '../store.js';
import { plainArray, textArray } from './array-literal.js';
import type { Connection, Statement, Value } from './connection.js';
import { isAftermath } from './database-error.js';
import { CachedExecution, type ExecutionCache } from './execution-cache.js';
import * as hot from './hot-statements.js';
import {
  activationColumns,
  eventColumns,
  executionIdOf,
  findUuid,
  insertColumns,
  joinColumns,
  readActivation,
  readExecution,
  readJoin,
  updateColumns,
  uuidOf,
  type ActivationRow,
  type ExecutionRow,
  type JoinRow,
} from './rows.js';

export class PostgresTransaction implements StoreTransaction {
  private readonly entries = new Map<string, CachedExecution>();
  /** Executions that this transaction writes. */
  private readonly changed = new Set<CachedExecution>();
  /** Statements whose answers nobody has looked at yet. */
  private readonly sent: Promise<unknown>[] = [];
  private begun = false;

  constructor(
    private readonly connection: Connection,
    private readonly cache: ExecutionCache,
  ) {}

  async load(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    const known = new Map<string, CachedExecution>();
    const wanted = executionIds.filter((id) => !this.entries.has(id) && findUuid(id) !== undefined);
    for (const id of wanted) {
      const entry = this.cache.take(id);
      if (entry) known.set(id, entry);
    }
    if (wanted.length > 0) await this.lockAndLoad(wanted, known);
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
    const rows = await this.run<[uuid: string, node: string, iteration: number]>(statement, [value, nowMs, limit]);
    return rows.map(([uuid, node, iteration]) => ({ executionId: executionIdOf(uuid), node, iteration }));
  }

  async readPayload({ executionId, seq }: { executionId: string; seq: number }): Promise<void> {
    const [row] = await this.run<[payload: string | null]>(hot.loadPayload, [uuidOf(executionId), seq]);
    const payload = row?.[0] ?? undefined;
    if (payload === undefined) {
      throw nexumError('STORE_BROKEN', `the payload of event ${seq} of ${executionId} is not in the database`);
    }
    this.entry(executionId).keep(seq, payload);
  }

  /** Sends everything at once; whether it could be written shows at the commit. */
  apply(changes: readonly Changes[]): Promise<void> {
    const { executions, events } = mergeChanges(changes);
    if (executions.size === 0) return Promise.resolve();
    const activations: ActivationRecord[] = [];
    const joins: JoinRecord[] = [];
    const inserts: ExecutionRecord[] = [];
    const updates: { record: ExecutionRecord; revision: number }[] = [];
    for (const [executionId, merged] of executions) {
      const entry = this.entry(executionId);
      activations.push(...merged.activations.values());
      joins.push(...merged.joins.values());
      if (!entry.execution) throw nexumError('INTERNAL', `${executionId} was changed without being loaded`);
      if (entry.revision === 0) inserts.push(entry.execution);
      else updates.push({ record: entry.execution, revision: entry.revision });
      this.changed.add(entry);
    }
    this.write(inserts, updates, activations, joins, events);
    return Promise.resolve();
  }

  get writes(): boolean {
    return this.changed.size > 0;
  }

  /** @param mark the statement that makes the batch recognizable; only for batches that write */
  async commit(mark: { readonly statement: Statement; readonly values: readonly Value[] }): Promise<void> {
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

  private async lockAndLoad(wanted: readonly string[], known: ReadonlyMap<string, CachedExecution>): Promise<void> {
    // What is not remembered is read in the same round trip: each statement sees what was committed before it began,
    // and these begin after the rows are locked.
    const unknown = wanted.filter((id) => !known.has(id));
    const [rows] = await Promise.all([
      this.run<ExecutionRow>(hot.lockExecutions, [plainArray(wanted.map(uuidOf))]),
      this.loadRecords(unknown),
    ]);
    const outdated: string[] = [];
    for (const row of rows) {
      const executionId = executionIdOf(row[0]);
      const [, revision] = row;
      const remembered = known.get(executionId);
      if (remembered?.revision === revision) this.entries.set(executionId, remembered);
      else if (remembered) outdated.push(executionId);
      const entry = this.entry(executionId);
      entry.revision = revision;
      entry.execution = readExecution(row);
    }
    await this.loadRecords(outdated);
  }

  private async loadRecords(executionIds: readonly string[]): Promise<void> {
    if (executionIds.length === 0) return;
    const uuids = plainArray(executionIds.map(uuidOf));
    const [activations, joins, payloads] = await Promise.all([
      this.run<ActivationRow>(hot.loadActivations, [uuids]),
      this.run<JoinRow>(hot.loadJoins, [uuids]),
      this.run<[uuid: string, seq: number, payload: string]>(hot.loadPayloads, [uuids, MAX_PAYLOAD_CHARS]),
    ]);
    for (const row of activations) this.entry(executionIdOf(row[0])).putActivation(readActivation(row));
    for (const row of joins) this.entry(executionIdOf(row[0])).putJoin(readJoin(row));
    for (const [uuid, seq, payload] of payloads) this.entry(executionIdOf(uuid)).keep(seq, payload);
  }

  private write(
    inserts: readonly ExecutionRecord[],
    updates: readonly { record: ExecutionRecord; revision: number }[],
    activations: readonly ActivationRecord[],
    joins: readonly JoinRecord[],
    events: readonly ExecutionEvent[],
  ): void {
    if (inserts.length > 0) this.send(hot.insertExecutions, insertColumns(inserts));
    const keyed = inserts.filter(({ idempotencyKey }) => idempotencyKey !== undefined);
    if (keyed.length > 0) {
      const keys = textArray(keyed.map(({ idempotencyKey }) => idempotencyKey));
      this.send(hot.insertIdempotencyKeys, [keys, plainArray(keyed.map(({ executionId }) => uuidOf(executionId)))]);
    }
    if (updates.length > 0) this.send(hot.updateExecutions, [...updateColumns(updates), updates.length]);
    if (activations.length > 0) this.send(hot.putActivations, [...activationColumns(activations), activations.length]);
    if (joins.length > 0) this.send(hot.putJoins, joinColumns(joins));
    if (events.length > 0) this.send(hot.insertEvents, eventColumns(events));
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
