/**
 * Puts a store in front of an engine that runs in lockstep with others: decides what the port leaves open, so that equal
 * commands must give equal histories. That is the order of activations, and of leased or ready ones with equal times.
 * What the port promises about order and limits is checked on the way.
 */
import { deepStrictEqual } from 'node:assert/strict';
import type { ActivationRecord, JoinRecord } from '../../src/core/execution.js';
import type { Changes } from '../../src/core/transition.js';
import type {
  ActivationRef,
  LeasedRef,
  ReadyFilter,
  Store,
  StoredExecution,
  StoreTransaction,
} from '../../src/store/store.js';

/** More than any of these tests has. */
const EVERYTHING = 10_000;

export class OrderedStore implements Store {
  readonly listWorkflows: Store['listWorkflows'];
  readonly putWorkflow: Store['putWorkflow'];
  readonly findWorkflow: Store['findWorkflow'];
  readonly findExecution: Store['findExecution'];
  readonly listExecutions: Store['listExecutions'];
  readonly listEvents: Store['listEvents'];
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
    this.listExecutions = store.listExecutions.bind(store);
    this.listEvents = store.listEvents.bind(store);
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

  async listActivations(executionId: string): Promise<readonly ActivationRecord[]> {
    return [...(await this.store.listActivations(executionId))].sort(byName);
  }

  async findLeased(by: { expiredAtMs: number } | { workerId: string }, limit: number): Promise<readonly LeasedRef[]> {
    return [...(await this.store.findLeased(by, EVERYTHING))].sort(byName).slice(0, limit);
  }
}

class OrderedTransaction implements StoreTransaction {
  constructor(private readonly transaction: StoreTransaction) {}

  async load(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return (await this.transaction.load(executionIds)).map((stored) => new OrderedExecution(stored));
  }

  async create(executionIds: readonly string[]): Promise<readonly StoredExecution[]> {
    return (await this.transaction.create(executionIds)).map((stored) => new OrderedExecution(stored));
  }

  findByIdempotencyKeys(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.transaction.findByIdempotencyKeys(keys);
  }

  async findReady(filter: ReadyFilter, nowMs: number, limit: number): Promise<readonly ActivationRef[]> {
    const all = await this.withTimes(await this.transaction.findReady(filter, nowMs, EVERYTHING));
    const some = await this.withTimes(await this.transaction.findReady(filter, nowMs, limit));
    const sorted = [...all].sort((a, b) => a.readyAtMs - b.readyAtMs || byName(a.ref, b.ref));
    const times = sorted.map(({ readyAtMs }) => readyAtMs);
    deepStrictEqual(
      some.map(({ readyAtMs }) => readyAtMs),
      times.slice(0, limit),
      'findReady: the oldest first, within the limit',
    );
    return sorted.slice(0, limit).map(({ ref }) => ref);
  }

  readPayload(missing: { executionId: string; seq: number }): Promise<void> {
    return this.transaction.readPayload(missing);
  }

  apply(changes: readonly Changes[]): Promise<void> {
    return this.transaction.apply(changes);
  }

  private async withTimes(refs: readonly ActivationRef[]): Promise<{ ref: ActivationRef; readyAtMs: number }[]> {
    const loaded = await this.transaction.load(refs.map((ref) => ref.executionId));
    return refs.map((ref, index) => ({
      ref,
      readyAtMs: loaded[index]?.activation(ref.node, ref.iteration)?.readyAtMs ?? NaN,
    }));
  }
}

class OrderedExecution implements StoredExecution {
  constructor(private readonly stored: StoredExecution) {}

  get execution(): StoredExecution['execution'] {
    return this.stored.execution;
  }

  activation(node: string, iteration: number): ActivationRecord | undefined {
    return this.stored.activation(node, iteration);
  }

  activations(): Iterable<ActivationRecord> {
    return [...this.stored.activations()].sort(byName);
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.stored.join(target, group);
  }

  output(activation: ActivationRecord): string {
    return this.stored.output(activation);
  }

  input(): string {
    return this.stored.input();
  }

  apply(changes: Changes): void {
    this.stored.apply(changes);
  }
}

function byName(a: ActivationRef, b: ActivationRef): number {
  const name = ({ executionId, node, iteration }: ActivationRef): string => `${executionId} ${node} ${iteration}`;
  return name(a) < name(b) ? -1 : 1;
}
