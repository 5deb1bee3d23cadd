/**
 * One batch: every command that arrived in one turn, then dispatch, in one transaction. It runs the pure decisions over
 * the loaded executions, gathers their changes, leases ready tasks to workers with credits, and writes once.
 *
 * B1  Nothing leaves the batch before the commit: replies, tasks and events are handed out by its owner afterwards.
 * B2  A task is built from the state that its lease was decided on.
 */
import type { Command, DecisionEnvironment, Expressions, Reply } from '../core/command.js';
import { decide, type Decision } from '../core/decide.js';
import { isClosed, type ActivationRecord, type ExecutionRecord, type ExecutionView } from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import { formatTaskId } from '../core/ids.js';
import type { Changes } from '../core/transition.js';
import type { Workflow } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import type { ActivationRef, StoreTransaction } from '../store/store.js';
import { BoundExecution, buildTask } from './bound-execution.js';
import type { Task } from './engine-port.js';
import type { Entropy } from './entropy.js';
import type { WorkflowRegistry } from './workflow-registry.js';
import { queueKeys, type AttachedWorker, type QueueKey, type WorkSessions } from './work-sessions.js';

/** Rows that one search for ready tasks returns at most: bounds the length of a transaction, not the throughput. */
const MAX_READY_SEARCH = 256;

export interface Outcome {
  readonly reply: Reply;
  readonly executionId: string;
  readonly view: ExecutionView;
  /** A claimed start that got the lease. */
  readonly task?: Task;
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
  private readonly changes: Changes[] = [];
  private readonly views = new Map<string, BoundExecution>();

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
      this.outcomes.push([item, this.execute(item, executionId, ready)]);
    }
    // Executions under way go first, then what waits in the store, then new ones: what was begun gets finished.
    for (const record of continued) this.dispatch(record);
    await this.dispatchWaiting();
    for (const record of started) this.dispatch(record);
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
    for (const [worker] of this.leased) worker.credits += 1;
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

  private execute(item: Pending, executionId: string, ready: ActivationRecord[]): Outcome | Error {
    const view = this.views.get(executionId);
    if (!view) return nexumError('EXECUTION_NOT_FOUND', `execution ${executionId} does not exist`);
    let decision: Decision;
    try {
      decision = decide(view, item.command, this.environment());
    } catch (error) {
      // A payload that cannot be read is no fault of this command: the batch fails, and with it the engine.
      if (error instanceof NexumError && error.code === 'STORE_BROKEN') throw error;
      // `decide` is pure: nothing of this command was applied, the others of the batch go on.
      return error instanceof Error ? error : new Error(String(error));
    }
    if (decision.changes) this.accept(view, decision.changes, ready);
    const outcome = { reply: decision.reply, executionId, view };
    if (!('workflow' in item) || !item.claim || !decision.reply.ok) return outcome;
    const task = this.claim(view, item.claim);
    return task ? { ...outcome, task } : outcome;
  }

  /** Leases the first ready activation of a claimed execution to its client. */
  private claim(view: BoundExecution, claim: { workerId: string; leaseMs: number }): Task | undefined {
    for (const record of view.activations()) {
      if (record.status === 'READY') return this.lease(view, record, claim.workerId, claim.leaseMs);
    }
    return undefined;
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
    const task = worker && this.lease(view, record, worker.hello.workerId, worker.hello.leaseMs);
    if (worker && task) {
      worker.credits -= 1;
      this.leased.push([worker, task]);
    } else {
      for (const key of queueKeys(record)) this.env.drained.delete(key);
    }
  }

  private async dispatchWaiting(): Promise<void> {
    for (const [key, credits] of [...this.env.sessions.hungry()]) {
      if (this.env.drained.has(key)) continue;
      const limit = Math.min(credits, MAX_READY_SEARCH);
      const refs = await this.transaction.findReady(readyFilter(key), this.env.nowMs(), limit);
      if (refs.length < limit) this.env.drained.add(key);
      await this.load([...new Set(refs.map((ref) => ref.executionId))]);
      const before = this.leased.length;
      for (const ref of refs) this.dispatchRef(ref);
      // Cut off by the bound of a search, or what was found has changed in this very batch. Without any change the
      // next search would find the same.
      const hungry = this.leased.length - before < credits;
      if (refs.length === limit && hungry && this.changes.length > 0) this.searchAgain = true;
    }
  }

  private dispatchRef(ref: ActivationRef): void {
    const record = this.views.get(ref.executionId)?.activation(ref.node, ref.iteration);
    if (record) this.dispatch(record);
  }

  private lease(view: BoundExecution, record: ActivationRecord, workerId: string, leaseMs: number): Task | undefined {
    const nonce = this.env.entropy.nonce();
    const { node, iteration } = record;
    const decision = decide(view, { kind: 'lease', node, iteration, workerId, nonce, leaseMs }, this.environment());
    if (!decision.changes) return undefined;
    this.accept(view, decision.changes, undefined);
    const leased = view.activation(node, iteration);
    return leased && buildTask(view, leased, nonce, leaseMs);
  }
}

function readyFilter(key: QueueKey): { handler: string } | { versionHash: string } {
  return key.startsWith('handler:') ? { handler: key.slice(8) } : { versionHash: key.slice(8) };
}
