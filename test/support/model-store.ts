/**
 * The store port on plain maps: the reference that other stores are compared with. No index, no cache, no order kept on
 * the side; every search walks everything. A transaction works on a copy of all data, which replaces it at the end (S1).
 * Data outlives a store (S2), transactions run one after the other (S3).
 */
import type { ExecutionEvent } from '../../src/core/event.js';
import {
  NEVER_MS,
  refOf,
  type ActivationRecord,
  type ExecutionRecord,
  type WaitsFor,
} from '../../src/core/execution.js';
import { INTERNAL_PREFIX } from '../../src/core/ids.js';
import type { Changes } from '../../src/core/transition.js';
import type {
  CountByKind,
  StoreGauges,
  ActivationRef,
  CallFilter,
  ConcurrentRef,
  DueTimes,
  ExecutionFilter,
  LeasedRef,
  OutboxRef,
  Purged,
  PurgeFilter,
  ReadyFilter,
  ScheduleRecord,
  Store,
  StoredCall,
  StoredExecution,
  StoredSession,
  StoreTransaction,
  TimedSchedule,
  WaitingRef,
  WorkflowQuery,
  WorkflowRecord,
} from '../../src/store/store.js';
import { NOTHING_WAITS } from '../../src/store/store.js';
import { takePage } from '../../src/store/event-page.js';
import { Entry } from './model-entry.js';
import { forgetModelCalls, listModelCalls, listModelSessions } from './model-calls.js';
import { purgeModel } from './model-purge.js';
import { ModelSchedules } from './model-schedules.js';

/** These hold or want a slot of their concurrency key. */
const ACTIVE = new Set<string>(['WAITING', 'RUNNING', 'PAUSED']);

/** What lies on the disk: a store that is opened on the same data goes on with it. */
export class ModelData {
  /** In order of creation. */
  executions = new Map<string, Entry>();
  readonly workflows: WorkflowRecord[] = [];
  readonly schedules = new ModelSchedules();
}

export class ModelStore implements Store {
  readonly description = 'model';
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly data = new ModelData()) {}

  transact<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const result = this.last.then(async () => {
      const transaction = new ModelTransaction(this.data.executions);
      const value = await work(transaction);
      this.data.executions = transaction.committed();
      return value;
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  putWorkflow(
    workflow: Omit<WorkflowRecord, 'ordinal'>,
    schedules: readonly TimedSchedule[] = [],
  ): Promise<{ record: WorkflowRecord; created: boolean }> {
    const { workflowId, versionHash } = workflow;
    const existing = this.data.workflows.find(
      (one) => one.workflowId === workflowId && one.versionHash === versionHash,
    );
    if (existing) return Promise.resolve({ record: existing, created: false });
    const record = { ...workflow, ordinal: this.data.workflows.length + 1 };
    this.data.workflows.push(record);
    this.data.schedules.replace(workflowId, schedules);
    return Promise.resolve({ record, created: true });
  }

  findWorkflow({
    versionHash,
    workflowId,
    beforeOrdinal = Infinity,
  }: WorkflowQuery): Promise<WorkflowRecord | undefined> {
    const found = this.data.workflows.filter(
      (one) =>
        (versionHash === undefined || one.versionHash === versionHash) &&
        (workflowId === undefined || one.workflowId === workflowId) &&
        (versionHash !== undefined || one.ordinal < beforeOrdinal),
    );
    return Promise.resolve(versionHash === undefined ? found.at(-1) : found[0]);
  }

  listWorkflows(workflowId?: string): Promise<readonly (WorkflowRecord & { activeExecutions: number })[]> {
    const active = this.executions().filter(({ status }) => ACTIVE.has(status));
    const found = this.data.workflows
      .filter((one) => workflowId === undefined || one.workflowId === workflowId)
      .map((one) => ({
        ...one,
        activeExecutions: active.filter(
          (run) => run.workflowId === one.workflowId && run.versionHash === one.versionHash,
        ).length,
      }));
    return Promise.resolve(found.reverse());
  }

  findExecution(executionId: string): Promise<ExecutionRecord | undefined> {
    return Promise.resolve(this.data.executions.get(executionId)?.execution);
  }

  listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionRecord[]> {
    const { workflowId, status, excludePrefix, beforeExecutionId, labels = {}, limit } = filter;
    const newestFirst = this.executions().reverse();
    const found = newestFirst
      .slice(newestFirst.findIndex((one) => one.executionId === beforeExecutionId) + 1)
      .filter((one) => workflowId === undefined || one.workflowId === workflowId)
      .filter((one) => status === undefined || one.status === status)
      .filter((one) => excludePrefix === undefined || !one.workflowId.startsWith(excludePrefix))
      .filter(({ extra }) => Object.entries(labels).every(([name, value]) => extra?.labels?.[name] === value));
    return Promise.resolve(found.slice(0, limit));
  }

  listEvents(executionId: string, afterSeq: number, limit: number): Promise<readonly ExecutionEvent[]> {
    const events = this.data.executions.get(executionId)?.events ?? [];
    return Promise.resolve(takePage(events.filter(({ seq }) => seq > afterSeq).slice(0, limit), (event) => event));
  }

  listActivations(executionId: string): Promise<readonly ActivationRecord[]> {
    return Promise.resolve([...(this.data.executions.get(executionId)?.activations() ?? [])]);
  }

  findLeased(by: { expiredAtMs: number } | { workerId: string }, limit: number): Promise<readonly LeasedRef[]> {
    const leased = this.leased()
      .filter((record) => ('workerId' in by ? record.workerId === by.workerId : expiryOf(record) <= by.expiredAtMs))
      .map((record) => ({ ...globalRef(record), nonce: record.nonce ?? '', workerId: record.workerId ?? '' }));
    return Promise.resolve(leased.slice(0, limit));
  }

  findFired(nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    const fired = this.waiting().filter(({ readyAtMs }) => readyAtMs <= nowMs);
    return Promise.resolve(fired.slice(0, limit).map(globalRef));
  }

  findWaiting(waitsFor: WaitsFor, limit: number): Promise<readonly WaitingRef[]> {
    const found = [...this.data.executions.values()].flatMap(({ execution, records }) =>
      [...records.values()]
        .filter((record) => record.status === 'WAITING' && record.waitsFor === waitsFor)
        .map((record) => ({
          ...globalRef(record),
          workflowId: execution?.workflowId ?? '',
          versionHash: execution?.versionHash ?? '',
        })),
    );
    return Promise.resolve(found.slice(0, limit));
  }

  listOutbox(beforeMs: number, limit: number): Promise<readonly OutboxRef[]> {
    const events = [...this.data.executions.values()].flatMap(({ outbox, events: all }) =>
      all.filter(({ seq, atMs }) => outbox.has(seq) && atMs <= beforeMs),
    );
    const oldestFirst = events.sort((a, b) => a.atMs - b.atMs);
    return Promise.resolve(oldestFirst.slice(0, limit).map(({ executionId, seq }) => ({ executionId, seq })));
  }

  listReruns(executionId: string): Promise<readonly string[]> {
    const reruns = this.executions().filter(({ extra }) => extra?.rerunOf === executionId);
    return Promise.resolve(reruns.map((one) => one.executionId));
  }

  nextDue(nowMs: number): Promise<DueTimes> {
    const [lease] = this.leased();
    const [fires] = this.waiting();
    const later = allRecords(this.data.executions)
      .filter(({ status, readyAtMs }) => status === 'READY' && readyAtMs > nowMs)
      .map(({ readyAtMs }) => readyAtMs);
    const [scheduled] = this.data.schedules.due(Infinity);
    return Promise.resolve({
      ...(scheduled?.nextAtMs === undefined ? {} : { scheduledAtMs: scheduled.nextAtMs }),
      ...(lease ? { leaseExpiresAtMs: expiryOf(lease) } : {}),
      ...(later.length > 0 ? { readyAtMs: Math.min(...later) } : {}),
      ...(fires && fires.readyAtMs < NEVER_MS ? { firesAtMs: fires.readyAtMs } : {}),
    });
  }

  listCalls(filter: CallFilter): Promise<readonly StoredCall[]> {
    return Promise.resolve(listModelCalls(this.entries(), filter));
  }

  listSessions(afterSession: string, limit: number): Promise<readonly StoredSession[]> {
    return Promise.resolve(listModelSessions(this.entries(), afterSession, limit));
  }

  forgetCalls(executionIds: readonly string[]): Promise<readonly string[]> {
    return this.transact(() => Promise.resolve()).then(() => forgetModelCalls(this.data.executions, executionIds));
  }

  private entries(): Entry[] {
    return [...this.data.executions.values()];
  }

  purge(filter: PurgeFilter): Promise<Purged> {
    const result = this.last.then(() => {
      const executions = new Map(this.data.executions);
      const purged = purgeModel(executions, filter);
      this.data.executions = executions;
      return purged;
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  listSchedules(workflowId?: string): Promise<readonly ScheduleRecord[]> {
    return Promise.resolve(this.data.schedules.list(workflowId));
  }

  findDueSchedules(nowMs: number, limit: number): Promise<readonly ScheduleRecord[]> {
    return Promise.resolve(this.data.schedules.due(nowMs).slice(0, limit));
  }

  updateSchedule(before: ScheduleRecord, after: ScheduleRecord): Promise<boolean> {
    return Promise.resolve(this.data.schedules.update(before, after));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private executions(): ExecutionRecord[] {
    return [...this.data.executions.values()].flatMap(({ execution }) => execution ?? []);
  }

  gauges(nowMs: number): Promise<StoreGauges> {
    const records = allRecords(this.data.executions);
    const ready = records.filter(({ status, readyAtMs }) => status === 'READY' && readyAtMs <= nowMs);
    const [first] = this.leased();
    const isCall = ({ handler = '' }: ActivationRecord): boolean => handler.startsWith(INTERNAL_PREFIX);
    const count = <T>(all: readonly T[], isInternal: (one: T) => boolean): CountByKind => {
      const calls = all.filter(isInternal).length;
      return { pipelines: all.length - calls, calls };
    };
    const executions = (status: string): CountByKind =>
      count(
        [...this.data.executions.values()].flatMap(({ execution }) =>
          execution?.status === status ? [execution] : [],
        ),
        ({ workflowId }) => workflowId.startsWith(INTERNAL_PREFIX),
      );
    const waiting = ready.filter((record) => !isCall(record)).map(({ readyAtMs }) => readyAtMs);
    return Promise.resolve({
      executions: { RUNNING: executions('RUNNING'), PAUSED: executions('PAUSED'), WAITING: executions('WAITING') },
      ready: count(ready, isCall),
      leased: count(this.leased(), isCall),
      waiting: countWaiting(records),
      ...(waiting.length === 0 ? {} : { oldestReadyAtMs: Math.min(...waiting) }),
      ...(first ? { oldestLeaseAtMs: expiryOf(first) - (first.leaseMs ?? 0) } : {}),
    });
  }

  /** What fires first stands first. */
  private waiting(): ActivationRecord[] {
    const records = allRecords(this.data.executions).filter(({ status }) => status === 'WAITING');
    return records.sort((a, b) => a.readyAtMs - b.readyAtMs);
  }

  /** The lease that expires first stands first. */
  private leased(): ActivationRecord[] {
    const records = allRecords(this.data.executions).filter(({ status }) => status === 'LEASED');
    return records.sort((a, b) => expiryOf(a) - expiryOf(b));
  }
}

function countWaiting(records: readonly ActivationRecord[]): StoreGauges['waiting'] {
  const counts: Record<WaitsFor, number> = { ...NOTHING_WAITS };
  for (const { status, waitsFor } of records) if (status === 'WAITING' && waitsFor) counts[waitsFor] += 1;
  return counts;
}

class ModelTransaction implements StoreTransaction {
  /** What the commands of the batch see: with what was shown to them. */
  private readonly shown = new Map<string, Entry>();
  /** What will be committed: with what was written. */
  private readonly written: Map<string, Entry>;

  constructor(before: ReadonlyMap<string, Entry>) {
    this.written = new Map(before);
  }

  load(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return Promise.resolve(
      executionIds.map((id) => {
        const entry = this.shown.get(id) ?? new Entry(this.written.get(id));
        this.shown.set(id, entry);
        return entry;
      }),
    );
  }

  create(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return this.load(executionIds);
  }

  findByIdempotencyKeys(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const [id, { execution }] of this.written) {
      const key = execution?.idempotencyKey;
      if (key !== undefined && keys.includes(key)) found.set(key, id);
    }
    return Promise.resolve(found);
  }

  findReady(filter: ReadyFilter, nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    const ready = allRecords(this.written)
      .filter(({ status, readyAtMs }) => status === 'READY' && readyAtMs <= nowMs)
      .filter((record) =>
        'handler' in filter ? record.handler === filter.handler : record.versionHash === filter.versionHash,
      )
      .sort((a, b) => b.priority - a.priority || a.readyAtMs - b.readyAtMs);
    return Promise.resolve(ready.slice(0, limit).map(globalRef));
  }

  findConcurrent(keys: readonly string[]): Promise<ReadonlyMap<string, readonly ConcurrentRef[]>> {
    const active = [...this.written.values()].flatMap(({ execution }) =>
      execution && ACTIVE.has(execution.status) ? [execution] : [],
    );
    const found = keys.map((key): [string, ConcurrentRef[]] => [
      key,
      active
        .filter(({ extra }) => extra?.concurrency?.key === key)
        .map(({ executionId, status }) => ({ executionId, status })),
    ]);
    return Promise.resolve(new Map(found));
  }

  readPayloads(): Promise<void> {
    return Promise.resolve();
  }

  settleOutbox(done: readonly OutboxRef[]): Promise<void> {
    for (const { executionId, seq } of done) {
      const entry = new Entry(this.written.get(executionId));
      entry.outbox.delete(seq);
      if (entry.execution) this.written.set(executionId, entry);
    }
    return Promise.resolve();
  }

  apply(changes: readonly Changes[]): Promise<void> {
    const before = new Map(this.written);
    const touched = new Set<string>();
    for (const change of changes) {
      const one = change.execution ?? change.activations[0] ?? change.joins[0] ?? change.events[0];
      if (!one) continue;
      const entry = new Entry(this.written.get(one.executionId));
      entry.apply(change);
      this.written.set(one.executionId, entry);
      touched.add(one.executionId);
    }
    for (const id of touched) this.written.get(id)?.check(before.get(id));
    return Promise.resolve();
  }

  committed(): Map<string, Entry> {
    const keys = [...this.written.values()].flatMap(({ execution }) => execution?.idempotencyKey ?? []);
    if (new Set(keys).size < keys.length) throw new Error('an idempotency key stands for two executions');
    return this.written;
  }
}

function allRecords(executions: ReadonlyMap<string, Entry>): ActivationRecord[] {
  return [...executions.values()].flatMap((entry) => [...entry.activations()]);
}

function expiryOf({ leaseExpiresAtMs = Infinity }: ActivationRecord): number {
  return leaseExpiresAtMs;
}

function globalRef(record: ActivationRecord): ActivationRef {
  return { executionId: record.executionId, ...refOf(record) };
}
