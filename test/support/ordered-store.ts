/**
 * Puts a store in front of an engine that runs in lockstep with others: decides what the port leaves open, so that equal
 * commands must give equal histories. That is the order of activations, of leased or ready ones with equal times, and of
 * executions that were created at the same time: a child gets its id before it is created.
 * What the port promises about order and limits is checked on the way.
 */
import { deepStrictEqual } from 'node:assert/strict';
import type { ActivationRecord, ExecutionRecord, JoinRecord, WaitsFor } from '../../src/core/execution.js';
import type { Changes } from '../../src/core/transition.js';
import type {
  ActivationRef,
  ExecutionFilter,
  LeasedRef,
  OutboxRef,
  ReadyFilter,
  Store,
  StoredExecution,
  StoreTransaction,
  WaitingRef,
} from '../../src/store/store.js';

/** More than any of these tests has. */
const EVERYTHING = 10_000;

export class OrderedStore implements Store {
  readonly listWorkflows: Store['listWorkflows'];
  readonly putWorkflow: Store['putWorkflow'];
  readonly findWorkflow: Store['findWorkflow'];
  readonly findExecution: Store['findExecution'];
  readonly listEvents: Store['listEvents'];
  readonly listReruns: Store['listReruns'];
  readonly purge: Store['purge'];
  readonly listCalls: Store['listCalls'];
  readonly listSessions: Store['listSessions'];
  readonly forgetCalls: Store['forgetCalls'];
  readonly nextDue: Store['nextDue'];
  readonly gauges: Store['gauges'];
  readonly listSchedules: Store['listSchedules'];
  readonly findDueSchedules: Store['findDueSchedules'];
  readonly updateSchedule: Store['updateSchedule'];
  readonly close: Store['close'];
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: Store) {
    this.putWorkflow = store.putWorkflow.bind(store);
    this.findWorkflow = store.findWorkflow.bind(store);
    this.listWorkflows = store.listWorkflows.bind(store);
    this.findExecution = store.findExecution.bind(store);
    this.listEvents = store.listEvents.bind(store);
    this.listReruns = store.listReruns.bind(store);
    this.purge = store.purge.bind(store);
    this.listCalls = store.listCalls.bind(store);
    this.listSessions = store.listSessions.bind(store);
    this.forgetCalls = store.forgetCalls.bind(store);
    this.nextDue = store.nextDue.bind(store);
    this.gauges = store.gauges.bind(store);
    this.listSchedules = store.listSchedules.bind(store);
    this.findDueSchedules = store.findDueSchedules.bind(store);
    this.updateSchedule = store.updateSchedule.bind(store);
    this.close = store.close.bind(store);
  }

  get description(): string {
    return this.store.description;
  }

  /** One at a time, so that a test may look in between two batches of the engine. */
  transact<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    const result = this.last.then(() =>
      this.store.transact((transaction) => work(new OrderedTransaction(transaction))),
    );
    this.last = result.catch(() => undefined);
    return result;
  }

  async listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionRecord[]> {
    const found = await this.store.listExecutions(filter);
    const sorted = [...found].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.executionId < b.executionId ? 1 : -1));
    const times = (all: readonly ExecutionRecord[]): number[] => all.map(({ createdAtMs }) => createdAtMs);
    deepStrictEqual(times(found), times(sorted), 'listExecutions: the newest first');
    return sorted;
  }

  async listActivations(executionId: string): Promise<readonly ActivationRecord[]> {
    return [...(await this.store.listActivations(executionId))].sort(byName);
  }

  async findLeased(by: { expiredAtMs: number } | { workerId: string }, limit: number): Promise<readonly LeasedRef[]> {
    return [...(await this.store.findLeased(by, EVERYTHING))].sort(byName).slice(0, limit);
  }

  async findFired(nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    return [...(await this.store.findFired(nowMs, EVERYTHING))].sort(byName).slice(0, limit);
  }

  async findWaiting(waitsFor: WaitsFor, limit: number): Promise<readonly WaitingRef[]> {
    return [...(await this.store.findWaiting(waitsFor, EVERYTHING))].sort(byName).slice(0, limit);
  }

  async listOutbox(beforeMs: number, limit: number): Promise<readonly OutboxRef[]> {
    return [...(await this.store.listOutbox(beforeMs, EVERYTHING))].sort(byEvent).slice(0, limit);
  }
}

class OrderedTransaction implements StoreTransaction {
  readonly findByIdempotencyKeys: StoreTransaction['findByIdempotencyKeys'];
  readonly findConcurrent: StoreTransaction['findConcurrent'];
  readonly readPayloads: StoreTransaction['readPayloads'];
  readonly settleOutbox: StoreTransaction['settleOutbox'];
  readonly apply: StoreTransaction['apply'];

  constructor(private readonly transaction: StoreTransaction) {
    this.findByIdempotencyKeys = transaction.findByIdempotencyKeys.bind(transaction);
    this.findConcurrent = transaction.findConcurrent.bind(transaction);
    this.readPayloads = transaction.readPayloads.bind(transaction);
    this.settleOutbox = transaction.settleOutbox.bind(transaction);
    this.apply = transaction.apply.bind(transaction);
  }

  async load(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return (await this.transaction.load(executionIds)).map((stored) => new OrderedExecution(stored));
  }

  async create(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return (await this.transaction.create(executionIds)).map((stored) => new OrderedExecution(stored));
  }

  async findReady(filter: ReadyFilter, nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    const all = await this.withOrder(await this.transaction.findReady(filter, nowMs, EVERYTHING));
    const some = await this.withOrder(await this.transaction.findReady(filter, nowMs, limit));
    const sorted = [...all].sort(
      (a, b) => b.priority - a.priority || a.readyAtMs - b.readyAtMs || byName(a.ref, b.ref),
    );
    const order = (found: typeof all): number[][] => found.map(({ priority, readyAtMs }) => [priority, readyAtMs]);
    deepStrictEqual(
      order(some),
      order(sorted).slice(0, limit),
      'findReady: by priority, then the oldest first, within the limit',
    );
    return sorted.slice(0, limit).map(({ ref }) => ref);
  }

  private async withOrder(
    refs: readonly ActivationRef[],
  ): Promise<{ ref: ActivationRef; priority: number; readyAtMs: number }[]> {
    const loaded = await this.transaction.load(refs.map((ref) => ref.executionId));
    return refs.map((ref, index) => {
      const record = loaded[index]?.activation(ref.node, ref.iteration, ref.item);
      return { ref, priority: record?.priority ?? NaN, readyAtMs: record?.readyAtMs ?? NaN };
    });
  }
}

class OrderedExecution implements StoredExecution {
  constructor(private readonly stored: StoredExecution) {}

  get execution(): StoredExecution['execution'] {
    return this.stored.execution;
  }

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.stored.activation(node, iteration, item);
  }

  activations(): Iterable<ActivationRecord> {
    return [...this.stored.activations()].sort(byName);
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.stored.join(target, group);
  }

  payload(seq: number): string {
    return this.stored.payload(seq);
  }

  preload(seqs: readonly number[]): void {
    this.stored.preload(seqs);
  }

  apply(changes: Changes): void {
    this.stored.apply(changes);
  }
}

function byName(a: ActivationRef, b: ActivationRef): number {
  const name = ({ executionId, node, iteration, item = -1 }: ActivationRef): string =>
    `${executionId} ${node} ${iteration} ${String(item + 1).padStart(9, '0')}`;
  return name(a) < name(b) ? -1 : 1;
}

function byEvent(a: OutboxRef, b: OutboxRef): number {
  return a.executionId === b.executionId ? a.seq - b.seq : a.executionId < b.executionId ? -1 : 1;
}
