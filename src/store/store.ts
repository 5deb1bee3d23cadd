/**
 * The store port: the only seam between the engine and a database. A store loads executions under its lock, applies all
 * changes of a batch in ONE transaction, and runs a few hot searches. It knows no rule of the engine.
 *
 * Invariants for every implementation (test/store/conformance.ts):
 * S1  `transact` is all or nothing: after an error nothing of it is visible, in memory or on disk.
 * S2  When `transact` has returned, its changes survive the death of the process and of the machine (fsync).
 * S3  Nobody else changes an execution between its `load` and the end of the transaction.
 * S4  `work` of a transaction may run more than once: only the run that counts is the last.
 */
import type {
  ActivationRecord,
  ExecutionRecord,
  ExecutionStatus,
  JoinRecord,
  NodeRef,
  WaitsFor,
} from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import type { ScheduleSpec } from '../core/ir.js';
import type { Changes } from '../core/transition.js';

/**
 * The records of one execution. It belongs to the transaction that loaded it: a failed transaction discards it.
 * `payload` and `preload` may throw PayloadMissing (payload-missing.ts).
 */
export interface StoredExecution {
  execution: ExecutionRecord | undefined;
  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined;
  activations(): Iterable<ActivationRecord>;
  join(target: string, group: string): JoinRecord | undefined;
  payload(seq: number): string;
  preload(seqs: readonly number[]): void;
  /** Shows the changes to the following commands of the same batch; `apply` of the transaction writes them. */
  apply(changes: Changes): void;
}

/** Where a READY activation may be dispatched to: to workers with this handler, or to pollers of this version. */
export type ReadyFilter = { readonly handler: string } | { readonly versionHash: string };

export interface ActivationRef extends NodeRef {
  readonly executionId: string;
}

/** An execution that is WAITING, RUNNING or PAUSED, and has a concurrency key. */
export interface ConcurrentRef {
  readonly executionId: string;
  readonly status: ExecutionStatus;
}

/** An event about which something has to be done in another execution. */
export interface OutboxRef {
  readonly executionId: string;
  readonly seq: number;
}

/** What waits without a worker. */
export interface WaitingRef extends ActivationRef {
  readonly workflowId: string;
  readonly versionHash: string;
}

export interface StoreTransaction {
  /** A search passed over executions that another server held at that moment: what it did not find may be there. */
  readonly passedOver?: boolean;
  /** One entry per id, in their order; an unknown id gives an entry without `execution`. */
  load(executionIds: readonly string[]): Promise<readonly StoredExecution[]>;
  /** Empty entries for ids that were minted just now: nothing to read. */
  create(executionIds: readonly string[]): Promise<readonly StoredExecution[]>;
  /** Ids of the executions started under these keys. */
  findByIdempotencyKeys(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** READY and due activations of RUNNING executions: by priority, then the longest waiting first. */
  findReady(filter: ReadyFilter, nowMs: number, limit: number): Promise<readonly ActivationRef[]>;
  /**
   * Active executions that hold or want a slot of these concurrency keys, oldest first per key. Nobody else changes who
   * they are until the end of the transaction.
   */
  findConcurrent(keys: readonly string[]): Promise<ReadonlyMap<string, readonly ConcurrentRef[]>>;
  /** Brings what a PayloadMissing named: the same question is answered then. */
  readPayloads(missing: { readonly executionId: string; readonly seqs: readonly number[] }): Promise<void>;
  /** What was to be done about these events is done. */
  settleOutbox(done: readonly OutboxRef[]): Promise<void>;
  /** Writes everything; of several records with one key the last one. */
  apply(changes: readonly Changes[]): Promise<void>;
}

export interface LeasedRef extends ActivationRef {
  readonly nonce: string;
  readonly workerId: string;
}

export interface WorkflowRecord {
  readonly workflowId: string;
  readonly versionHash: string;
  readonly irJson: string;
  /** Order of registration, over all workflows. */
  readonly ordinal: number;
  readonly registeredAtMs: number;
}

/** A schedule as a version names it. */
export interface TimedSchedule {
  readonly spec: ScheduleSpec;
  /** Its first time; absent: it never comes. */
  readonly nextAtMs?: number | undefined;
}

/** A schedule of the newest version of a workflow. A paused one has no next time. */
export interface ScheduleRecord extends TimedSchedule {
  readonly workflowId: string;
  readonly paused: boolean;
  readonly lastAtMs?: number | undefined;
  readonly lastExecutionId?: string | undefined;
  /** Why the last time was not started, if it was not. */
  readonly lastProblem?: string | undefined;
}

/** Times at which something is to be done; absent: nothing of that kind. */
export interface DueTimes {
  readonly leaseExpiresAtMs?: number;
  readonly readyAtMs?: number;
  readonly firesAtMs?: number;
  readonly scheduledAtMs?: number;
}

/** Without a hash: the newest version of the workflow, or the newest one registered before another. */
export interface WorkflowQuery {
  readonly versionHash?: string;
  readonly workflowId?: string;
  readonly beforeOrdinal?: number;
}

export interface ExecutionFilter {
  readonly workflowId?: string;
  readonly status?: ExecutionStatus;
  /** Without it, executions of workflows whose id starts with this are left out. */
  readonly excludePrefix?: string;
  readonly beforeExecutionId?: string;
  /** Only those that have all of these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly limit: number;
}

/** Closed executions that may be deleted. */
export interface PurgeFilter {
  /** Ended before this time, walked in the order of their ids; absent: retention is over at `nowMs`. */
  readonly finishedBeforeMs?: number;
  readonly nowMs: number;
  readonly workflowId?: string;
  readonly statuses?: readonly ExecutionStatus[];
  /** Go on behind this one, which need not exist any more. By retention only a dry run needs it. */
  readonly afterExecutionId?: string;
  /** Executions at most; fewer when these have much to delete. */
  readonly limit: number;
  /** Counts, and deletes nothing. */
  readonly dryRun: boolean;
}

export interface Purged {
  /** Without durable calls, which go with the execution that made them. */
  readonly executionIds: readonly string[];
  /** There may be more. */
  readonly more: boolean;
  /** The last one that was looked at. */
  readonly lastExecutionId?: string;
}

/** Durable calls of one session (core/ids, sessionOf), oldest first. */
export interface CallFilter {
  readonly session: string;
  readonly afterExecutionId?: string;
  readonly limit: number;
}

/** A durable call without its payloads: one execution of one node. */
export interface StoredCall {
  readonly execution: ExecutionRecord;
  readonly activation: ActivationRecord | undefined;
  /** Of its JSON text; 0: it has none yet. */
  readonly resultBytes: number;
}

export interface StoredSession {
  readonly session: string;
  readonly calls: number;
  /** When its newest call began. */
  readonly newestAtMs: number;
}

/** What a server tells the others after a commit. Only a hint: whoever misses it finds out by polling. */
export interface Hint {
  /** Queues in which something became ready that this server did not hand out. */
  readonly queues: readonly string[];
  /** Executions with new events that nobody at this server waits for. */
  readonly executionIds: readonly string[];
  /** Attempts under way that were cancelled, of workers that are not attached to this server. */
  readonly stops: readonly { readonly workerId: string; readonly taskId: string }[];
}

/** A worker as the servers of one database tell each other of it. */
export interface PeerWorker {
  readonly workerId: string;
  readonly handlers: readonly string[];
  readonly queue?: string;
  readonly attachedAtMs: number;
  readonly credits: number;
}

/** What servers on one database know of each other. */
export interface Peers {
  /** Epoch milliseconds by the clock of the database: the same for all of them. */
  nowMs(): number;
  /** The worker is attached to this server now, and to no other one. */
  attach(worker: PeerWorker, sessionId: string): Promise<void>;
  /** This session has ended; the worker may have another one by now. */
  detach(workerId: string, sessionId: string): Promise<void>;
  /** Tasks that workers of this server would take now, where that has changed. */
  putCredits(credits: ReadonlyMap<string, number>): Promise<void>;
  /** Those that are attached to the other servers, as far as these live. */
  listWorkers(): Promise<readonly (PeerWorker & { readonly server: string })[]>;
  /** The newest session of the worker at any server. */
  findSession(workerId: string): Promise<string | undefined>;
  /** Of these executions (with the newest event known here), those that have newer events. */
  findNewer(known: ReadonlyMap<string, number>): Promise<readonly string[]>;
  /** Tells the others, soon and perhaps in vain. */
  send(hint: Hint): void;
  /** Hands over the hints of the others, until the store is closed. */
  listen(onHint: (hint: Hint) => void): void;
}

/** Durable calls are executions of their own; counted together they would hide the pipelines. */
export interface CountByKind {
  /** Whatever is not a call. */
  readonly pipelines: number;
  /** Workflow id (of an execution) or handler (of an activation) begins with INTERNAL_PREFIX of core/ids. */
  readonly calls: number;
}

export const NOTHING_WAITS: StoreGauges['waiting'] = { timer: 0, signal: 0, approval: 0, child: 0, items: 0, nodes: 0 };

/** What is active now, over all servers of this store. */
export interface StoreGauges {
  readonly executions: Readonly<Record<'RUNNING' | 'PAUSED' | 'WAITING', CountByKind>>;
  /** READY activations whose time has come. */
  readonly ready: CountByKind;
  readonly leased: CountByKind;
  /** WAITING activations, by what they wait for. */
  readonly waiting: Readonly<Record<WaitsFor, number>>;
  /** When the longest waiting one of `ready.pipelines` became due. A call may wait for ever: nobody may ask again. */
  readonly oldestReadyAtMs?: number;
  /** When the lease that ends first was taken or last renewed. */
  readonly oldestLeaseAtMs?: number;
}

export interface Store {
  /** e.g. `sqlite 3.53.2` */
  readonly description: string;
  /** Present when several servers may have the store open: then `transact` and reads may run at the same time. */
  readonly peers?: Peers;
  /** `urgent` work does not wait for other work, where the store can do two things at once. */
  transact<T>(work: (transaction: StoreTransaction) => Promise<T>, options?: { readonly urgent?: boolean }): Promise<T>;
  /**
   * Stores a workflow once; returns the record that stands under this id and hash, and whether it is new. A new version
   * brings its schedules: others of the workflow go, one of the same name keeps whether it is paused and what it did
   * last, and its next time too unless cron or timezone are other ones.
   */
  putWorkflow(
    workflow: Omit<WorkflowRecord, 'ordinal'>,
    schedules?: readonly TimedSchedule[],
  ): Promise<{ record: WorkflowRecord; created: boolean }>;
  /** By hash (and id, when two workflows share a hash). */
  findWorkflow(by: WorkflowQuery): Promise<WorkflowRecord | undefined>;
  /** Newest first; of one workflow or of all. */
  listWorkflows(workflowId?: string): Promise<readonly (WorkflowRecord & { activeExecutions: number })[]>;
  findExecution(executionId: string): Promise<ExecutionRecord | undefined>;
  /** Newest first. */
  listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionRecord[]>;
  /**
   * By sequence number, after `afterSeq`. A page ends early when its payloads are large (event-page.ts), but never empty
   * while there is an event.
   */
  listEvents(executionId: string, afterSeq: number, limit: number): Promise<readonly ExecutionEvent[]>;
  listActivations(executionId: string): Promise<readonly ActivationRecord[]>;
  /** Leases that have expired at `nowMs`, or all of one worker. */
  findLeased(by: { expiredAtMs: number } | { workerId: string }, limit: number): Promise<readonly LeasedRef[]>;
  /** WAITING activations whose timer or deadline has come, the longest due first. */
  findFired(nowMs: number, limit: number): Promise<readonly ActivationRef[]>;
  /** Activations that wait for this, the longest waiting execution first. */
  findWaiting(waitsFor: WaitsFor, limit: number): Promise<readonly WaitingRef[]>;
  /** Events that were committed before `beforeMs`, and about which something has still to be done. */
  listOutbox(beforeMs: number, limit: number): Promise<readonly OutboxRef[]>;
  /** Ids of executions that are reruns of this one, oldest first. */
  listReruns(executionId: string): Promise<readonly string[]>;
  /**
   * The earliest expiry of a lease, the earliest time after `nowMs` at which an activation becomes due, and the earliest
   * time (past ones too) of a timer or deadline, and of a schedule.
   */
  nextDue(nowMs: number): Promise<DueTimes>;
  /** By workflow and name; of one workflow or of all. */
  listSchedules(workflowId?: string): Promise<readonly ScheduleRecord[]>;
  /** Schedules whose next time has come, the longest due first. */
  findDueSchedules(nowMs: number, limit: number): Promise<readonly ScheduleRecord[]>;
  /**
   * Writes everything of `after` but its specification. False: cron, timezone, `paused` or the next time are not those
   * of `before` any more, and nothing was written.
   */
  updateSchedule(before: ScheduleRecord, after: ScheduleRecord): Promise<boolean>;
  /**
   * Deletes closed executions with everything of theirs, in one small transaction. Kept is what is connected with
   * something under way: an open parent or child, or a consequence that was not carried out (core/event).
   */
  purge(filter: PurgeFilter): Promise<Purged>;
  listCalls(filter: CallFilter): Promise<readonly StoredCall[]>;
  /** By name, after `afterSession`; without those of activations, whose names begin with the id of an execution. */
  listSessions(afterSession: string, limit: number): Promise<readonly StoredSession[]>;
  /**
   * Deletes those of these executions that are durable calls and that nobody is at, in one transaction: what has ended, and
   * calls (CALL_WORKFLOW) that wait for somebody to run them. Returns their ids; the others stay.
   */
  forgetCalls(executionIds: readonly string[]): Promise<readonly string[]>;
  /** Costs no more than what is active: it never looks at finished executions. */
  gauges(nowMs: number): Promise<StoreGauges>;
  close(): Promise<void>;
}
