/**
 * One batch: every command that arrived in one turn, then dispatch, in one transaction. It runs the pure decisions over
 * the loaded executions, gathers their changes, leases ready tasks to workers with credits, and writes once.
 *
 * B1  Nothing leaves the batch before the commit: replies, tasks and events are handed out by its owner afterwards.
 * B2  A task is built from the state that the batch commits, and only from what is committed with it or was before.
 * B3  Decisions read first and change afterwards: one that misses a payload is taken again when the payload is there.
 */
import type { Command, DecisionEnvironment, Expressions, Reply } from '../core/command.js';
import { decide, type Decision } from '../core/decide.js';
import { isClosed, type ActivationRecord, type ExecutionRecord, type ExecutionView } from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import { formatTaskId } from '../core/ids.js';
import type { Changes } from '../core/transition.js';
import type { Workflow } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import { PayloadMissing, withPayloads } from '../store/payload-missing.js';
import type { ActivationRef, StoreTransaction } from '../store/store.js';
import { BoundExecution, buildTask } from './bound-execution.js';
import type { Task } from './engine-port.js';
import type { Entropy } from './entropy.js';
import type { WorkflowRegistry } from './workflow-registry.js';
import { AttachedWorker, queueKeys, type QueueKey, type WorkSessions } from './work-sessions.js';

/** Rows that one search for ready tasks returns at most: bounds the length of a transaction, not the throughput. */
const MAX_READY_SEARCH = 256;

export interface Outcome {
  readonly reply: Reply;
  readonly executionId: string;
  readonly view: ExecutionView;
  /** A claimed start that got the lease. */
  task?: Task;
}

/** A lease that was decided in this batch, and who gets its task. */
interface Lease {
  readonly view: BoundExecution;
  readonly record: ActivationRecord;
  readonly nonce: string;
  readonly leaseMs: number;
  readonly to: AttachedWorker | Outcome;
}

export interface PendingCommand {
  readonly executionId: string;
  readonly command: Exclude<Command, { kind: 'start' }>;
  settle(outcome: Outcome | Error): void;
}

export interface PendingStart {
  readonly executionId: string;
  readonly command: Command & { kind: 'start' };
  readonly workflow: Workflow;
  readonly claim: { readonly workerId: string; readonly leaseMs: number } | undefined;
  settle(outcome: Outcome | Error): void;
}

export type Pending = PendingCommand | PendingStart;

export interface BatchEnvironment {
  readonly registry: WorkflowRegistry;
  readonly sessions: WorkSessions;
  readonly expressions: Expressions;
  readonly entropy: Entropy;
  readonly nowMs: () => number;
  /** Queues that are known to hold nothing in the store; whatever is missing here is searched. */
  readonly drained: Set<QueueKey>;
}

export class Batch {
  readonly events: ExecutionEvent[] = [];
  readonly outcomes: [Pending, Outcome | Error][] = [];
  readonly leased: [AttachedWorker, Task][] = [];
  /** Attempts under way that were cancelled. */
  readonly stops: { workerId: string; taskId: string }[] = [];
  /** A search for ready tasks was cut off while credits are left: there may be more to dispatch. */
  searchAgain = false;
  /** The same, but another server holds it just now: at once would be too early. */
  searchSoon = false;
  /** Queues with something ready that nobody here could take. */
  readonly waiting = new Set<QueueKey>();
  private readonly changes: Changes[] = [];
  private readonly views = new Map<string, BoundExecution>();
  private readonly leases: Lease[] = [];

  constructor(
    private readonly transaction: StoreTransaction,
    private readonly env: BatchEnvironment,
  ) {}

  async run(pending: readonly Pending[]): Promise<void> {
    const executionIds = await this.resolveIds(pending);
    await this.loadAll(pending, executionIds);
    const continued: ActivationRecord[] = [];
    const started: ActivationRecord[] = [];
    for (const [index, item] of pending.entries()) {
      const executionId = executionIds[index] ?? item.executionId;
      const ready = 'workflow' in item ? started : continued;
      this.outcomes.push([item, await this.execute(item, executionId, ready)]);
    }
    // Executions under way go first, then what waits in the store, then new ones: what was begun gets finished.
    for (const record of continued) this.dispatch(record);
    await this.dispatchWaiting();
    for (const record of started) this.dispatch(record);
    for (const lease of this.leases) await this.handOver(lease);
    await this.transaction.apply(this.changes);
  }

  get changed(): boolean {
    return this.changes.length > 0;
  }

  findExecution(executionId: string): ExecutionRecord | undefined {
    return this.views.get(executionId)?.execution;
  }

  /** Undoes what a failed transaction did to volatile state. */
  abandon(): void {
    for (const { to } of this.leases) if (to instanceof AttachedWorker) to.credits += 1;
    this.env.drained.clear();
  }

  private async resolveIds(pending: readonly Pending[]): Promise<string[]> {
    const keys = new Set<string>();
    for (const item of pending) {
      if ('workflow' in item && item.command.idempotencyKey !== undefined) keys.add(item.command.idempotencyKey);
    }
    const byKey = new Map(keys.size > 0 ? await this.transaction.findByIdempotencyKeys([...keys]) : []);
    return pending.map((item) => {
      const key = 'workflow' in item ? item.command.idempotencyKey : undefined;
      if (key === undefined) return item.executionId;
      const executionId = byKey.get(key) ?? item.executionId;
      byKey.set(key, executionId);
      return executionId;
    });
  }

  private async loadAll(pending: readonly Pending[], executionIds: readonly string[]): Promise<void> {
    const fresh: PendingStart[] = [];
    const known = new Set<string>();
    for (const [index, item] of pending.entries()) {
      const executionId = executionIds[index] ?? item.executionId;
      if ('workflow' in item && executionId === item.executionId) fresh.push(item);
      else known.add(executionId);
    }
    const created = await this.transaction.create(fresh.map((item) => item.executionId));
    for (const [index, item] of fresh.entries()) {
      const stored = created[index];
      if (stored) this.views.set(item.executionId, new BoundExecution(item.workflow, stored));
    }
    await this.load([...known]);
  }

  private async load(executionIds: readonly string[]): Promise<void> {
    const missing = executionIds.filter((id) => !this.views.has(id));
    const loaded = await this.transaction.load(missing);
    for (const [index, stored] of loaded.entries()) {
      const { execution } = stored;
      const executionId = missing[index];
      if (!execution || executionId === undefined) continue;
      const workflow =
        this.env.registry.find(execution.workflowId, execution.versionHash) ??
        (await this.env.registry.get(execution.workflowId, execution.versionHash));
      this.views.set(executionId, new BoundExecution(workflow, stored));
    }
  }

  private async execute(item: Pending, executionId: string, ready: ActivationRecord[]): Promise<Outcome | Error> {
    const view = this.views.get(executionId);
    if (!view) return nexumError('EXECUTION_NOT_FOUND', `execution ${executionId} does not exist`);
    const decision = await withPayloads(this.transaction, () => this.decide(view, item.command));
    if (decision instanceof Error) return decision;
    if (decision.changes) this.accept(view, decision.changes, ready);
    const outcome: Outcome = { reply: decision.reply, executionId, view };
    if ('workflow' in item && item.claim && decision.reply.ok) this.claim(view, item.claim, outcome);
    return outcome;
  }

  /** `decide` is pure: when it fails, nothing of this command was applied, and the others of the batch go on. */
  private decide(view: BoundExecution, command: Command): Decision | Error {
    try {
      return decide(view, command, this.environment());
    } catch (error) {
      if (error instanceof PayloadMissing) throw error;
      // A payload that cannot be read is no fault of this command: the batch fails, and with it the engine.
      if (error instanceof NexumError && error.code === 'STORE_BROKEN') throw error;
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Leases the first ready activation of a claimed execution to its client. */
  private claim(view: BoundExecution, claim: { workerId: string; leaseMs: number }, outcome: Outcome): void {
    for (const record of view.activations()) {
      if (record.status !== 'READY') continue;
      this.lease(view, record, claim, outcome);
      return;
    }
  }

  private environment(): DecisionEnvironment {
    return { nowMs: this.env.nowMs(), random: this.env.entropy.uniform(), expressions: this.env.expressions };
  }

  private accept(view: BoundExecution, changes: Changes, ready: ActivationRecord[] | undefined): void {
    view.stored.apply(changes);
    this.changes.push(changes);
    this.events.push(...changes.events);
    if (!ready) return;
    for (const record of changes.activations) {
      if (record.status === 'READY') ready.push(record);
      else if (record.status === 'CANCELLED') this.stop(record);
    }
  }

  private stop(record: ActivationRecord): void {
    const { workerId, nonce } = record;
    if (workerId === undefined || nonce === undefined) return;
    this.stops.push({ workerId, taskId: formatTaskId({ ...record, nonce }) });
  }

  private dispatch(candidate: ActivationRecord): void {
    const view = this.views.get(candidate.executionId);
    const record = view?.activation(candidate.node, candidate.iteration);
    if (!view || record?.status !== 'READY' || (view.execution && isClosed(view.execution.status))) return;
    const worker = record.readyAtMs <= this.env.nowMs() ? this.env.sessions.pick(record) : undefined;
    if (worker && this.lease(view, record, worker.hello, worker)) {
      worker.credits -= 1;
      return;
    }
    for (const key of queueKeys(record)) {
      this.env.drained.delete(key);
      this.waiting.add(key);
    }
  }

  private async dispatchWaiting(): Promise<void> {
    const wanted = [...this.env.sessions.hungry()].filter(([key]) => !this.env.drained.has(key));
    if (wanted.length === 0) return;
    const nowMs = this.env.nowMs();
    const searches = wanted.map(async ([key, credits]) => {
      const limit = Math.min(credits, MAX_READY_SEARCH);
      const refs = await this.transaction.findReady(readyFilter(key), nowMs, limit);
      return { key, credits, limit, refs };
    });
    const found = await Promise.all(searches);
    this.searchSoon = this.transaction.passedOver === true;
    await this.load([...new Set(found.flatMap(({ refs }) => refs.map((ref) => ref.executionId)))]);
    for (const { key, credits, limit, refs } of found) {
      if (refs.length < limit && !this.searchSoon) this.env.drained.add(key);
      const before = this.leases.length;
      for (const ref of refs) this.dispatchRef(ref);
      // Cut off by the bound of a search, or what was found has changed in this very batch. Without any change the
      // next search would find the same.
      const hungry = this.leases.length - before < credits;
      if (refs.length === limit && hungry && this.changes.length > 0) this.searchAgain = true;
    }
  }

  private dispatchRef(ref: ActivationRef): void {
    const record = this.views.get(ref.executionId)?.activation(ref.node, ref.iteration);
    if (record) this.dispatch(record);
  }

  private lease(
    view: BoundExecution,
    { node, iteration }: ActivationRecord,
    { workerId, leaseMs }: { readonly workerId: string; readonly leaseMs: number },
    to: AttachedWorker | Outcome,
  ): boolean {
    const nonce = this.env.entropy.nonce();
    const decision = decide(view, { kind: 'lease', node, iteration, workerId, nonce, leaseMs }, this.environment());
    if (!decision.changes) return false;
    this.accept(view, decision.changes, undefined);
    const record = view.activation(node, iteration);
    if (record) this.leases.push({ view, record, nonce, leaseMs, to });
    return true;
  }

  /** B2 */
  private async handOver({ view, record, nonce, leaseMs, to }: Lease): Promise<void> {
    const task = await withPayloads(this.transaction, () => buildTask(view, record, nonce, leaseMs));
    if (!task) return;
    if (to instanceof AttachedWorker) this.leased.push([to, task]);
    else to.task = task;
  }
}

function readyFilter(key: QueueKey): { handler: string } | { versionHash: string } {
  return key.startsWith('handler:') ? { handler: key.slice(8) } : { versionHash: key.slice(8) };
}
