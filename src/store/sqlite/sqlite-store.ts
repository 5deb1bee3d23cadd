/** The store port on one SQLite file. Synchronous underneath: nothing else runs in this thread during a transaction. */
import type Database from 'better-sqlite3';
import type { ActivationRecord, ExecutionRecord, JoinRecord } from '../../core/execution.js';
import { activationKey } from '../../core/execution.js';
import { errorMessage, nexumError } from '../../errors.js';
import type { ExecutionEvent } from '../../core/event.js';
import type { Changes } from '../../core/transition.js';
import type {
  ActivationRef,
  ExecutionFilter,
  LeasedRef,
  ReadyFilter,
  Store,
  StoredExecution,
  StoreTransaction,
  WorkflowRecord,
} from '../store.js';
import { openDatabase, sqliteVersion, storeError } from './connection.js';
import { ExecutionCache, type CachedExecution } from './execution-cache.js';
import { readActivation, readEvent, readExecution, type ActivationRow } from './rows.js';
import { Statements, type StoreCounters } from './statements.js';
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
  async transact<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
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

  putWorkflow(workflow: Omit<WorkflowRecord, 'ordinal'>): Promise<{ record: WorkflowRecord; created: boolean }> {
    return attempt(() => this.workflows.put(workflow));
  }

  findWorkflow(by: { versionHash?: string; workflowId?: string }): Promise<WorkflowRecord | undefined> {
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
    return attempt(() => this.statements.listEvents(executionId, afterSeq, limit).map(readEvent));
  }

  listActivations(executionId: string): Promise<readonly ActivationRecord[]> {
    return attempt(() => this.statements.listActivations(executionId).map(readActivation));
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

  nextDue(nowMs: number): Promise<{ leaseExpiresAtMs?: number; readyAtMs?: number }> {
    return attempt(() => {
      const leaseExpiresAtMs = this.statements.nextLeaseExpiry();
      const readyAtMs = this.statements.nextReadyAfter(nowMs);
      return {
        ...(leaseExpiresAtMs === undefined ? {} : { leaseExpiresAtMs }),
        ...(readyAtMs === undefined ? {} : { readyAtMs }),
      };
    });
  }

  close(): Promise<void> {
    return attempt(() => {
      this.database.close();
    });
  }
}

class SqliteTransaction implements StoreTransaction {
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

  /** BEGIN waits until there is something to write: a batch that changes nothing costs no commit. */
  apply(changes: readonly Changes[]): Promise<void> {
    return attempt(() => {
      const executions = new Map<string, ExecutionRecord>();
      const activations = new Map<string, ActivationRecord>();
      const joins = new Map<string, JoinRecord>();
      const events: ExecutionEvent[] = [];
      for (const change of changes) {
        if (change.execution) executions.set(change.execution.executionId, change.execution);
        for (const record of change.activations) {
          activations.set(`${record.executionId}\n${activationKey(record.node, record.iteration)}`, record);
        }
        for (const record of change.joins) joins.set(`${record.executionId}\n${record.target}\n${record.group}`, record);
        events.push(...change.events);
      }
      if (executions.size + activations.size + events.length === 0) return;
      this.begin();
      for (const record of executions.values()) {
        if (this.loaded.get(record.executionId)?.isStale(record) !== false) this.statements.putExecution(record);
      }
      for (const record of activations.values()) this.statements.putActivation(record);
      for (const record of joins.values()) this.statements.putJoin(record);
      this.statements.insertEvents(events);
    });
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

/** A rollback that fails leaves the connection in a state that nobody knows. */
function undo(transaction: SqliteTransaction): void {
  try {
    transaction.rollback();
  } catch (error) {
    throw storeError(error) ?? nexumError('STORE_BROKEN', `the rollback failed: ${errorMessage(error)}`, {}, error);
  }
}

function activationRef(row: ActivationRow): ActivationRef {
  return { executionId: row.execution_id, node: row.node, iteration: row.iteration };
}

/** Runs synchronous work behind the asynchronous port, with SQLite's errors translated. */
async function attempt<T>(work: () => T): Promise<T> {
  try {
    return await Promise.resolve(work());
  } catch (error) {
    throw storeError(error) ?? error;
  }
}
