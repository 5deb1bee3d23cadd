/** Every SQL statement of the SQLite store, one function each; the function is the verb. No statement scans or sorts. */
import type Database from 'better-sqlite3';
import type { ActivationRecord, ExecutionRecord, JoinRecord } from '../../core/execution.js';
import type { ExecutionEvent } from '../../core/event.js';
import {
  activationRow,
  eventRow,
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
  (SELECT max(seq) FROM event WHERE event.execution_id = execution.execution_id) AS last_seq FROM execution`;

/** What the counted-cost tests read: statements that ran, commits that were fsynced. */
export interface StoreCounters {
  statements: number;
  commits: number;
}

export class Statements {
  readonly counters: StoreCounters = { statements: 0, commits: 0 };
  private readonly cache = new Map<string, Database.Statement>();
  private readonly insertEventRows: Database.Statement;
  private readonly insertEventRow: Database.Statement;

  constructor(private readonly database: Database.Database) {
    const row = '(?, ?, ?, ?, ?, ?, ?, ?)';
    const insert = 'INSERT INTO event (execution_id, seq, at_ms, kind, node, iteration, data, payload) VALUES ';
    this.insertEventRow = database.prepare(insert + row);
    this.insertEventRows = database.prepare(insert + Array<string>(EVENTS_PER_INSERT).fill(row).join(', '));
  }

  begin(): void {
    this.database.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.database.exec('COMMIT');
    this.counters.commits += 1;
  }

  rollback(): void {
    // SQLite itself rolls back on some errors, such as a full disk.
    if (this.database.inTransaction) this.database.exec('ROLLBACK');
  }

  putExecution(record: ExecutionRecord): void {
    this.run(
      `INSERT INTO execution (execution_id, workflow_id, version_hash, status, created_at_ms, finished_at_ms,
         open_count, idempotency_key, request_hash, failed_node, error_code, error_message)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (execution_id) DO UPDATE SET status = excluded.status, finished_at_ms = excluded.finished_at_ms,
         open_count = excluded.open_count, failed_node = excluded.failed_node,
         error_code = excluded.error_code, error_message = excluded.error_message`,
      executionRow(record),
    );
  }

  putActivation(record: ActivationRecord): void {
    this.run(
      `INSERT INTO activation (execution_id, node, iteration, status, version_hash, handler, attempt, failed, lost,
         ready_at_ms, nonce, worker_id, lease_ms, lease_expires_at_ms, deadline_at_ms, output_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (execution_id, node, iteration) DO UPDATE SET status = excluded.status, attempt = excluded.attempt,
         failed = excluded.failed, lost = excluded.lost, ready_at_ms = excluded.ready_at_ms, nonce = excluded.nonce,
         worker_id = excluded.worker_id, lease_ms = excluded.lease_ms,
         lease_expires_at_ms = excluded.lease_expires_at_ms, deadline_at_ms = excluded.deadline_at_ms,
         output_seq = excluded.output_seq`,
      activationRow(record),
    );
  }

  putJoin(record: JoinRecord): void {
    this.run(
      `INSERT INTO join_state (execution_id, target, edge_group, remaining, taken) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (execution_id, target, edge_group) DO UPDATE SET remaining = excluded.remaining, taken = excluded.taken`,
      [record.executionId, record.target, record.group, record.remaining, record.taken],
    );
  }

  insertEvents(events: readonly ExecutionEvent[]): void {
    let index = 0;
    for (; index + EVENTS_PER_INSERT <= events.length; index += EVENTS_PER_INSERT) {
      this.counters.statements += 1;
      this.insertEventRows.run(events.slice(index, index + EVENTS_PER_INSERT).flatMap(eventRow));
    }
    for (const event of events.slice(index)) {
      this.counters.statements += 1;
      this.insertEventRow.run(eventRow(event));
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

  listActivations(executionId: string): ActivationRow[] {
    return this.all<ActivationRow>('SELECT * FROM activation WHERE execution_id = ?', executionId);
  }

  listJoins(executionId: string): JoinRow[] {
    return this.all<JoinRow>('SELECT * FROM join_state WHERE execution_id = ?', executionId);
  }

  findPayload(executionId: string, seq: number): string | undefined {
    const row = this.get<{ payload: string | null }>('SELECT payload FROM event WHERE execution_id = ? AND seq = ?', executionId, seq);
    return row?.payload ?? undefined;
  }

  listEvents(executionId: string, afterSeq: number, limit: number): EventRow[] {
    return this.all<EventRow>(
      'SELECT * FROM event WHERE execution_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      executionId,
      afterSeq,
      limit,
    );
  }

  findReadyByHandler(handler: string, nowMs: number, limit: number): ActivationRow[] {
    return this.all<ActivationRow>(
      `SELECT execution_id, node, iteration FROM activation
       WHERE status = 'READY' AND handler = ? AND ready_at_ms <= ? ORDER BY ready_at_ms LIMIT ?`,
      handler,
      nowMs,
      limit,
    );
  }

  findReadyByVersion(versionHash: string, nowMs: number, limit: number): ActivationRow[] {
    return this.all<ActivationRow>(
      `SELECT execution_id, node, iteration FROM activation
       WHERE status = 'READY' AND version_hash = ? AND ready_at_ms <= ? ORDER BY ready_at_ms LIMIT ?`,
      versionHash,
      nowMs,
      limit,
    );
  }

  findExpired(nowMs: number, limit: number): ActivationRow[] {
    return this.all<ActivationRow>(
      `SELECT execution_id, node, iteration, nonce, worker_id FROM activation
       WHERE status = 'LEASED' AND lease_expires_at_ms <= ? ORDER BY lease_expires_at_ms LIMIT ?`,
      nowMs,
      limit,
    );
  }

  /** Walks the leases that are out now, not the table: few, and only when a worker comes or goes. */
  findLeasedBy(workerId: string, limit: number): ActivationRow[] {
    return this.all<ActivationRow>(
      `SELECT execution_id, node, iteration, nonce, worker_id FROM activation INDEXED BY activation_leased
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

  run(sql: string, parameters: readonly unknown[]): Database.RunResult {
    this.counters.statements += 1;
    return this.prepare(sql).run(...parameters);
  }

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
