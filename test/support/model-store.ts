/**
 * The store port on plain maps: the reference that other stores are compared with. No index, no cache, no order kept on
 * the side; every search walks everything. A transaction works on a copy of all data, which replaces it at the end (S1).
 * Data outlives a store (S2), transactions run one after the other (S3).
 */
import type { ExecutionEvent } from '../../src/core/event.js';
import {
  activationKey,
  type ActivationRecord,
  type ExecutionRecord,
  type JoinRecord,
} from '../../src/core/execution.js';
import { INTERNAL_PREFIX } from '../../src/core/ids.js';
import type { Changes } from '../../src/core/transition.js';
import type {
  CountByKind,
  StoreGauges,
  ActivationRef,
  DueTimes,
  ExecutionFilter,
  LeasedRef,
  ReadyFilter,
  ScheduleRecord,
  Store,
  StoredExecution,
  StoreTransaction,
  TimedSchedule,
  WorkflowRecord,
} from '../../src/store/store.js';
import { ModelSchedules } from './model-schedules.js';

/** One execution with everything that belongs to it. Events stand at their sequence number minus one. */
class Entry implements StoredExecution {
  execution: ExecutionRecord | undefined;
  readonly records: Map<string, ActivationRecord>;
  readonly joins: Map<string, JoinRecord>;
  readonly events: ExecutionEvent[];

  constructor(from?: Entry) {
    this.execution = from?.execution;
    this.records = new Map(from?.records);
    this.joins = new Map(from?.joins);
    this.events = [...(from?.events ?? [])];
  }

  activation(node: string, iteration: number): ActivationRecord | undefined {
    return this.records.get(activationKey(node, iteration));
  }

  activations(): Iterable<ActivationRecord> {
    return this.records.values();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.joins.get(`${target}\n${group}`);
  }

  output({ outputSeq }: ActivationRecord): string {
    return this.payload(outputSeq ?? 0);
  }

  input(): string {
    return this.payload(1);
  }

  apply({ execution, activations, joins, events }: Changes): void {
    this.execution = execution ?? this.execution;
    for (const record of activations) this.records.set(activationKey(record.node, record.iteration), record);
    for (const record of joins) this.joins.set(`${record.target}\n${record.group}`, record);
    this.events.push(...events);
  }

  /** What no database would take either: an event twice, or an activation that ends twice. */
  check(): void {
    const seen = new Set<string>();
    for (const event of this.events) {
      const keys = [`seq ${event.seq}`];
      if (ENDS.has(event.kind) && 'iteration' in event) keys.push(`end ${activationKey(event.node, event.iteration)}`);
      for (const key of keys) {
        if (seen.has(key)) throw new Error(`${event.executionId} has ${key} twice`);
        seen.add(key);
      }
    }
  }

  private payload(seq: number): string {
    const event = this.events.find((one) => one.seq === seq);
    if (!event || !('payload' in event)) throw new Error(`event ${seq} has no payload`);
    return event.payload;
  }
}

const ENDS = new Set<string>(['node_completed', 'node_failed', 'node_skipped', 'node_cancelled']);

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
  }: {
    versionHash?: string;
    workflowId?: string;
  }): Promise<WorkflowRecord | undefined> {
    const found = this.data.workflows.filter(
      (one) =>
        (versionHash === undefined || one.versionHash === versionHash) &&
        (workflowId === undefined || one.workflowId === workflowId),
    );
    return Promise.resolve(versionHash === undefined ? found.at(-1) : found[0]);
  }

  listWorkflows(workflowId?: string): Promise<readonly (WorkflowRecord & { activeExecutions: number })[]> {
    const active = this.executions().filter(({ status }) => status === 'RUNNING' || status === 'PAUSED');
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
    const { workflowId, status, excludePrefix, beforeExecutionId, limit } = filter;
    const newestFirst = this.executions().reverse();
    const found = newestFirst
      .slice(newestFirst.findIndex((one) => one.executionId === beforeExecutionId) + 1)
      .filter((one) => workflowId === undefined || one.workflowId === workflowId)
      .filter((one) => status === undefined || one.status === status)
      .filter((one) => excludePrefix === undefined || !one.workflowId.startsWith(excludePrefix));
    return Promise.resolve(found.slice(0, limit));
  }

  listEvents(executionId: string, afterSeq: number, limit: number): Promise<readonly ExecutionEvent[]> {
    const events = this.data.executions.get(executionId)?.events ?? [];
    return Promise.resolve(events.filter(({ seq }) => seq > afterSeq).slice(0, limit));
  }

  listActivations(executionId: string): Promise<readonly ActivationRecord[]> {
    return Promise.resolve([...(this.data.executions.get(executionId)?.activations() ?? [])]);
  }

  findLeased(by: { expiredAtMs: number } | { workerId: string }, limit: number): Promise<readonly LeasedRef[]> {
    const leased = this.leased()
      .filter((record) => ('workerId' in by ? record.workerId === by.workerId : expiryOf(record) <= by.expiredAtMs))
      .map((record) => ({ ...refOf(record), nonce: record.nonce ?? '', workerId: record.workerId ?? '' }));
    return Promise.resolve(leased.slice(0, limit));
  }

  nextDue(nowMs: number): Promise<DueTimes> {
    const [lease] = this.leased();
    const later = allRecords(this.data.executions)
      .filter(({ status, readyAtMs }) => status === 'READY' && readyAtMs > nowMs)
      .map(({ readyAtMs }) => readyAtMs);
    const [scheduled] = this.data.schedules.due(Infinity);
    return Promise.resolve({
      ...(scheduled?.nextAtMs === undefined ? {} : { scheduledAtMs: scheduled.nextAtMs }),
      ...(lease ? { leaseExpiresAtMs: expiryOf(lease) } : {}),
      ...(later.length > 0 ? { readyAtMs: Math.min(...later) } : {}),
    });
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
      executions: { RUNNING: executions('RUNNING'), PAUSED: executions('PAUSED') },
      ready: count(ready, isCall),
      leased: count(this.leased(), isCall),
      ...(waiting.length === 0 ? {} : { oldestReadyAtMs: Math.min(...waiting) }),
      ...(first ? { oldestLeaseAtMs: expiryOf(first) - (first.leaseMs ?? 0) } : {}),
    });
  }

  /** The lease that expires first stands first. */
  private leased(): ActivationRecord[] {
    const records = allRecords(this.data.executions).filter(({ status }) => status === 'LEASED');
    return records.sort((a, b) => expiryOf(a) - expiryOf(b));
  }
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
      .sort((a, b) => a.readyAtMs - b.readyAtMs);
    return Promise.resolve(ready.slice(0, limit).map(refOf));
  }

  readPayload(): Promise<void> {
    return Promise.resolve();
  }

  apply(changes: readonly Changes[]): Promise<void> {
    const touched = new Set<Entry>();
    for (const change of changes) {
      const one = change.execution ?? change.activations[0] ?? change.joins[0] ?? change.events[0];
      if (!one) continue;
      const entry = new Entry(this.written.get(one.executionId));
      entry.apply(change);
      this.written.set(one.executionId, entry);
      touched.add(entry);
    }
    for (const entry of touched) entry.check();
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

function refOf({ executionId, node, iteration }: ActivationRecord): ActivationRef {
  return { executionId, node, iteration };
}
