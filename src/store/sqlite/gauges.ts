/**
 * Counts for the metrics. They run between two batches on the connection of the engine, so each of them walks one partial
 * index that holds active rows only; INDEXED BY keeps it so whatever ANALYZE found.
 */
import { INTERNAL_PREFIX } from '../../core/ids.js';
import type { WaitsFor } from '../../core/execution.js';
import { NOTHING_WAITS, type CountByKind, type StoreGauges } from '../store.js';
import type { Statements } from './statements.js';

/** The first text behind all those that begin with INTERNAL_PREFIX: a range is an index search, LIKE may be none. */
const AFTER_PREFIX =
  INTERNAL_PREFIX.slice(0, -1) + String.fromCharCode(INTERNAL_PREFIX.charCodeAt(INTERNAL_PREFIX.length - 1) + 1);

interface KindRow {
  total: number;
  calls: number | null;
}

export function readGauges(statements: Statements, nowMs: number): StoreGauges {
  const { ready, oldestReadyAtMs } = countReady(statements, nowMs);
  const oldestLeaseAtMs = findOldestLease(statements);
  return {
    executions: {
      RUNNING: countExecutions(statements, 'RUNNING'),
      PAUSED: countExecutions(statements, 'PAUSED'),
      WAITING: countExecutions(statements, 'WAITING'),
    },
    ready,
    leased: countLeased(statements),
    waiting: { ...NOTHING_WAITS, ...countWaiting(statements) },
    ...(oldestReadyAtMs === undefined ? {} : { oldestReadyAtMs }),
    ...(oldestLeaseAtMs === undefined ? {} : { oldestLeaseAtMs }),
  };
}

function countExecutions(statements: Statements, status: string): CountByKind {
  return byKind(
    statements.get<KindRow>(
      `SELECT count(*) AS total, sum(workflow_id >= ? AND workflow_id < ?) AS calls
       FROM execution INDEXED BY execution_status WHERE status = ?`,
      INTERNAL_PREFIX,
      AFTER_PREFIX,
      status,
    ),
  );
}

function countLeased(statements: Statements): CountByKind {
  return byKind(
    statements.get<KindRow>(
      `SELECT count(*) AS total, sum(handler >= ? AND handler < ?) AS calls
       FROM activation INDEXED BY activation_leased WHERE status = 'LEASED'`,
      INTERNAL_PREFIX,
      AFTER_PREFIX,
    ),
  );
}

function countWaiting(statements: Statements): Partial<Record<WaitsFor, number>> {
  const rows = statements.all<{ waits_for: WaitsFor; total: number }>(
    `SELECT waits_for, count(*) AS total FROM activation INDEXED BY activation_waiting
     WHERE status = 'WAITING' GROUP BY waits_for`,
  );
  return Object.fromEntries(rows.map((row) => [row.waits_for, row.total]));
}

function countReady(statements: Statements, nowMs: number): { ready: CountByKind; oldestReadyAtMs?: number } {
  const due = statements.get<{ total: number }>(
    `SELECT count(*) AS total FROM activation INDEXED BY activation_due WHERE status = 'READY' AND ready_at_ms <= ?`,
    nowMs,
  );
  const withHandler = statements.get<KindRow & { oldest: number | null }>(
    `SELECT count(*) AS total, sum(handler >= ? AND handler < ?) AS calls,
       min(CASE WHEN handler >= ? AND handler < ? THEN NULL ELSE ready_at_ms END) AS oldest
     FROM activation INDEXED BY activation_ready_handler
     WHERE status = 'READY' AND handler IS NOT NULL AND ready_at_ms <= ?`,
    INTERNAL_PREFIX,
    AFTER_PREFIX,
    INTERNAL_PREFIX,
    AFTER_PREFIX,
    nowMs,
  );
  const total = due?.total ?? 0;
  const calls = withHandler?.calls ?? 0;
  // Nodes of old clients have no handler and stand in no index by handler; the search for the oldest reads rows.
  const withoutHandler =
    total > (withHandler?.total ?? 0)
      ? statements.get<{ at: number }>(
          `SELECT ready_at_ms AS at FROM activation INDEXED BY activation_due
           WHERE status = 'READY' AND ready_at_ms <= ? AND handler IS NULL ORDER BY ready_at_ms LIMIT 1`,
          nowMs,
        )
      : undefined;
  const oldest = [withHandler?.oldest, withoutHandler?.at].filter((at) => at !== null && at !== undefined);
  return {
    ready: { pipelines: total - calls, calls },
    ...(oldest.length === 0 ? {} : { oldestReadyAtMs: Math.min(...oldest) }),
  };
}

function findOldestLease(statements: Statements): number | undefined {
  const row = statements.get<{ at: number | null }>(
    `SELECT lease_expires_at_ms - lease_ms AS at FROM activation
     WHERE status = 'LEASED' ORDER BY lease_expires_at_ms LIMIT 1`,
  );
  return row?.at ?? undefined;
}

function byKind(row: KindRow | undefined): CountByKind {
  const calls = row?.calls ?? 0;
  return { pipelines: (row?.total ?? 0) - calls, calls };
}
