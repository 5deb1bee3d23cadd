/** What waits for something else than a worker: timers, approvals, and what is to be done in other executions. */
import type { WaitsFor } from '../../core/execution.js';
import type { ActivationRef, OutboxRef, WaitingRef } from '../store.js';
import type { ReadPool } from './read-pool.js';
import { activationRef, executionIdOf, findUuid } from './rows.js';

export async function findFired(pool: ReadPool, nowMs: number, limit: number): Promise<ActivationRef[]> {
  const rows = await pool.rows<[uuid: string, node: string, iteration: number, item: number]>(
    `SELECT execution_id, node, iteration, item FROM nexum.activation
     WHERE status = 'WAITING' AND ready_at_ms <= $1::bigint ORDER BY ready_at_ms LIMIT $2::int`,
    [nowMs, limit],
  );
  return rows.map((row) => activationRef(...row));
}

export async function findWaiting(pool: ReadPool, waitsFor: WaitsFor, limit: number): Promise<WaitingRef[]> {
  type Row = [uuid: string, node: string, iteration: number, item: number, workflowId: string, versionHash: string];
  const rows = await pool.rows<Row>(
    `SELECT a.execution_id, a.node, a.iteration, a.item, e.workflow_id, e.version_hash
     FROM nexum.activation a JOIN nexum.execution e ON e.execution_id = a.execution_id
     WHERE a.status = 'WAITING' AND a.waits_for = $1 ORDER BY a.execution_id LIMIT $2::int`,
    [waitsFor, limit],
  );
  return rows.map(([uuid, node, iteration, item, workflowId, versionHash]) => ({
    ...activationRef(uuid, node, iteration, item),
    workflowId,
    versionHash,
  }));
}

export async function listOutbox(pool: ReadPool, beforeMs: number, limit: number): Promise<OutboxRef[]> {
  const rows = await pool.rows<[uuid: string, seq: number]>(
    'SELECT execution_id, seq FROM nexum.outbox WHERE at_ms <= $1::bigint ORDER BY at_ms LIMIT $2::int',
    [beforeMs, limit],
  );
  return rows.map(([uuid, seq]) => ({ executionId: executionIdOf(uuid), seq }));
}

export async function listReruns(pool: ReadPool, executionId: string): Promise<string[]> {
  const uuid = findUuid(executionId);
  if (uuid === undefined) return [];
  const rows = await pool.rows<[uuid: string]>(
    'SELECT execution_id FROM nexum.execution WHERE rerun_of = $1::uuid ORDER BY execution_id',
    [uuid],
  );
  return rows.map(([rerun]) => executionIdOf(rerun));
}
