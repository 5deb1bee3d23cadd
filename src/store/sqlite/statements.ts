/** Every SQL statement of the SQLite store, one function each; the function is the verb. No statement scans or sorts. */
import type Database from 'better-sqlite3';
import { NEVER_MS, type ActivationRecord, type ExecutionRecord, type JoinRecord } from '../../core/execution.js';
import type { Blob } from '../blob.js';
import type { ActivationRef } from '../store.js';
import {
  activationRow,
  executionRow,
  type ActivationRow,
  type EventRow,
  type ExecutionRow,
  type JoinRow,
} from './rows.js';

/** Events per INSERT: one statement of 16 rows costs a third of 16 statements; larger ones gain little more. */
const EVENTS_PER_INSERT = 16;

/** Executions with the number of their newest event, found at the end of the event table's key. */
export const SELECT_EXECUTION = `SELECT execution.*,
  (SELECT max(seq) FROM event WHERE event.execution = execution.id) AS last_seq FROM execution`;

/** The payload of an event, wherever it lies. */
const PAYLOAD = 'coalesce(payload, (SELECT body FROM blob WHERE hash = payload_hash)) AS payload';

/** An activation, with the public id of its execution. */
const REF = '(SELECT execution_id FROM execution WHERE id = execution) AS execution_id, node, iteration, item';

export interface RefRow {
  execution_id: string;
  node: string;
  iteration: number;
  /** -1: the node itself. */
  item: number;
}

export interface LeasedRow extends RefRow {
  nonce: string | null;
  worker_id: string | null;
}

/** What the counted-cost tests read: statements that ran, commits that were fsynced. */
export interface StoreCounters {
  statements: number;
  commits: number;
}

export class Statements {
  readonly counters: StoreCounters = { statements: 0, commits: 0 };
  private readonly cache = new Map<string, Database.Statement>();
  /** At index n, the INSERT of n + 1 events. */
  private readonly insertEventRows: readonly Database.Statement[];
  private readonly beginTransaction: Database.Statement;
  private readonly commitTransaction: Database.Statement;

  constructor(private readonly database: Database.Database) {
    const row = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
    const insert = `INSERT INTO event (execution, seq, at_ms, kind, node, iteration, item, data, payload, payload_hash)
      VALUES `;
    this.insertEventRows = Array.from({ length: EVENTS_PER_INSERT }, (_, index) =>
      database.prepare(
        insert +
          Array<string>(index + 1)
            .fill(row)
            .join(', '),
      ),
    );
    this.beginTransaction = database.prepare('BEGIN IMMEDIATE');
    this.commitTransaction = database.prepare('COMMIT');
  }

  begin(): void {
    this.beginTransaction.run();
  }

  commit(): void {
    this.commitTransaction.run();
    this.counters.commits += 1;
  }

  rollback(): void {
    // SQLite itself rolls back on some errors, such as a full disk.
    if (this.database.inTransaction) this.database.exec('ROLLBACK');
  }

  /** Returns the id under which the other tables know this execution. */
  insertExecution(record: ExecutionRecord): number {
    const result = this.run(
      `INSERT INTO execution (execution_id, workflow_id, version_hash, status, created_at_ms, finished_at_ms,
         open_count, idempotency_key, request_hash, failed_node, error_code, error_message, purge_at_ms,
         concurrency_key, rerun_of, session, extra)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      executionRow(record),
    );
    return Number(result.lastInsertRowid);
  }

  updateExecution(execution: number, record: ExecutionRecord): void {
    this.run(
      `UPDATE execution SET status = ?, finished_at_ms = ?, open_count = ?, failed_node = ?, error_code = ?,
         error_message = ?, purge_at_ms = ?, extra = ? WHERE id = ?`,
      [
        record.status,
        record.finishedAtMs ?? null,
        record.open,
        record.failedNode ?? null,
        record.error?.code ?? null,
        record.error?.message ?? null,
        record.purgeAtMs ?? null,
        record.extra ? JSON.stringify(record.extra) : null,
        execution,
      ],
    );
  }

  putActivation(execution: number, record: ActivationRecord): void {
    this.run(
      `INSERT INTO activation (execution, node, iteration, item, status, version_hash, handler, attempt, failed, lost,
         ready_at_ms, nonce, worker_id, lease_ms, lease_expires_at_ms, deadline_at_ms, output_seq, priority, waits_for,
         detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (execution, node, iteration, item) DO UPDATE SET status = excluded.status, attempt = excluded.attempt,
         failed = excluded.failed, lost = excluded.lost, ready_at_ms = excluded.ready_at_ms, nonce = excluded.nonce,
         worker_id = excluded.worker_id, lease_ms = excluded.lease_ms,
         lease_expires_at_ms = excluded.lease_expires_at_ms, deadline_at_ms = excluded.deadline_at_ms,
         output_seq = excluded.output_seq, waits_for = excluded.waits_for, detail = excluded.detail`,
      activationRow(execution, record),
    );
  }

  putJoin(execution: number, record: JoinRecord): void {
    this.run(
      `INSERT INTO join_state (execution, target, edge_group, remaining, taken) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (execution, target, edge_group) DO UPDATE SET remaining = excluded.remaining, taken = excluded.taken`,
      [execution, record.target, record.group, record.remaining, record.taken],
    );
  }

  /** @param rows of `eventRow` */
  insertEvents(rows: readonly (readonly unknown[])[]): void {
    for (let index = 0; index < rows.length; index += EVENTS_PER_INSERT) {
      const chunk = rows.slice(index, index + EVENTS_PER_INSERT);
      this.counters.statements += 1;
      this.insertEventRows[chunk.length - 1]?.run(chunk.flat());
    }
  }

  findExecution(executionId: string): ExecutionRow | undefined {
    return this.get<ExecutionRow>(`${SELECT_EXECUTION} WHERE execution_id = ?`, executionId);
  }

  findExecutionByKey(idempotencyKey: string): string | undefined {
    const row = this.get<{ execution_id: string }>(
      'SELECT execution_id FROM execution WHERE idempotency_key = ?',
      idempotencyKey,
    );
    return row?.execution_id;
  }

  listActivations(execution: number): ActivationRow[] {
    return this.all<ActivationRow>('SELECT * FROM activation WHERE execution = ?', execution);
  }

  listJoins(execution: number): JoinRow[] {
    return this.all<JoinRow>('SELECT * FROM join_state WHERE execution = ?', execution);
  }

  findPayload(execution: number, seq: number): string | undefined {
    const row = this.get<{ payload: string | null }>(
      `SELECT ${PAYLOAD} FROM event WHERE execution = ? AND seq = ?`,
      execution,
      seq,
    );
    return row?.payload ?? undefined;
  }

  /** Reads them one by one, as they are asked for. */
  iterateEvents(execution: number, afterSeq: number, limit: number): IterableIterator<EventRow> {
    this.counters.statements += 1;
    const statement = this.prepare(
      `SELECT execution, seq, at_ms, kind, node, iteration, item, data, ${PAYLOAD} FROM event
       WHERE execution = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    return statement.iterate(execution, afterSeq, limit) as IterableIterator<EventRow>;
  }

  putBlob({ hash, size, body }: Blob): void {
    this.run('INSERT INTO blob (hash, size, body) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING', [hash, size, body]);
  }

  /** Those of them that no event names any more. */
  dropUnusedBlobs(hashes: Iterable<string>): void {
    for (const hash of hashes)
      this.run('DELETE FROM blob WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM event WHERE payload_hash = hash)', [
        hash,
      ]);
  }

  findReadyByHandler(handler: string, nowMs: number, limit: number): RefRow[] {
    return this.all<RefRow>(
      `SELECT ${REF} FROM activation
       WHERE status = 'READY' AND handler = ? AND ready_at_ms <= ? ORDER BY priority DESC, ready_at_ms LIMIT ?`,
      handler,
      nowMs,
      limit,
    );
  }

  findReadyByVersion(versionHash: string, nowMs: number, limit: number): RefRow[] {
    return this.all<RefRow>(
      `SELECT ${REF} FROM activation
       WHERE status = 'READY' AND version_hash = ? AND ready_at_ms <= ? ORDER BY priority DESC, ready_at_ms LIMIT ?`,
      versionHash,
      nowMs,
      limit,
    );
  }

  findExpired(nowMs: number, limit: number): LeasedRow[] {
    return this.all<LeasedRow>(
      `SELECT ${REF}, nonce, worker_id FROM activation
       WHERE status = 'LEASED' AND lease_expires_at_ms <= ? ORDER BY lease_expires_at_ms LIMIT ?`,
      nowMs,
      limit,
    );
  }

  /** Walks the leases that are out now, not the table: few, and only when a worker comes or goes. */
  findLeasedBy(workerId: string, limit: number): LeasedRow[] {
    return this.all<LeasedRow>(
      `SELECT ${REF}, nonce, worker_id FROM activation INDEXED BY activation_leased
       WHERE status = 'LEASED' AND worker_id = ? LIMIT ?`,
      workerId,
      limit,
    );
  }

  nextLeaseExpiry(): number | undefined {
    const row = this.get<{ at: number }>(
      `SELECT lease_expires_at_ms AS at FROM activation WHERE status = 'LEASED' ORDER BY lease_expires_at_ms LIMIT 1`,
    );
    return row?.at;
  }

  nextReadyAfter(nowMs: number): number | undefined {
    const row = this.get<{ at: number }>(
      `SELECT ready_at_ms AS at FROM activation WHERE status = 'READY' AND ready_at_ms > ? ORDER BY ready_at_ms LIMIT 1`,
      nowMs,
    );
    return row?.at;
  }

  findFired(nowMs: number, limit: number): RefRow[] {
    return this.all<RefRow>(
      `SELECT ${REF} FROM activation WHERE status = 'WAITING' AND ready_at_ms <= ? ORDER BY ready_at_ms LIMIT ?`,
      nowMs,
      limit,
    );
  }

  nextFiring(): number | undefined {
    const row = this.get<{ at: number }>(
      `SELECT ready_at_ms AS at FROM activation WHERE status = 'WAITING' AND ready_at_ms < ?
       ORDER BY ready_at_ms LIMIT 1`,
      NEVER_MS,
    );
    return row?.at;
  }

  run(sql: string, parameters: readonly unknown[]): Database.RunResult {
    this.counters.statements += 1;
    return this.prepare(sql).run(...parameters);
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names the row that the SQL returns
  get<Row>(sql: string, ...parameters: unknown[]): Row | undefined {
    this.counters.statements += 1;
    return this.prepare(sql).get(...parameters) as Row | undefined;
  }

  all<Row>(sql: string, ...parameters: unknown[]): Row[] {
    this.counters.statements += 1;
    return this.prepare(sql).all(...parameters) as Row[];
  }

  private prepare(sql: string): Database.Statement {
    let statement = this.cache.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.cache.set(sql, statement);
    }
    return statement;
  }
}

export function activationRef({ execution_id: executionId, node, iteration, item }: RefRow): ActivationRef {
  return { executionId, node, iteration, ...(item < 0 ? {} : { item }) };
}
