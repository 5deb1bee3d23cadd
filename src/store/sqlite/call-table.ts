/** Durable calls and their sessions. Row ids grow with time, so each page is one walk along the index of sessions. */
import { CALL_WORKFLOW, INTERNAL_PREFIX } from '../../core/ids.js';
import type { CallFilter, StoredCall, StoredSession } from '../store.js';
import { readActivation, readExecution, type ExecutionRow } from './rows.js';
import { SELECT_EXECUTION, type Statements } from './statements.js';

export function listCalls(statements: Statements, { session, afterExecutionId, limit }: CallFilter): StoredCall[] {
  const rows = statements.all<ExecutionRow>(
    `${SELECT_EXECUTION} INDEXED BY execution_session WHERE session = ?
       AND id > coalesce((SELECT after.id FROM execution after WHERE after.execution_id = ?), 0)
     ORDER BY id LIMIT ?`,
    session,
    afterExecutionId ?? '',
    limit,
  );
  return rows.map((row) => {
    const [activation] = statements.listActivations(row.id);
    return {
      execution: readExecution(row),
      activation: activation && readActivation(row.execution_id, activation),
      resultBytes: activation?.output_seq ? payloadBytes(statements, row.id, activation.output_seq) : 0,
    };
  });
}

function payloadBytes(statements: Statements, execution: number, seq: number): number {
  const row = statements.get<{ bytes: number | null }>(
    `SELECT coalesce(octet_length(payload), (SELECT size FROM blob WHERE hash = payload_hash)) AS bytes
     FROM event WHERE execution = ? AND seq = ?`,
    execution,
    seq,
  );
  return row?.bytes ?? 0;
}

/** From one session to the next, over all those of activations at once: `~` comes behind whatever these begin with. */
export function listSessions(statements: Statements, afterSession: string, limit: number): StoredSession[] {
  return statements.all<StoredSession>(
    `WITH RECURSIVE found (session) AS (
       SELECT min(session) FROM execution WHERE session > ?
       UNION ALL
       SELECT (SELECT min(session) FROM execution
         WHERE session > CASE WHEN substr(found.session, 1, 5) = 'exec-' THEN 'exec-~' ELSE found.session END)
       FROM found WHERE found.session IS NOT NULL
     )
     SELECT session, (SELECT count(*) FROM execution WHERE session = found.session) AS calls,
       (SELECT created_at_ms FROM execution WHERE id =
         (SELECT max(id) FROM execution WHERE session = found.session)) AS newestAtMs
     FROM found WHERE session IS NOT NULL AND substr(session, 1, 5) <> 'exec-' LIMIT ?`,
    afterSession,
    limit,
  );
}

/** Those of them that may be deleted. */
export function findForgettable(statements: Statements, executionIds: readonly string[]): string[] {
  return executionIds.filter(
    (executionId) =>
      statements.get(
        `SELECT 1 FROM execution e WHERE e.execution_id = ? AND substr(e.workflow_id, 1, length(?)) = ?
           AND CASE WHEN e.status IN ('WAITING', 'RUNNING', 'PAUSED')
             THEN e.workflow_id = ? AND NOT EXISTS (SELECT 1 FROM activation WHERE execution = e.id AND status = 'LEASED')
             ELSE e.open_count = 0 AND NOT EXISTS (SELECT 1 FROM outbox WHERE execution = e.id) END`,
        executionId,
        INTERNAL_PREFIX,
        INTERNAL_PREFIX,
        CALL_WORKFLOW,
      ) !== undefined,
  );
}
