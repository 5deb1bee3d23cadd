/** Reads outside of batches: what people look at, and what the engine searches for now and then. */
import { NEVER_MS, type ActivationRecord, type ExecutionRecord, type WaitsFor } from '../../core/execution.js';
import type { ExecutionEvent } from '../../core/event.js';
import { INTERNAL_PREFIX } from '../../core/ids.js';
import { PAGE_BYTES } from '../event-page.js';
import {
  NOTHING_WAITS,
  type CountByKind,
  type DueTimes,
  type ExecutionFilter,
  type LeasedRef,
  type StoreGauges,
} from '../store.js';
import type { Value } from './connection.js';
import type { ReadPool } from './read-pool.js';
import {
  ACTIVATION_COLUMNS,
  activationRef,
  EXECUTION_COLUMNS,
  findUuid,
  labelLines,
  readActivation,
  readEvent,
  readExecution,
  type ActivationRow,
  type EventRow,
  type ExecutionRow,
} from './rows.js';

export async function findExecution(pool: ReadPool, executionId: string): Promise<ExecutionRecord | undefined> {
  const uuid = findUuid(executionId);
  if (uuid === undefined) return undefined;
  const [row] = await pool.rows<ExecutionRow>(
    `SELECT ${EXECUTION_COLUMNS} FROM nexum.execution WHERE execution_id = $1::uuid`,
    [uuid],
  );
  return row && readExecution(row);
}

/** Ids grow with time, so every page is one walk down an index. */
export async function listExecutions(pool: ReadPool, filter: ExecutionFilter): Promise<ExecutionRecord[]> {
  const conditions: string[] = [];
  const values: Value[] = [];
  const add = (condition: (parameter: string) => string, value: Value): void => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  if (filter.workflowId !== undefined) add((id) => `workflow_id = ${id}`, filter.workflowId);
  if (filter.status !== undefined) add((status) => `status = ${status}`, filter.status);
  if (filter.beforeExecutionId !== undefined) {
    const uuid = findUuid(filter.beforeExecutionId);
    if (uuid === undefined) return [];
    add((id) => `execution_id < ${id}::uuid`, uuid);
  }
  if (filter.excludePrefix !== undefined)
    add((prefix) => `NOT starts_with(workflow_id, ${prefix})`, filter.excludePrefix);
  for (const [name, value] of Object.entries(filter.labels ?? {}))
    add((label) => `strpos(labels, ${label}) > 0`, labelLines({ [name]: value }));
  values.push(filter.limit);
  const rows = await pool.rows<ExecutionRow>(
    `SELECT ${EXECUTION_COLUMNS} FROM nexum.execution ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY execution_id DESC LIMIT $${values.length}`,
    values,
  );
  return rows.map(readExecution);
}

export async function listEvents(
  pool: ReadPool,
  executionId: string,
  afterSeq: number,
  limit: number,
): Promise<ExecutionEvent[]> {
  const uuid = findUuid(executionId);
  if (uuid === undefined) return [];
  const rows = await pool.rows<EventRow>(
    `SELECT execution_id, seq, at_ms, kind, node, iteration, item, data,
       coalesce(payload, (SELECT body FROM nexum.blob WHERE hash = payload_hash))
     FROM (
       SELECT e.*, sum(coalesce(octet_length(e.payload), (SELECT size FROM nexum.blob WHERE hash = e.payload_hash), 0))
         OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
       FROM nexum.event e WHERE execution_id = $1::uuid AND seq > $2::int ORDER BY seq LIMIT $3::int
     ) AS page
     WHERE coalesce(bytes_before, 0) < $4::int ORDER BY seq`,
    [uuid, afterSeq, limit, PAGE_BYTES],
  );
  return rows.map(readEvent);
}

export async function listActivations(pool: ReadPool, executionId: string): Promise<ActivationRecord[]> {
  const uuid = findUuid(executionId);
  if (uuid === undefined) return [];
  const rows = await pool.rows<ActivationRow>(
    `SELECT ${ACTIVATION_COLUMNS} FROM nexum.activation WHERE execution_id = $1::uuid`,
    [uuid],
  );
  return rows.map(readActivation);
}

export async function findLeased(
  pool: ReadPool,
  by: { expiredAtMs: number } | { workerId: string },
  limit: number,
): Promise<LeasedRef[]> {
  const [where, value] =
    'workerId' in by ? ['worker_id = $1', by.workerId] : ['lease_expires_at_ms <= $1::bigint', by.expiredAtMs];
  type Row = [uuid: string, node: string, iteration: number, item: number, nonce: string, workerId: string];
  const rows = await pool.rows<Row>(
    `SELECT execution_id, node, iteration, item, nonce, worker_id FROM nexum.activation
     WHERE status = 'LEASED' AND ${where} ORDER BY lease_expires_at_ms LIMIT $2::int`,
    [value, limit],
  );
  return rows.map(([uuid, node, iteration, item, nonce, workerId]) => ({
    ...activationRef(uuid, node, iteration, item),
    nonce,
    workerId,
  }));
}

export async function nextDue(pool: ReadPool, nowMs: number): Promise<DueTimes> {
  type AtMs = number | null;
  type Row = [leaseExpiresAtMs: AtMs, readyAtMs: AtMs, firesAtMs: AtMs, scheduledAtMs: AtMs];
  const [row] = await pool.rows<Row>(
    `SELECT (SELECT min(lease_expires_at_ms) FROM nexum.activation WHERE status = 'LEASED'),
       (SELECT min(ready_at_ms) FROM nexum.activation
        WHERE status = 'READY' AND ready_at_ms > 0 AND ready_at_ms > $1::bigint),
       (SELECT min(ready_at_ms) FROM nexum.activation WHERE status = 'WAITING' AND ready_at_ms < $2::bigint),
       (SELECT min(next_at_ms) FROM nexum.schedule)`,
    [nowMs, NEVER_MS],
  );
  const [leaseExpiresAtMs, readyAtMs, firesAtMs, scheduledAtMs] = row ?? [null, null, null, null];
  return {
    ...(scheduledAtMs === null ? {} : { scheduledAtMs }),
    ...(firesAtMs === null ? {} : { firesAtMs }),
    ...(leaseExpiresAtMs === null ? {} : { leaseExpiresAtMs }),
    ...(readyAtMs === null ? {} : { readyAtMs }),
  };
}

/** O(active): every count walks a partial index that holds active rows only. */
export async function readGauges(pool: ReadPool, nowMs: number): Promise<StoreGauges> {
  type Row = [total: number, calls: number, oldestAtMs: number | null];
  const [running, paused, queued] = await Promise.all(
    ['RUNNING', 'PAUSED', 'WAITING'].map((status) =>
      pool.rows<Row>(
        `SELECT count(*), count(*) FILTER (WHERE starts_with(workflow_id, $1)), NULL FROM nexum.execution
         WHERE status IN ('WAITING', 'RUNNING', 'PAUSED') AND status = $2`,
        [INTERNAL_PREFIX, status],
      ),
    ),
  );
  const [ready] = await pool.rows<Row>(
    `SELECT count(*), count(*) FILTER (WHERE starts_with(handler, $1)),
       min(ready_at_ms) FILTER (WHERE NOT starts_with(coalesce(handler, ''), $1))
     FROM nexum.activation WHERE status = 'READY' AND ready_at_ms > 0 AND ready_at_ms <= $2::bigint`,
    [INTERNAL_PREFIX, nowMs],
  );
  const [leased] = await pool.rows<Row>(
    `SELECT count(*), count(*) FILTER (WHERE starts_with(handler, $1)),
       (SELECT lease_expires_at_ms - lease_ms FROM nexum.activation
        WHERE status = 'LEASED' ORDER BY lease_expires_at_ms LIMIT 1)
     FROM nexum.activation WHERE status = 'LEASED'`,
    [INTERNAL_PREFIX],
  );
  const waiting = await pool.rows<[waitsFor: WaitsFor, total: number]>(
    `SELECT waits_for, count(*) FROM nexum.activation WHERE status = 'WAITING' GROUP BY waits_for`,
    [],
  );
  const [oldestReadyAtMs, oldestLeaseAtMs] = [ready?.[2] ?? undefined, leased?.[2] ?? undefined];
  return {
    executions: { RUNNING: byKind(running?.[0]), PAUSED: byKind(paused?.[0]), WAITING: byKind(queued?.[0]) },
    ready: byKind(ready),
    leased: byKind(leased),
    waiting: { ...NOTHING_WAITS, ...Object.fromEntries(waiting) },
    ...(oldestReadyAtMs === undefined ? {} : { oldestReadyAtMs }),
    ...(oldestLeaseAtMs === undefined ? {} : { oldestLeaseAtMs }),
  };
}

function byKind(row: readonly [total: number, calls: number, ...rest: unknown[]] | undefined): CountByKind {
  const [total = 0, calls = 0] = row ?? [];
  return { pipelines: total - calls, calls };
}
