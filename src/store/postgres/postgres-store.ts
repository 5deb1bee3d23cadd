/**
 * The store port on PostgreSQL 14 or newer, for any number of servers: two connections for batches (the second one for
 * what must not wait, such as heartbeats), one that listens, and a small pool for everything that is only read.
 */
import { randomUUID } from 'node:crypto';
import type { ActivationRecord, ExecutionRecord, WaitsFor } from '../../core/execution.js';
import type { ExecutionEvent } from '../../core/event.js';
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
import * as calls from './call-queries.js';
import { Connection, connectWithin } from './connection.js';
import { findRefusal, storeError } from './database-error.js';
import { ExecutionCache } from './execution-cache.js';
import { Lane } from './lane.js';
import { checkSchema, migrate } from './migrations.js';
import { PostgresPeers } from './postgres-peers.js';
import * as queries from './queries.js';
import * as waiting from './waiting-queries.js';
import { ReadPool } from './read-pool.js';
import * as schedules from './schedule-table.js';
import { SharedClock } from './shared-clock.js';
import { WorkflowTable } from './workflow-table.js';

/** How long a start waits for a database that is not there yet; in milliseconds. */
const START_PATIENCE_MS = 10_000;

export interface PostgresOptions {
  /** Running executions kept in memory; more are read again when their turn comes. */
  readonly maxCachedExecutions?: number;
  /** False: takes the schema as it is, and refuses a database without one. */
  readonly migrate?: boolean;
}

export class PostgresStore implements Store {
  readonly peers: PostgresPeers;
  private readonly closing = new AbortController();
  private readonly pool: ReadPool;
  private readonly workflows: WorkflowTable;
  private readonly lane: Lane;
  private readonly urgentLane: Lane;

  private constructor(
    url: string,
    readonly description: string,
    options: PostgresOptions,
  ) {
    const closing = this.closing.signal;
    const serverId = randomUUID();
    const clock = new SharedClock();
    this.pool = new ReadPool(url, closing);
    this.workflows = new WorkflowTable(this.pool);
    this.peers = new PostgresPeers({ url, serverId, pool: this.pool, clock, closing });
    const cache = new ExecutionCache(options.maxCachedExecutions);
    const laneOptions = { url, serverId, cache, nowMs: () => clock.nowMs(), closing };
    this.lane = new Lane(laneOptions);
    this.urgentLane = new Lane(laneOptions);
  }

  /**
   * Connects, and brings the schema up to date.
   * @param url `postgres://user:password@host:port/database?sslmode=...`
   * @throws NexumError STORE_UNAVAILABLE when no database answers within 10 s; DATABASE_REFUSED, STORE_VERSION
   */
  static async open(url: string, options: PostgresOptions = {}): Promise<PostgresStore> {
    let version: string;
    try {
      version = await prepareSchema(url, options.migrate ?? true);
    } catch (error) {
      throw findRefusal(error) ?? storeError(error);
    }
    const store = new PostgresStore(url, `postgresql ${version}`, options);
    try {
      await store.peers.start();
      // So that the other servers see this one, and the first batch need not wait for a connection.
      await Promise.all([store.lane, store.urgentLane].map((lane) => lane.transact(() => Promise.resolve())));
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get counters(): { statements: number; commits: number } {
    const { lane, urgentLane, pool } = this;
    return {
      statements: lane.statements + urgentLane.statements + pool.statements,
      commits: lane.commits + urgentLane.commits,
    };
  }

  transact<T>(
    work: (transaction: StoreTransaction) => Promise<T>,
    { urgent = false }: { readonly urgent?: boolean } = {},
  ): Promise<T> {
    return (urgent ? this.urgentLane : this.lane).transact(work);
  }

  /** Beside the batches: these do not wait for it. */
  purge(filter: PurgeFilter): Promise<Purged> {
    return this.urgentLane.transact((transaction) => transaction.purge(filter));
  }

  forgetCalls(executionIds: readonly string[]): Promise<readonly string[]> {
    return this.urgentLane.transact((transaction) => transaction.forgetCalls(executionIds));
  }

  listCalls(filter: CallFilter): Promise<readonly StoredCall[]> {
    return calls.listCalls(this.pool, filter);
  }

  listSessions(afterSession: string, limit: number): Promise<readonly StoredSession[]> {
    return calls.listSessions(this.pool, afterSession, limit);
  }

  putWorkflow(
    workflow: Omit<WorkflowRecord, 'ordinal'>,
    named: readonly TimedSchedule[] = [],
  ): Promise<{ record: WorkflowRecord; created: boolean }> {
    return this.workflows.put(workflow, named);
  }

  findWorkflow(by: WorkflowQuery): Promise<WorkflowRecord | undefined> {
    return this.workflows.find(by);
  }

  listWorkflows(workflowId?: string): Promise<readonly (WorkflowRecord & { activeExecutions: number })[]> {
    return this.workflows.list(workflowId);
  }

  findExecution(executionId: string): Promise<ExecutionRecord | undefined> {
    return queries.findExecution(this.pool, executionId);
  }

  listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionRecord[]> {
    return queries.listExecutions(this.pool, filter);
  }

  listEvents(executionId: string, afterSeq: number, limit: number): Promise<readonly ExecutionEvent[]> {
    return queries.listEvents(this.pool, executionId, afterSeq, limit);
  }

  listActivations(executionId: string): Promise<readonly ActivationRecord[]> {
    return queries.listActivations(this.pool, executionId);
  }

  findLeased(by: { expiredAtMs: number } | { workerId: string }, limit: number): Promise<readonly LeasedRef[]> {
    return queries.findLeased(this.pool, by, limit);
  }

  findFired(nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    return waiting.findFired(this.pool, nowMs, limit);
  }

  findWaiting(waitsFor: WaitsFor, limit: number): Promise<readonly WaitingRef[]> {
    return waiting.findWaiting(this.pool, waitsFor, limit);
  }

  listOutbox(beforeMs: number, limit: number): Promise<readonly OutboxRef[]> {
    return waiting.listOutbox(this.pool, beforeMs, limit);
  }

  listReruns(executionId: string): Promise<readonly string[]> {
    return waiting.listReruns(this.pool, executionId);
  }

  nextDue(nowMs: number): Promise<DueTimes> {
    return queries.nextDue(this.pool, nowMs);
  }

  listSchedules(workflowId?: string): Promise<readonly ScheduleRecord[]> {
    return schedules.listSchedules(this.pool, workflowId);
  }

  findDueSchedules(nowMs: number, limit: number): Promise<readonly ScheduleRecord[]> {
    return schedules.findDueSchedules(this.pool, nowMs, limit);
  }

  updateSchedule(before: ScheduleRecord, after: ScheduleRecord): Promise<boolean> {
    return schedules.updateSchedule(this.pool, before, after);
  }

  gauges(nowMs: number): Promise<StoreGauges> {
    return queries.readGauges(this.pool, nowMs);
  }

  /** Lets batches under way end; those that wait for a database that is away are given up. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.peers.close();
    await Promise.all([this.lane.close(), this.urgentLane.close()]);
    await this.pool.close();
  }
}

async function prepareSchema(url: string, migrates: boolean): Promise<string> {
  const patience = new AbortController();
  const untilMs = performance.now() + START_PATIENCE_MS;
  const connection = await connectWithin(() => openOrRefuse(url), untilMs, patience.signal);
  try {
    return await (migrates ? migrate(connection) : checkSchema(connection));
  } finally {
    await connection.close();
  }
}

/** A wrong password is not tried again. */
async function openOrRefuse(url: string): Promise<Connection> {
  try {
    return await Connection.open(url, { hot: false, patient: true });
  } catch (error) {
    throw findRefusal(error) ?? error;
  }
}
