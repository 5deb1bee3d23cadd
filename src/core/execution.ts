/**
 * The state of one execution, as the tables hold it. Records are replaced, never changed in place; `applyEvent` and the
 * stores build them with every field present, because objects of one shape are several times cheaper to copy.
 *
 * Invariants (cited by comments and tests):
 * E1  `open` = number of activations that are READY, LEASED, WAITING or parked (PENDING with a row).
 * E2  A RUNNING or PAUSED execution has `open` > 0; at 0 it is closed in the same transition. Closed, only a FAILED one
 *     may still be open: siblings that were leased when it failed may commit.
 * E3  A final activation (COMPLETED, FAILED, SKIPPED, CANCELLED) never changes again.
 * E4  Only the attempt whose nonce stands in the record can change a LEASED activation (the fence).
 * E5  Folding the events gives the records back, except `leaseExpiresAtMs`: heartbeats extend it without an event,
 *     because expiry only makes a lease eligible for reaping and proves nothing.
 */
import type { Workflow } from './workflow.js';

export const EXECUTION_STATUSES = ['RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
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
  /** READY: not to be leased before this time. */
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
}

/** How far an incoming group of several edges has come. Groups of one edge need no record. */
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
  activation(node: string, iteration: number): ActivationRecord | undefined;
  /** Every activation with a record. O(nodes): only for pause, resume, cancel and failure. */
  activations(): Iterable<ActivationRecord>;
  join(target: string, group: string): JoinRecord | undefined;
  /** JSON text of a COMPLETED activation's output. */
  output(activation: ActivationRecord): string;
  /** JSON text of the input of the execution. */
  input(): string;
}

export function isClosed(status: ExecutionStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

export function isFinal(status: NodeStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'SKIPPED' || status === 'CANCELLED';
}

/** One key per activation inside an execution. The iteration stands first: a node may be named `a#2`. */
export function activationKey(node: string, iteration: number): string {
  return `${iteration}:${node}`;
}
