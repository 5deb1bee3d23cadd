/**
 * One batch: every command that arrived in one turn, then dispatch, in one transaction. It runs the pure decisions over
 * the loaded executions, gathers their changes, leases ready tasks to workers with credits, and writes once.
 *
 * B1  Nothing leaves the batch before the commit: replies, tasks and events are handed out by its owner afterwards.
 * B2  A task is built from the state that the batch commits, and only from what is committed with it or was before.
 * B3  Decisions read first and change afterwards: one that misses a payload is taken again when the payload is there.
 */
import type { Command, DecisionEnvironment, Expressions } from '../core/command.js';
import { decide } from '../core/decide.js';
import type { Decision } from '../core/decision.js';
import {
  isClosed,
  refOf,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionStatus,
} from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import { formatTaskId } from '../core/ids.js';
import type { Changes } from '../core/transition.js';
import type { Workflow } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import { PayloadMissing, withPayloads } from '../store/payload-missing.js';
import type { ActivationRef, OutboxRef, StoreTransaction } from '../store/store.js';
import { admission, readSlots } from './admissions.js';
import { resolveIds } from './batch-ids.js';
import { BoundExecution, buildTask } from './bound-execution.js';
import type { Task } from './engine-port.js';
import type { Entropy } from './entropy.js';
import type { WorkflowRegistry } from './workflow-registry.js';
import { keptOf, type KeptSource } from './kept-source.js';
import type { Outcome, Pending, PendingTurn, Queued } from './pending.js';
import { Slots } from './slots.js';
import { AttachedWorker, queueKeys, readyFilter, type QueueKey, type WorkSessions } from './work-sessions.js';

/** Rows that one search for ready tasks returns at most: bounds the length of a transaction, not the throughput. */
const MAX_READY_SEARCH = 256;

/** A lease that was decided in this batch, and who gets its task. */
interface Lease {
  readonly view: BoundExecution;
  readonly record: ActivationRecord;
  readonly nonce: string;
  readonly leaseMs: number;
  /** Undefined: nobody is sent it. */
  to: AttachedWorker | Outcome | undefined;
}

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
  readonly turnsServed: PendingTurn[] = [];
  /** Events about which something is to be done in other executions. */
  readonly consequences: ExecutionEvent[] = [];
  /** What left the outbox. */
  settled: readonly OutboxRef[] = [];
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
  private slots = new Slots(new Map(), () => undefined);

  constructor(
    private readonly transaction: StoreTransaction,
    private readonly env: BatchEnvironment,
  ) {}

  /** @param done what was done about consequences since the last batch */
  async run(queued: readonly Queued[], done: readonly OutboxRef[] = []): Promise<void> {
    this.settled = done;
    const pending = queued.filter((item): item is Pending => !('turn' in item));
    const turns = queued.filter((item): item is PendingTurn => 'turn' in item);
    this.slots = await readSlots(this.transaction, pending, turns, this.statusOf);
    const { executionIds, fresh, known } = await resolveIds(this.transaction, pending);
    await this.create(fresh);
    await this.load([...known]);
    const continued: ActivationRecord[] = [];
    const started: ActivationRecord[] = [];
    for (const [index, item] of pending.entries()) {
      const executionId = executionIds[index] ?? item.executionId;
      const ready = 'workflow' in item ? started : continued;
      this.outcomes.push([item, await this.execute(item, executionId, ready)]);
    }
    for (const turn of turns) await this.admitNext(turn, started);
    // Executions under way go first, then what waits in the store, then new ones: what was begun gets finished.
    for (const record of continued) this.dispatch(record);
    await this.dispatchWaiting();
    for (const record of started) this.dispatch(record);
    for (const lease of this.leases) await this.handOver(lease);
    await this.transaction.apply(this.changes);
    await this.transaction.settleOutbox(done);
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

  private async create(fresh: ReadonlyMap<string, Workflow>): Promise<void> {
    const created = await this.transaction.create([...fresh.keys()]);
    for (const [index, [executionId, workflow]] of [...fresh].entries()) {
      const stored = created[index];
      if (stored) this.views.set(executionId, new BoundExecution(workflow, stored));
    }
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
    if (!view && 'workflow' in item)
      return nexumError('STORE_UNAVAILABLE', `${executionId}, which this key started, was purged just now`);
    if (!view) return nexumError('EXECUTION_NOT_FOUND', `execution ${executionId} does not exist`);
    const command = 'workflow' in item ? admission(this.slots, item, view) : item.command;
    if (command instanceof Error) return command;
    const decision = await this.decide(view, command);
    if (decision instanceof Error) return decision;
    if (decision.changes) this.accept(view, decision.changes, ready);
    const outcome: Outcome = { reply: decision.reply, executionId, view };
    if ('workflow' in item && item.claim && decision.reply.ok) this.claim(view, item.claim, outcome);
    return outcome;
  }

  private async admitNext(turn: PendingTurn, ready: ActivationRecord[]): Promise<void> {
    for (const executionId of this.slots.waiting(turn.turn)) {
      await this.load([executionId]);
      const view = this.views.get(executionId);
      const limit = view?.execution?.extra?.concurrency?.limit ?? 1;
      if (!view || !this.slots.hasRoom(turn.turn, limit)) break;
      const source = await this.sourceOf(view);
      const decision = await this.decide(view, { kind: 'admit', ...(source ? { kept: keptOf(source) } : {}) });
      if (!(decision instanceof Error) && decision.changes) this.accept(view, decision.changes, ready);
    }
    this.turnsServed.push(turn);
  }

  /** Of a rerun that had to wait: what it takes over is read when it begins, and no earlier. */
  private async sourceOf(view: BoundExecution): Promise<KeptSource | undefined> {
    const { rerunOf, rerunFrom } = view.execution?.extra ?? {};
    if (rerunOf === undefined || rerunFrom === undefined) return undefined;
    await this.load([rerunOf]);
    const source = this.views.get(rerunOf);
    return source && { source, fromNode: rerunFrom };
  }

  /** As this batch leaves it. */
  private readonly statusOf = (executionId: string): ExecutionStatus | undefined =>
    this.views.get(executionId)?.execution?.status;

  /** B3. What is taken again gets the time, the jitter and the ids of the first time: it is the same decision. */
  private decide(view: BoundExecution, command: Command): Promise<Decision | Error> {
    const { mintExecutionId: mint, ...rest } = this.environment();
    const minted: string[] = [];
    return withPayloads(this.transaction, () => {
      let used = 0;
      return this.tryDecide(view, command, { ...rest, mintExecutionId: () => (minted[used++] ??= mint()) });
    });
  }

  /** `decide` is pure: when it fails, nothing of this command was applied, and the others of the batch go on. */
  private tryDecide(view: BoundExecution, command: Command, env: DecisionEnvironment): Decision | Error {
    try {
      return decide(view, command, env);
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
    const { entropy, expressions } = this.env;
    const nowMs = this.env.nowMs();
    return { nowMs, random: entropy.uniform(), expressions, mintExecutionId: () => entropy.executionId(nowMs) };
  }

  private accept(view: BoundExecution, changes: Changes, ready: ActivationRecord[] | undefined): void {
    view.stored.apply(changes);
    this.changes.push(changes);
    for (const event of changes.events) this.events.push(event);
    if (changes.outbox.length > 0)
      this.consequences.push(...changes.events.filter(({ seq }) => changes.outbox.includes(seq)));
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
    const record = view?.activation(candidate.node, candidate.iteration, candidate.item);
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
    const record = this.views.get(ref.executionId)?.activation(ref.node, ref.iteration, ref.item);
    if (record) this.dispatch(record);
  }

  private lease(
    view: BoundExecution,
    { node, iteration, item }: ActivationRecord,
    { workerId, leaseMs: usual }: { readonly workerId: string; readonly leaseMs: number },
    to: AttachedWorker | Outcome,
  ): boolean {
    const nonce = this.env.entropy.nonce();
    const leaseMs = view.workflow.nodes.get(node)?.behaviour.heartbeatTimeoutMs ?? usual;
    const ref = refOf({ node, iteration, item });
    const decision = decide(view, { kind: 'lease', ...ref, workerId, nonce, leaseMs }, this.environment());
    if (!decision.changes) return false;
    this.accept(view, decision.changes, undefined);
    const record = view.activation(node, iteration, item);
    // Otherwise a limit has paused the execution instead.
    if (record?.nonce !== nonce) return false;
    this.leases.push({ view, record, nonce, leaseMs, to });
    return true;
  }

  /** B2 */
  private async handOver(lease: Lease): Promise<void> {
    const { view, record, nonce, leaseMs, to } = lease;
    const task = await withPayloads(this.transaction, () => buildTask(view, record, nonce, leaseMs));
    if (task instanceof NexumError) await this.failUnsent(lease, task);
    else if (task && to instanceof AttachedWorker) this.leased.push([to, task]);
    else if (task && to && !(to instanceof AttachedWorker)) to.task = task;
  }

  /** No message could carry the task, now or later: the attempt fails where it is. */
  private async failUnsent(lease: Lease, { code, message }: NexumError): Promise<void> {
    const { view, record, nonce, to } = lease;
    const task = { ...record, ...refOf(record), nonce };
    const command: Command = { kind: 'fail', task, failure: { code, message, retryable: false } };
    const decision = await this.decide(view, command);
    if (decision instanceof Error || !decision.changes) return;
    const ready: ActivationRecord[] = [];
    this.accept(view, decision.changes, ready);
    if (to instanceof AttachedWorker) to.credits += 1;
    lease.to = undefined;
    // They join the leases that are being handed over.
    for (const next of ready) this.dispatch(next);
    this.searchAgain = true;
  }
}
