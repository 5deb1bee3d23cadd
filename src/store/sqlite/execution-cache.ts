/**
 * Executions in memory. SQLite has one server per file, so what was loaded once stays true: a running execution is read
 * from the file once, not once per command. States of a failed transaction are dropped and read again (S1).
 */
import { isClosed, type ExecutionRecord } from '../../core/execution.js';
import { nexumError } from '../../errors.js';
import { ExecutionRecords } from '../execution-records.js';
import { storeError } from './connection.js';
import { readActivation, readExecution, readJoin } from './rows.js';
import type { Statements } from './statements.js';

/** Running executions kept in memory; more are read again when their turn comes. About 2 KB each without payloads. */
const MAX_EXECUTIONS = 20_000;

/** What may change of the row; the others change with one of these. */
const COLUMNS = ['status', 'open', 'extra', 'finishedAtMs', 'error'] as const;

export class CachedExecution extends ExecutionRecords {
  /** The record as the table has it. */
  private stored: ExecutionRecord | undefined;
  private id: number | undefined;

  constructor(
    private readonly statements: Statements,
    executionId: string,
  ) {
    super(executionId);
  }

  read(): void {
    const row = this.statements.findExecution(this.executionId);
    if (!row) return;
    this.id = row.id;
    this.execution = readExecution(row);
    this.stored = this.execution;
    const { executionId, statements } = this;
    for (const activation of statements.listActivations(row.id))
      this.putActivation(readActivation(executionId, activation));
    for (const join of statements.listJoins(row.id)) this.putJoin(readJoin(executionId, join));
  }

  /** Writes the execution's row if it is new or would differ. */
  writeRow(record: ExecutionRecord): void {
    const { stored } = this;
    if (this.id === undefined) this.id = this.statements.insertExecution(record);
    else if (!stored || COLUMNS.some((column) => stored[column] !== record[column]))
      this.statements.updateExecution(this.id, record);
    this.stored = record;
  }

  /** The id under which the tables know this execution. */
  get rowId(): number {
    if (this.id === undefined) throw nexumError('INTERNAL', `${this.executionId} has no row yet`);
    return this.id;
  }

  /** At once: SQLite reads in this thread anyway. */
  protected readPayload(seq: number): string {
    let payload: string | undefined;
    try {
      payload = this.statements.findPayload(this.rowId, seq);
    } catch (error) {
      throw storeError(error) ?? error;
    }
    if (payload === undefined) {
      throw nexumError('STORE_BROKEN', `the payload of event ${seq} of ${this.executionId} is not in the database`);
    }
    return payload;
  }

  /** One by one, when they are asked for. */
  protected readPayloads(): void {
    return undefined;
  }
}

export class ExecutionCache {
  /** In order of last use: a Map iterates in insertion order, and a hit is inserted again. */
  private readonly entries = new Map<string, CachedExecution>();

  constructor(
    private readonly statements: Statements,
    private readonly maxExecutions = MAX_EXECUTIONS,
  ) {}

  get(executionId: string): CachedExecution {
    const hit = this.entries.get(executionId);
    if (hit) {
      this.entries.delete(executionId);
      this.entries.set(executionId, hit);
      return hit;
    }
    const entry = this.create(executionId);
    entry.read();
    return entry;
  }

  create(executionId: string): CachedExecution {
    const entry = new CachedExecution(this.statements, executionId);
    this.entries.set(executionId, entry);
    return entry;
  }

  drop(executionId: string): void {
    this.entries.delete(executionId);
  }

  /** After a commit: closed and unknown executions leave, then the least recently used ones over the limit. */
  settle(used: Iterable<CachedExecution>): void {
    for (const entry of used) {
      entry.forgetTransient();
      if (!entry.execution || isClosed(entry.execution.status)) this.entries.delete(entry.executionId);
    }
    for (const executionId of this.entries.keys()) {
      if (this.entries.size <= this.maxExecutions) return;
      this.entries.delete(executionId);
    }
  }
}
