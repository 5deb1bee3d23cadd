/** What waits for something else than a worker: approvals, turns, and what is to be done in other executions. */
import type { ExecutionStatus, WaitsFor } from '../../core/execution.js';
import type { ConcurrentRef, OutboxRef, WaitingRef } from '../store.js';
import { activationRef, type RefRow, type Statements } from './statements.js';

export function findWaiting(statements: Statements, waitsFor: WaitsFor, limit: number): WaitingRef[] {
  const rows = statements.all<RefRow & { workflow_id: string; version_hash: string }>(
    `SELECT e.execution_id, e.workflow_id, e.version_hash, a.node, a.iteration, a.item
     FROM activation a INDEXED BY activation_waiting JOIN execution e ON e.id = a.execution
     WHERE a.status = 'WAITING' AND a.waits_for = ? ORDER BY a.execution LIMIT ?`,
    waitsFor,
    limit,
  );
  return rows.map((row) => ({ ...activationRef(row), workflowId: row.workflow_id, versionHash: row.version_hash }));
}

export function findConcurrent(statements: Statements, key: string): ConcurrentRef[] {
  const rows = statements.all<{ execution_id: string; status: ExecutionStatus }>(
    `SELECT execution_id, status FROM execution INDEXED BY execution_concurrency
     WHERE concurrency_key = ? AND status IN ('WAITING', 'RUNNING', 'PAUSED') ORDER BY id`,
    key,
  );
  return rows.map(({ execution_id: executionId, status }) => ({ executionId, status }));
}

export function listReruns(statements: Statements, executionId: string): string[] {
  const rows = statements.all<{ execution_id: string }>(
    'SELECT execution_id FROM execution WHERE rerun_of = ? ORDER BY id',
    executionId,
  );
  return rows.map((row) => row.execution_id);
}

export function addToOutbox(statements: Statements, execution: number, event: { seq: number; atMs: number }): void {
  statements.run('INSERT INTO outbox (execution, seq, at_ms) VALUES (?, ?, ?)', [execution, event.seq, event.atMs]);
}

export function listOutbox(statements: Statements, beforeMs: number, limit: number): OutboxRef[] {
  const rows = statements.all<{ execution_id: string; seq: number }>(
    `SELECT (SELECT execution_id FROM execution WHERE id = execution) AS execution_id, seq FROM outbox
     WHERE at_ms <= ? ORDER BY at_ms LIMIT ?`,
    beforeMs,
    limit,
  );
  return rows.map(({ execution_id: executionId, seq }) => ({ executionId, seq }));
}

export function settleOutbox(statements: Statements, { executionId, seq }: OutboxRef): void {
  statements.run('DELETE FROM outbox WHERE execution = (SELECT id FROM execution WHERE execution_id = ?) AND seq = ?', [
    executionId,
    seq,
  ]);
}
