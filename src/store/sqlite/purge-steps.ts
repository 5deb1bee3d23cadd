/** The steps of a purge on the SQLite file. */
import type { ExecutionStatus } from '../../core/execution.js';
import { INTERNAL_PREFIX } from '../../core/ids.js';
import { MAX_PURGED_CALLS, PURGE_PAGE, type PurgeRow, type PurgeSteps } from '../purge.js';
import type { PurgeFilter } from '../store.js';
import { attempt } from './connection.js';
import type { Statements } from './statements.js';

const COLUMNS = 'execution_id, workflow_id, status, finished_at_ms, open_count';
const OPEN = "('WAITING', 'RUNNING', 'PAUSED')";

interface PageRow {
  execution_id: string;
  workflow_id: string;
  status: ExecutionStatus;
  finished_at_ms: number | null;
  open_count: number;
}

/** @param hooks called before the first row goes, and with the id of every execution that goes */
export function purgeSteps(
  statements: Statements,
  hooks: { readonly begin: () => void; readonly drop: (executionId: string) => void },
): PurgeSteps {
  return {
    page: (filter, beforeId) => attempt(() => findPage(statements, filter, beforeId)),
    free: (executionIds) => attempt(() => executionIds.flatMap((id) => findFree(statements, id))),
    calls: (executionIds) => attempt(() => new Map(executionIds.map((id) => [id, findCalls(statements, id)]))),
    delete: (executionIds) =>
      attempt(() => {
        if (executionIds.length > 0) hooks.begin();
        const blobs = new Set<string>();
        for (const executionId of executionIds) {
          for (const hash of deleteExecution(statements, executionId)) blobs.add(hash);
          hooks.drop(executionId);
        }
        statements.dropUnusedBlobs(blobs);
      }),
  };
}

function findPage(statements: Statements, filter: PurgeFilter, beforeId: string | undefined): PurgeRow[] {
  const after = filter.afterExecutionId ?? '';
  const rows =
    beforeId === undefined
      ? statements.all<PageRow>(
          `SELECT ${COLUMNS} FROM execution INDEXED BY execution_purge
           WHERE purge_at_ms <= ? AND (purge_at_ms, execution_id) >
             (coalesce((SELECT purge_at_ms FROM execution WHERE execution_id = ?), 0), ?)
           ORDER BY purge_at_ms, execution_id LIMIT ?`,
          filter.nowMs,
          after,
          after,
          PURGE_PAGE,
        )
      : statements.all<PageRow>(
          `SELECT ${COLUMNS} FROM execution WHERE execution_id > ? AND execution_id < ? ORDER BY execution_id LIMIT ?`,
          after,
          beforeId,
          PURGE_PAGE,
        );
  return rows.map((row) => ({
    executionId: row.execution_id,
    workflowId: row.workflow_id,
    status: row.status,
    finishedAtMs: row.finished_at_ms ?? undefined,
    open: row.open_count,
  }));
}

function findFree(statements: Statements, executionId: string): { executionId: string; events: number }[] {
  return statements.all<{ executionId: string; events: number }>(
    `SELECT e.execution_id AS executionId, (SELECT max(seq) FROM event WHERE execution = e.id) AS events
     FROM execution e WHERE e.execution_id = ? AND e.status NOT IN ${OPEN} AND e.open_count = 0
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.execution = e.id)
       AND NOT EXISTS (SELECT 1 FROM execution p
         WHERE p.execution_id = json_extract(e.extra, '$.parent.executionId') AND p.status IN ${OPEN})
       AND NOT EXISTS (SELECT 1 FROM activation a CROSS JOIN execution c
         WHERE a.execution = e.id AND c.execution_id = json_extract(a.detail, '$.child') AND c.status IN ${OPEN})
       AND (substr(e.workflow_id, 1, length(?)) <> ? OR NOT EXISTS (SELECT 1 FROM execution owner
         WHERE owner.execution_id = substr(e.idempotency_key, 1, instr(e.idempotency_key, '/') - 1)))`,
    executionId,
    INTERNAL_PREFIX,
    INTERNAL_PREFIX,
  );
}

/** Their idempotency keys begin with the id of the execution and a slash; `0` is the character behind it. */
function findCalls(statements: Statements, executionId: string): string[] {
  const rows = statements.all<{ execution_id: string }>(
    `SELECT execution_id FROM execution INDEXED BY execution_idempotency
     WHERE idempotency_key >= ? AND idempotency_key < ? AND substr(workflow_id, 1, length(?)) = ? LIMIT ?`,
    `${executionId}/`,
    `${executionId}0`,
    INTERNAL_PREFIX,
    INTERNAL_PREFIX,
    MAX_PURGED_CALLS + 1,
  );
  return rows.map((row) => row.execution_id);
}

/** The execution first: only then its events may go. Returns the hashes of the blobs that these named. */
function deleteExecution(statements: Statements, executionId: string): string[] {
  const id = statements.findExecution(executionId)?.id;
  if (id === undefined) return [];
  const blobs = statements.all<{ hash: string }>(
    'SELECT payload_hash AS hash FROM event WHERE execution = ? AND payload_hash IS NOT NULL',
    id,
  );
  statements.run('DELETE FROM execution WHERE id = ?', [id]);
  for (const table of ['activation', 'join_state', 'outbox', 'event'])
    statements.run(`DELETE FROM ${table} WHERE execution = ?`, [id]);
  return blobs.map(({ hash }) => hash);
}
