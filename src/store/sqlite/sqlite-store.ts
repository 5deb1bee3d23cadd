/** The store port on one SQLite file. Synchronous underneath: nothing else runs in this thread during a transaction. */
import type Database from 'better-sqlite3';
import type { ActivationRecord, ExecutionRecord, WaitsFor } from '../../core/execution.js';
import { errorMessage, nexumError } from '../../errors.js';
import type { ExecutionEvent } from '../../core/event.js';
import { takePage } from '../event-page.js';
import type {
  ActivationRef,
  CallFilter,
  DueTimes,
  ExecutionFilter,
  LeasedRef,
  OutboxRef,
  Purged,
  PurgeFilter,
  ScheduleRecord,
  Store,
  StoredCall,
  StoredSession,
  StoreGauges,
  StoreTransaction,
  TimedSchedule,
  WaitingRef,
  WorkflowQuery,
  WorkflowRecord,
} from '../store.js';
import { listCalls, listSessions } from './call-table.js';
import { attempt, openDatabase, sqliteVersion, storeError } from './connection.js';
import { ExecutionCache } from './execution-cache.js';
import { readGauges } from './gauges.js';
import { readActivation, readEvent, readExecution } from './rows.js';
import { activationRef, Statements, type StoreCounters } from './statements.js';
import { findDueSchedules, listSchedules, nextSchedule, updateSchedule } from './schedule-table.js';
import { SqliteTransaction } from './transaction.js';
import { findWaiting, listOutbox, listReruns } from './waiting-table.js';
import { WorkflowTable } from './workflow-table.js';
import { listExecutions } from './execution-list.js';

export interface SqliteOptions {
  /** Quota of the database file in pages of 4 KiB; beyond it writes answer STORE_FULL, as on a full disk. */
  readonly maxPages?: number;
  /** Running executions kept in memory; more are read again when their turn comes. */
  readonly maxCachedExecutions?: number;
}

export class SqliteStore implements Store {
  readonly description: string;
  private readonly database: Database.Database;
  private readonly statements: Statements;
  private readonly cache: ExecutionCache;
  private readonly workflows: WorkflowTable;
  private busy = false;

  /** @throws NexumError STORE_LOCKED, STORE_VERSION, STORE_BROKEN (see `openDatabase`) */
  constructor(file: string, options: SqliteOptions = {}) {
    this.database = openDatabase(file);
    if (options.maxPages !== undefined) this.setQuota(options.maxPages);
    this.description = `sqlite ${sqliteVersion(this.database)}`;
    this.statements = new Statements(this.database);
    this.cache = new ExecutionCache(this.statements, options.maxCachedExecutions);
    this.workflows = new WorkflowTable(this.statements);
  }

  get counters(): Readonly<StoreCounters> {
    return this.statements.counters;
  }

  /** Sets the quota of the file (`SqliteOptions.maxPages`); never below what the file already takes. */
  setQuota(maxPages: number): void {
    this.database.pragma(`max_page_count = ${maxPages}`);
  }

  /** One at a time: the engine awaits each batch before it begins the next. */
  transact<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    return this.run(work);
  }

  purge(filter: PurgeFilter): Promise<Purged> {
    return this.run((transaction) => transaction.purge(filter));
  }

  forgetCalls(executionIds: readonly string[]): Promise<readonly string[]> {
    return this.run((transaction) => transaction.forgetCalls(executionIds));
  }

  listCalls(filter: CallFilter): Promise<readonly StoredCall[]> {
    return attempt(() => listCalls(this.statements, filter));
  }

  listSessions(afterSession: string, limit: number): Promise<readonly StoredSession[]> {
    return attempt(() => listSessions(this.statements, afterSession, limit));
  }

  private async run<T>(work: (transaction: SqliteTransaction) => Promise<T>): Promise<T> {
    if (this.busy) throw nexumError('INTERNAL', 'two transactions at once on one SQLite file');
    this.busy = true;
    const transaction = new SqliteTransaction(this.statements, this.cache);
    try {
      const result = await work(transaction);
      transaction.commit();
      return result;
    } catch (error) {
      undo(transaction);
      throw storeError(error) ?? error;
    } finally {
      this.busy = false;
    }
  }

  putWorkflow(
    workflow: Omit<WorkflowRecord, 'ordinal'>,
    schedules: readonly TimedSchedule[] = [],
  ): Promise<{ record: WorkflowRecord; created: boolean }> {
    return attempt(() => this.workflows.put(workflow, schedules));
  }

  findWorkflow(by: WorkflowQuery): Promise<WorkflowRecord | undefined> {
    return attempt(() => this.workflows.find(by));
  }

  listWorkflows(workflowId?: string): Promise<readonly (WorkflowRecord & { activeExecutions: number })[]> {
    return attempt(() => this.workflows.list(workflowId));
  }

  findExecution(executionId: string): Promise<ExecutionRecord | undefined> {
    return attempt(() => {
      const row = this.statements.findExecution(executionId);
      return row && readExecution(row);
    });
  }

  listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionRecord[]> {
    return attempt(() => listExecutions(this.statements, filter));
  }

  listEvents(executionId: string, afterSeq: number, limit: number): Promise<readonly ExecutionEvent[]> {
    return attempt(() => {
      const execution = this.statements.findExecution(executionId);
      if (!execution) return [];
      const rows = this.statements.iterateEvents(execution.id, afterSeq, limit);
      return takePage(rows, (row) => readEvent(executionId, row));
    });
  }

  listActivations(executionId: string): Promise<readonly ActivationRecord[]> {
    return attempt(() => {
      const execution = this.statements.findExecution(executionId);
      if (!execution) return [];
      return this.statements.listActivations(execution.id).map((row) => readActivation(executionId, row));
    });
  }

  findLeased(by: { expiredAtMs: number } | { workerId: string }, limit: number): Promise<readonly LeasedRef[]> {
    return attempt(() => {
      const rows =
        'workerId' in by
          ? this.statements.findLeasedBy(by.workerId, limit)
          : this.statements.findExpired(by.expiredAtMs, limit);
      return rows.map((row) => ({ ...activationRef(row), nonce: row.nonce ?? '', workerId: row.worker_id ?? '' }));
    });
  }

  findFired(nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    return attempt(() => this.statements.findFired(nowMs, limit).map(activationRef));
  }

  findWaiting(waitsFor: WaitsFor, limit: number): Promise<readonly WaitingRef[]> {
    return attempt(() => findWaiting(this.statements, waitsFor, limit));
  }

  listOutbox(beforeMs: number, limit: number): Promise<readonly OutboxRef[]> {
    return attempt(() => listOutbox(this.statements, beforeMs, limit));
  }

  listReruns(executionId: string): Promise<readonly string[]> {
    return attempt(() => listReruns(this.statements, executionId));
  }

  nextDue(nowMs: number): Promise<DueTimes> {
    return attempt(() => {
      const leaseExpiresAtMs = this.statements.nextLeaseExpiry();
      const readyAtMs = this.statements.nextReadyAfter(nowMs);
      const firesAtMs = this.statements.nextFiring();
      const scheduledAtMs = nextSchedule(this.statements);
      return {
        ...(scheduledAtMs === undefined ? {} : { scheduledAtMs }),
        ...(firesAtMs === undefined ? {} : { firesAtMs }),
        ...(leaseExpiresAtMs === undefined ? {} : { leaseExpiresAtMs }),
        ...(readyAtMs === undefined ? {} : { readyAtMs }),
      };
    });
  }

  listSchedules(workflowId?: string): Promise<readonly ScheduleRecord[]> {
    return attempt(() => listSchedules(this.statements, workflowId));
  }

  findDueSchedules(nowMs: number, limit: number): Promise<readonly ScheduleRecord[]> {
    return attempt(() => findDueSchedules(this.statements, nowMs, limit));
  }

  updateSchedule(before: ScheduleRecord, after: ScheduleRecord): Promise<boolean> {
    return attempt(() => updateSchedule(this.statements, before, after));
  }

  gauges(nowMs: number): Promise<StoreGauges> {
    return attempt(() => readGauges(this.statements, nowMs));
  }

  close(): Promise<void> {
    return attempt(() => {
      this.database.close();
    });
  }
}

/** A rollback that fails leaves the connection in a state that nobody knows. */
function undo(transaction: SqliteTransaction): void {
  try {
    transaction.rollback();
  } catch (error) {
    throw storeError(error) ?? nexumError('STORE_BROKEN', `the rollback failed: ${errorMessage(error)}`, {}, error);
  }
}
