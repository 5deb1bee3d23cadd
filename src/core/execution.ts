/**
 * The state of one execution, as the tables hold it. Records are replaced, never changed in place; `applyEvent` and the
 * stores build them with every field present, because objects of one shape are several times cheaper to copy.
 *
 * Invariants (cited by comments and tests):
 * E1  `open` = number of activations that are READY, LEASED, WAITING or parked (PENDING with a row).
 * E2  A RUNNING or PAUSED execution has `open` > 0; at 0 it is closed in the same transition. Closed, only a FAILED one
 *     may still be open: siblings that were leased when it failed may commit. A WAITING one has not begun: nothing is open.
 * E3  A final activation (COMPLETED, FAILED, SKIPPED, CANCELLED) never changes again, except that `retry` of a FAILED
 *     execution opens again what FAILED or was CANCELLED with it. COMPLETED and SKIPPED are for ever. A CANCELLED map goes
 *     on counting its items: those that were leased may commit.
 * E4  Only the attempt whose nonce stands in the record can change a LEASED activation (the fence).
 * E5  Folding the events gives the records back, except `leaseExpiresAtMs`: heartbeats extend it without an event,
 *     because expiry only makes a lease eligible for reaping and proves nothing.
 */
import type { JsonObject } from './ir.js';
import type { Usage } from './usage.js';
import type { Workflow } from './workflow.js';

/** WAITING: queued behind other executions with its concurrency key. */
export const EXECUTION_STATUSES = ['WAITING', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export type NodeStatus = 'PENDING' | 'READY' | 'LEASED' | 'WAITING' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';

/** Why an attempt or a node failed. */
export interface NodeError {
  readonly code: string;
  readonly message: string;
}

export interface NodeRef {
  readonly node: string;
  /** From 1. */
  readonly iteration: number;
  /** Index of a map item, from 0; absent: the node itself. */
  readonly item?: number | undefined;
}

/** What a WAITING activation waits for. */
export type WaitsFor = 'timer' | 'signal' | 'approval' | 'child' | 'items' | 'nodes';

/** The limits of a free graph, and those of `limits`. */
export const PAUSE_REASONS = ['max_turns', 'max_messages', 'max_cost_usd', 'max_tokens', 'max_duration'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** How far an execution is from its `limits`. */
export interface LimitProgress {
  /** What it had used at the last resume after one of them: it counts no more. */
  readonly costNanoUsd: number;
  readonly tokens: number;
  /** Milliseconds that it was RUNNING since then, up to `sinceMs`. */
  readonly runMs: number;
  /** RUNNING since. */
  readonly sinceMs?: number | undefined;
  /** PAUSED: by this limit. */
  readonly pausedBy?: PauseReason | undefined;
}

/** A group of edges of which some have fired, and the others never will. */
export interface UnsatisfiedJoin {
  readonly node: string;
  readonly group: string;
  /** Edges that have not fired. */
  readonly remaining: number;
}

/** How far a loop has come. */
export interface LoopProgress {
  /** From 1. */
  readonly round: number;
  /** The iteration of its nodes in this round: rounds are counted over all activations of the loop. */
  readonly serial: number;
  /** Nodes that have not settled in this round. */
  readonly remaining: number;
}

/** How far a free graph has come: a fold over its events, like every counter. */
export interface GraphProgress {
  /** Since the start, or the last resume after a limit: what the limits count. */
  readonly turns: number;
  readonly messages: number;
  /** Since the start. */
  readonly totalTurns: number;
  /** Events of what the user said: the task first. */
  readonly said: readonly number[];
  /** Barrier: what the wave that runs has activated so far, in that order. */
  readonly next?: readonly string[] | undefined;
  /** Parts of the stop condition that are met. */
  readonly met?: readonly number[] | undefined;
  /** The activation whose output met the stop condition. */
  readonly stoppedBy?: NodeRef | undefined;
  /** PAUSED: by this limit. */
  readonly pausedBy?: PauseReason | undefined;
  readonly unsatisfied?: readonly UnsatisfiedJoin[] | undefined;
  /** Commits that came after the execution had FAILED: these edges fired, and a retry counts them. */
  readonly late?: readonly (NodeRef & { readonly fired: readonly number[] })[] | undefined;
}

/** The due time of what waits without a deadline: the last one that a Date can hold. */
export const NEVER_MS = 8_640_000_000_000_000;

/** How far a MAP has come. `total` items lie in pages of `pageSize`, in the events from `seq` + 1 on. */
export interface MapProgress {
  readonly seq: number;
  readonly pageSize: number;
  readonly total: number;
  /** Items 0 to `opened` - 1 have activations. */
  readonly opened: number;
  readonly completed: number;
  readonly failed: number;
}

/** How an activation of a free graph began. */
export interface Activated {
  readonly seq: number;
  readonly after: number;
  /** Iterations of its node before this one had settled by then: below it nothing has to be searched. */
  readonly open: number;
}

/** What only some activations have. */
export interface ActivationDetail {
  /** FAILED: why. */
  readonly error?: NodeError | undefined;
  /** FAILED, and the execution went on: its dependents have been told. */
  readonly handled?: boolean | undefined;
  /** SUBWORKFLOW: the child execution. */
  readonly child?: string | undefined;
  readonly signal?: string | undefined;
  readonly items?: MapProgress | undefined;
  readonly loop?: LoopProgress | undefined;
  /**
   * Free graph: the event that activated it, and the one that had activated it before (0: none). It reads what was
   * committed up to `seq`, and an agent hears what was said after `after` up to `seq`.
   */
  readonly activated?: Activated | undefined;
  /** HUMAN_APPROVAL: who answered what. */
  readonly answer?: ApprovalAnswer | undefined;
  /** Of the event that made it WAITING: it may hold the message of an approval, or the input of a child. */
  readonly waitingSeq?: number | undefined;
  readonly waitingSinceMs?: number | undefined;
  /** What its model calls have used, over all attempts. */
  readonly usage?: Usage | undefined;
}

export interface ApprovalAnswer {
  readonly approved: boolean;
  readonly approver: string;
}

/** What only some executions have. */
export interface ExecutionExtra {
  /** The activation that waits for this execution. */
  readonly parent?: (NodeRef & { readonly executionId: string }) | undefined;
  readonly rerunOf?: string | undefined;
  /** The node that runs again there, with all downstream of it; absent: everything. */
  readonly rerunFrom?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly priority?: number | undefined;
  /** The slot that it takes, or waits for. */
  readonly concurrency?: { readonly key: string; readonly limit: number } | undefined;
  /** Edited `with`, by node. */
  readonly overrides?: Readonly<Record<string, JsonObject>> | undefined;
  /** Received, and not consumed yet: the sequence number of the event holds the payload. */
  readonly signals?: readonly { readonly name: string; readonly seq: number }[] | undefined;
  /** The schedule that started it. */
  readonly schedule?: string | undefined;
  readonly graph?: GraphProgress | undefined;
  /** The sum over its activations. */
  readonly usage?: Usage | undefined;
  /** Only of workflows that limit their executions. */
  readonly limits?: LimitProgress | undefined;
}

export interface ExecutionRecord {
  readonly executionId: string;
  readonly workflowId: string;
  readonly versionHash: string;
  readonly status: ExecutionStatus;
  readonly createdAtMs: number;
  readonly finishedAtMs?: number | undefined;
  /** Sequence number of the newest event; events are numbered 1, 2, 3... without a gap. */
  readonly lastSeq: number;
  readonly open: number;
  readonly idempotencyKey?: string | undefined;
  /** sha256 of workflow, version and input: tells a repeated start from a different one under the same key. */
  readonly requestHash?: string | undefined;
  readonly failedNode?: string | undefined;
  readonly error?: NodeError | undefined;
  /** From when on it may be deleted; absent: until somebody purges it. */
  readonly purgeAtMs?: number | undefined;
  readonly extra?: ExecutionExtra | undefined;
}

export interface ActivationRecord extends NodeRef {
  readonly executionId: string;
  /** With `handler`, where a READY activation may be dispatched to. */
  readonly versionHash: string;
  /** Absent for foreign workflows, which are polled by version hash. */
  readonly handler?: string | undefined;
  readonly status: NodeStatus;
  /** Number of the newest attempt; 0 before the first lease. */
  readonly attempt: number;
  /** Attempts that ended by a thrown error. */
  readonly failed: number;
  /** Attempts that ended by the death of their worker. */
  readonly lost: number;
  /** READY: not to be leased before this time. WAITING: when the timer fires or the deadline ends, else NEVER_MS. */
  readonly readyAtMs: number;
  /** The fence of the newest attempt: 128 random bits, base64url. */
  readonly nonce?: string | undefined;
  readonly workerId?: string | undefined;
  readonly leaseMs?: number | undefined;
  readonly leaseExpiresAtMs?: number | undefined;
  /** No heartbeat extends the lease beyond this time: a hung handler with a live heartbeat still ends. */
  readonly deadlineAtMs?: number | undefined;
  /** COMPLETED: the event that holds the output. */
  readonly outputSeq?: number | undefined;
  /** Of the execution: what is READY goes in this order, then by time. */
  readonly priority: number;
  readonly waitsFor?: WaitsFor | undefined;
  readonly detail?: ActivationDetail | undefined;
}

/**
 * How far an incoming group of several edges has come. Groups of one edge need no record. In a free graph an edge counts
 * each time it fires, and the count begins anew when the target is activated by it; in a loop, with each round.
 */
export interface JoinRecord {
  readonly executionId: string;
  readonly target: string;
  readonly group: string;
  readonly remaining: number;
  /** Edges whose source COMPLETED, as opposed to SKIPPED. */
  readonly taken: number;
}

/** What a decision may read: of one execution, loaded under its lock. */
export interface ExecutionView {
  readonly workflow: Workflow;
  readonly execution: ExecutionRecord | undefined;
  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined;
  /** Every activation with a record. O(nodes): only for pause, resume, cancel, retry and failure. */
  activations(): Iterable<ActivationRecord>;
  join(target: string, group: string): JoinRecord | undefined;
  /** JSON text that an event holds. */
  payload(seq: number): string;
  /** Makes sure that these payloads are in memory, all at once; reading them one by one would be as many questions. */
  preload(seqs: readonly number[]): void;
}

export function isClosed(status: ExecutionStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

export function isFinal(status: NodeStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'SKIPPED' || status === 'CANCELLED';
}

/** One key per activation inside an execution. The iteration stands first: a node may be named `a#2`. */
export function activationKey(node: string, iteration: number, item?: number): string {
  return item === undefined ? `${iteration}:${node}` : `${iteration}.${item}:${node}`;
}

/**
 * The newest iteration of a node in a free graph, 0 without one. They are numbered without a gap, so that it takes
 * O(log iterations) to find.
 */
export function newestIteration(state: Pick<ExecutionView, 'activation'>, node: string): number {
  let low = 0;
  let high = 1;
  while (state.activation(node, high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (state.activation(node, middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The event that holds the input of an execution. */
export const INPUT_SEQ = 1;

/** Names an activation and nothing else. */
export function refOf({ node, iteration, item }: NodeRef): NodeRef {
  return item === undefined ? { node, iteration } : { node, iteration, item };
}
