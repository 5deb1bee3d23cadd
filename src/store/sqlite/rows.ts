/** Records of the core <-> rows of the SQLite tables (migrations/0001_initial.sql). */
import type {
  ActivationDetail,
  ActivationRecord,
  ExecutionExtra,
  ExecutionRecord,
  ExecutionStatus,
  JoinRecord,
  NodeRef,
  NodeStatus,
  WaitsFor,
} from '../../core/execution.js';
import type { ExecutionEvent } from '../../core/event.js';
import { sessionOf } from '../../core/ids.js';

export interface ExecutionRow {
  id: number;
  execution_id: string;
  workflow_id: string;
  version_hash: string;
  status: ExecutionStatus;
  created_at_ms: number;
  finished_at_ms: number | null;
  open_count: number;
  /** Not a column: the newest event's number (SELECT_EXECUTION). */
  last_seq: number;
  idempotency_key: string | null;
  request_hash: string | null;
  failed_node: string | null;
  error_code: string | null;
  error_message: string | null;
  purge_at_ms: number | null;
  extra: string | null;
}

export interface ActivationRow {
  execution: number;
  node: string;
  iteration: number;
  /** -1: the node itself. */
  item: number;
  status: NodeStatus;
  version_hash: string;
  handler: string | null;
  attempt: number;
  failed: number;
  lost: number;
  ready_at_ms: number;
  nonce: string | null;
  worker_id: string | null;
  lease_ms: number | null;
  lease_expires_at_ms: number | null;
  deadline_at_ms: number | null;
  output_seq: number | null;
  priority: number;
  waits_for: WaitsFor | null;
  detail: string | null;
}

export interface JoinRow {
  execution: number;
  target: string;
  edge_group: string;
  remaining: number;
  taken: number;
}

export interface EventRow {
  execution: number;
  seq: number;
  at_ms: number;
  kind: string;
  node: string | null;
  iteration: number | null;
  item: number | null;
  data: string;
  /** Wherever it lies. */
  payload: string | null;
}

/** In the column order of the INSERT. */
export function executionRow(record: ExecutionRecord): unknown[] {
  return [
    record.executionId,
    record.workflowId,
    record.versionHash,
    record.status,
    record.createdAtMs,
    record.finishedAtMs ?? null,
    record.open,
    record.idempotencyKey ?? null,
    record.requestHash ?? null,
    record.failedNode ?? null,
    record.error?.code ?? null,
    record.error?.message ?? null,
    record.purgeAtMs ?? null,
    record.extra?.concurrency?.key ?? null,
    record.extra?.rerunOf ?? null,
    sessionOf(record) ?? null,
    record.extra ? JSON.stringify(record.extra) : null,
  ];
}

export function readExecution(row: ExecutionRow): ExecutionRecord {
  return {
    executionId: row.execution_id,
    workflowId: row.workflow_id,
    versionHash: row.version_hash,
    status: row.status,
    createdAtMs: row.created_at_ms,
    lastSeq: row.last_seq,
    open: row.open_count,
    finishedAtMs: row.finished_at_ms ?? undefined,
    idempotencyKey: row.idempotency_key ?? undefined,
    requestHash: row.request_hash ?? undefined,
    failedNode: row.failed_node ?? undefined,
    error: row.error_code === null ? undefined : { code: row.error_code, message: row.error_message ?? '' },
    purgeAtMs: row.purge_at_ms ?? undefined,
    extra: row.extra === null ? undefined : (JSON.parse(row.extra) as ExecutionExtra),
  };
}

/** In the column order of the INSERT. */
export function activationRow(execution: number, record: ActivationRecord): unknown[] {
  return [
    execution,
    record.node,
    record.iteration,
    record.item ?? -1,
    record.status,
    record.versionHash,
    record.handler ?? null,
    record.attempt,
    record.failed,
    record.lost,
    record.readyAtMs,
    record.nonce ?? null,
    record.workerId ?? null,
    record.leaseMs ?? null,
    record.leaseExpiresAtMs ?? null,
    record.deadlineAtMs ?? null,
    record.outputSeq ?? null,
    record.priority,
    record.waitsFor ?? null,
    record.detail ? JSON.stringify(record.detail) : null,
  ];
}

export function readActivation(executionId: string, row: ActivationRow): ActivationRecord {
  return {
    executionId,
    node: row.node,
    iteration: row.iteration,
    item: row.item < 0 ? undefined : row.item,
    status: row.status,
    versionHash: row.version_hash,
    attempt: row.attempt,
    failed: row.failed,
    lost: row.lost,
    readyAtMs: row.ready_at_ms,
    handler: row.handler ?? undefined,
    nonce: row.nonce ?? undefined,
    workerId: row.worker_id ?? undefined,
    leaseMs: row.lease_ms ?? undefined,
    leaseExpiresAtMs: row.lease_expires_at_ms ?? undefined,
    deadlineAtMs: row.deadline_at_ms ?? undefined,
    outputSeq: row.output_seq ?? undefined,
    priority: row.priority,
    waitsFor: row.waits_for ?? undefined,
    detail: row.detail === null ? undefined : (JSON.parse(row.detail) as ActivationDetail),
  };
}

export function readJoin(executionId: string, row: JoinRow): JoinRecord {
  return {
    executionId,
    target: row.target,
    group: row.edge_group,
    remaining: row.remaining,
    taken: row.taken,
  };
}

/**
 * In the column order of the INSERT. What has its own column is not repeated in `data`.
 * @param blobHash names the blob that holds the payload
 */
export function eventRow(execution: number, event: ExecutionEvent, blobHash: string | undefined): unknown[] {
  const { executionId, seq, atMs, kind, ...rest } = event;
  const { node, iteration, item, payload, ...data } = rest as Partial<NodeRef> & { payload?: string };
  const key = [execution, seq, atMs, kind, node ?? null, iteration ?? null, item ?? null];
  const inline = blobHash === undefined ? payload : undefined;
  return [...key, JSON.stringify(data), inline ?? null, blobHash ?? null];
}

export function readEvent(executionId: string, row: EventRow): ExecutionEvent {
  return {
    executionId,
    seq: row.seq,
    atMs: row.at_ms,
    kind: row.kind,
    ...(row.node === null ? {} : { node: row.node }),
    ...(row.iteration === null ? {} : { iteration: row.iteration }),
    ...(row.item === null ? {} : { item: row.item }),
    ...(JSON.parse(row.data) as object),
    ...(row.payload === null ? {} : { payload: row.payload }),
  } as ExecutionEvent;
}
