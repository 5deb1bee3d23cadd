/** Records of the core <-> rows and columns of the PostgreSQL tables (migrations/0001_initial.sql). */
import type {
  ActivationDetail,
  ActivationRecord,
  ExecutionExtra,
  ExecutionRecord,
  ExecutionStatus,
  JoinRecord,
  NodeError,
  NodeRef,
  NodeStatus,
  WaitsFor,
} from '../../core/execution.js';
import type { ExecutionEvent } from '../../core/event.js';
import { sessionOf } from '../../core/ids.js';
import { nexumError } from '../../errors.js';
import type { Blob } from '../blob.js';
import type { ActivationRef } from '../store.js';
import { plainArray, textArray } from './array-literal.js';

const EXECUTION_ID = /^exec-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The UUID of an execution id, or undefined when no server made that id. */
export function findUuid(executionId: string): string | undefined {
  return EXECUTION_ID.test(executionId) ? executionId.slice(5) : undefined;
}

export function uuidOf(executionId: string): string {
  const uuid = findUuid(executionId);
  if (uuid === undefined) throw nexumError('INTERNAL', `${executionId} is not an execution id`);
  return uuid;
}

export function executionIdOf(uuid: string): string {
  return `exec-${uuid}`;
}

export const EXECUTION_COLUMNS = `execution_id, revision, last_seq, workflow_id, version_hash, status, created_at_ms,
  finished_at_ms, open_count, idempotency_key, request_hash, failed_node, error_json, purge_at_ms, extra`;

export type ExecutionRow = readonly [
  executionId: string,
  revision: number,
  lastSeq: number,
  workflowId: string,
  versionHash: string,
  status: ExecutionStatus,
  createdAtMs: number,
  finishedAtMs: number | null,
  open: number,
  idempotencyKey: string | null,
  requestHash: string | null,
  failedNode: string | null,
  errorJson: string | null,
  purgeAtMs: number | null,
  extra: string | null,
];

export function readExecution(row: ExecutionRow): ExecutionRecord {
  const [uuid, , lastSeq, workflowId, versionHash, status, createdAtMs, finishedAtMs, open, ...rest] = row;
  const [idempotencyKey, requestHash, failedNode, errorJson, purgeAtMs, extra] = rest;
  return {
    executionId: executionIdOf(uuid),
    workflowId,
    versionHash,
    status,
    createdAtMs,
    lastSeq,
    open,
    finishedAtMs: finishedAtMs ?? undefined,
    idempotencyKey: idempotencyKey ?? undefined,
    requestHash: requestHash ?? undefined,
    failedNode: failedNode ?? undefined,
    error: errorJson === null ? undefined : (JSON.parse(errorJson) as NodeError),
    purgeAtMs: purgeAtMs ?? undefined,
    extra: extra === null ? undefined : (JSON.parse(extra) as ExecutionExtra),
  };
}

/** In the order of the parameters of `insertExecutions`. */
export function insertColumns(records: readonly ExecutionRecord[]): string[] {
  return [
    plainArray(records.map(({ executionId }) => uuidOf(executionId))),
    plainArray(records.map(({ lastSeq }) => lastSeq)),
    textArray(records.map(({ workflowId }) => workflowId)),
    textArray(records.map(({ versionHash }) => versionHash)),
    plainArray(records.map(({ status }) => status)),
    plainArray(records.map(({ createdAtMs }) => createdAtMs)),
    plainArray(records.map(({ finishedAtMs }) => finishedAtMs)),
    plainArray(records.map(({ open }) => open)),
    textArray(records.map(({ idempotencyKey }) => idempotencyKey)),
    plainArray(records.map(({ requestHash }) => requestHash)),
    textArray(records.map(({ failedNode }) => failedNode)),
    textArray(records.map(({ error }) => error && JSON.stringify(error))),
    plainArray(records.map(({ purgeAtMs }) => purgeAtMs)),
    textArray(records.map(({ extra }) => extra?.concurrency?.key)),
    plainArray(records.map(({ extra }) => (extra?.rerunOf === undefined ? undefined : uuidOf(extra.rerunOf)))),
    textArray(records.map(({ extra }) => extra?.labels && labelLines(extra.labels))),
    textArray(records.map(({ extra }) => extra && JSON.stringify(extra))),
    textArray(records.map(sessionOf)),
  ];
}

/** What `labels` holds of them: whoever has a label has its line in there. */
export function labelLines(labels: Readonly<Record<string, string>>): string {
  return `\n${Object.entries(labels)
    .map((pair) => `${JSON.stringify(pair)}\n`)
    .join('')}`;
}

/** In the order of the parameters of `updateExecutions`. */
export function updateColumns(updates: readonly { record: ExecutionRecord; revision: number }[]): string[] {
  return [
    plainArray(updates.map(({ record }) => uuidOf(record.executionId))),
    plainArray(updates.map(({ revision }) => revision)),
    plainArray(updates.map(({ record }) => record.lastSeq)),
    plainArray(updates.map(({ record }) => record.status)),
    plainArray(updates.map(({ record }) => record.finishedAtMs)),
    plainArray(updates.map(({ record }) => record.open)),
    textArray(updates.map(({ record }) => record.failedNode)),
    textArray(updates.map(({ record }) => record.error && JSON.stringify(record.error))),
    plainArray(updates.map(({ record }) => record.purgeAtMs)),
    textArray(updates.map(({ record }) => record.extra && JSON.stringify(record.extra))),
  ];
}

export const ACTIVATION_COLUMNS = `execution_id, node, iteration, item, status, version_hash, handler, priority, attempt,
  failed, lost, ready_at_ms, nonce, worker_id, lease_ms, lease_expires_at_ms, deadline_at_ms, output_seq, waits_for, detail`;

export type ActivationRow = readonly [
  executionId: string,
  node: string,
  iteration: number,
  /** -1: the node itself. */
  item: number,
  status: NodeStatus,
  versionHash: string,
  handler: string | null,
  priority: number,
  attempt: number,
  failed: number,
  lost: number,
  readyAtMs: number,
  nonce: string | null,
  workerId: string | null,
  leaseMs: number | null,
  leaseExpiresAtMs: number | null,
  deadlineAtMs: number | null,
  outputSeq: number | null,
  waitsFor: WaitsFor | null,
  detail: string | null,
];

export function readActivation(row: ActivationRow): ActivationRecord {
  const [uuid, node, iteration, item, status, versionHash, handler, priority, attempt, failed, lost, ...rest] = row;
  const [readyAtMs, nonce, workerId, leaseMs, leaseExpiresAtMs, deadlineAtMs, outputSeq, waitsFor, detail] = rest;
  return {
    executionId: executionIdOf(uuid),
    node,
    iteration,
    item: item < 0 ? undefined : item,
    status,
    versionHash,
    attempt,
    failed,
    lost,
    readyAtMs,
    handler: handler ?? undefined,
    nonce: nonce ?? undefined,
    workerId: workerId ?? undefined,
    leaseMs: leaseMs ?? undefined,
    leaseExpiresAtMs: leaseExpiresAtMs ?? undefined,
    deadlineAtMs: deadlineAtMs ?? undefined,
    outputSeq: outputSeq ?? undefined,
    priority,
    waitsFor: waitsFor ?? undefined,
    detail: detail === null ? undefined : (JSON.parse(detail) as ActivationDetail),
  };
}

/** In the order of ACTIVATION_COLUMNS. */
export function newActivationColumns(records: readonly ActivationRecord[]): string[] {
  const [ids = '', nodes = '', iterations = '', items = '', statuses = '', ...rest] = changedActivationColumns(records);
  return [
    ids,
    nodes,
    iterations,
    items,
    statuses,
    textArray(records.map(({ versionHash }) => versionHash)),
    textArray(records.map(({ handler }) => handler)),
    plainArray(records.map(({ priority }) => priority)),
    ...rest,
  ];
}

/** The key, and what changes in the life of an activation; in the order of the parameters of `updateActivations`. */
export function changedActivationColumns(records: readonly ActivationRecord[]): string[] {
  return [
    plainArray(records.map(({ executionId }) => uuidOf(executionId))),
    textArray(records.map(({ node }) => node)),
    plainArray(records.map(({ iteration }) => iteration)),
    plainArray(records.map(({ item }) => item ?? -1)),
    plainArray(records.map(({ status }) => status)),
    plainArray(records.map(({ attempt }) => attempt)),
    plainArray(records.map(({ failed }) => failed)),
    plainArray(records.map(({ lost }) => lost)),
    plainArray(records.map(({ readyAtMs }) => readyAtMs)),
    textArray(records.map(({ nonce }) => nonce)),
    textArray(records.map(({ workerId }) => workerId)),
    plainArray(records.map(({ leaseMs }) => leaseMs)),
    plainArray(records.map(({ leaseExpiresAtMs }) => leaseExpiresAtMs)),
    plainArray(records.map(({ deadlineAtMs }) => deadlineAtMs)),
    plainArray(records.map(({ outputSeq }) => outputSeq)),
    plainArray(records.map(({ waitsFor }) => waitsFor)),
    textArray(records.map(({ detail }) => detail && JSON.stringify(detail))),
  ];
}

export type JoinRow = readonly [executionId: string, target: string, group: string, remaining: number, taken: number];

export function readJoin([uuid, target, group, remaining, taken]: JoinRow): JoinRecord {
  return { executionId: executionIdOf(uuid), target, group, remaining, taken };
}

export function joinColumns(records: readonly JoinRecord[]): string[] {
  return [
    plainArray(records.map(({ executionId }) => uuidOf(executionId))),
    textArray(records.map(({ target }) => target)),
    textArray(records.map(({ group }) => group)),
    plainArray(records.map(({ remaining }) => remaining)),
    plainArray(records.map(({ taken }) => taken)),
  ];
}

export type EventRow = readonly [
  executionId: string,
  seq: number,
  atMs: number,
  kind: string,
  node: string | null,
  iteration: number | null,
  item: number | null,
  data: string,
  /** Wherever it lies. */
  payload: string | null,
];

/**
 * What has its own column is not repeated in `data`.
 * @param blobs those that hold the payloads of some of the events
 */
export function eventColumns(events: readonly ExecutionEvent[], blobs: ReadonlyMap<ExecutionEvent, Blob>): string[] {
  const parts = events.map((event) => {
    const { executionId: _id, seq: _seq, atMs: _at, kind: _kind, ...rest } = event;
    const { node, iteration, item, payload, ...data } = rest as Partial<NodeRef> & { payload?: string };
    const hash = blobs.get(event)?.hash;
    const inline = hash === undefined ? payload : undefined;
    return { node, iteration, item, payload: inline, hash, data: JSON.stringify(data) };
  });
  return [
    plainArray(events.map(({ executionId }) => uuidOf(executionId))),
    plainArray(events.map(({ seq }) => seq)),
    plainArray(events.map(({ atMs }) => atMs)),
    plainArray(events.map(({ kind }) => kind)),
    textArray(parts.map(({ node }) => node)),
    plainArray(parts.map(({ iteration }) => iteration)),
    plainArray(parts.map(({ item }) => item)),
    textArray(parts.map(({ data }) => data)),
    textArray(parts.map(({ payload }) => payload)),
    plainArray(parts.map(({ hash }) => hash)),
  ];
}

export function readEvent([uuid, seq, atMs, kind, node, iteration, item, data, payload]: EventRow): ExecutionEvent {
  return {
    executionId: executionIdOf(uuid),
    seq,
    atMs,
    kind,
    ...(node === null ? {} : { node }),
    ...(iteration === null ? {} : { iteration }),
    ...(item === null ? {} : { item }),
    ...(JSON.parse(data) as object),
    ...(payload === null ? {} : { payload }),
  } as ExecutionEvent;
}

export function outboxColumns(events: readonly ExecutionEvent[]): string[] {
  return [
    plainArray(events.map(({ executionId }) => uuidOf(executionId))),
    plainArray(events.map(({ seq }) => seq)),
    plainArray(events.map(({ atMs }) => atMs)),
  ];
}

/** The reference to an activation, as a row has it. */
export function activationRef(uuid: string, node: string, iteration: number, item: number): ActivationRef {
  return { executionId: executionIdOf(uuid), node, iteration, ...(item < 0 ? {} : { item }) };
}
