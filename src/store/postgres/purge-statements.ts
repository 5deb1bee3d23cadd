/**
 * The statements of a purge. Like those of a batch, they work through indexes only (connection.ts, HOT_SETTINGS). Lookups of
 * single executions are subqueries and no joins: the planner would begin some of those with everything that is active.
 */
import { CALL_WORKFLOW, INTERNAL_PREFIX } from '../../core/ids.js';
import type { Statement } from './connection.js';

const COLUMNS = 'execution_id, workflow_id, status, finished_at_ms, open_count';
const OPEN = "('WAITING', 'RUNNING', 'PAUSED')";

function statement(name: string, text: string): Statement {
  return { name: `nexum_${name}`, text };
}

export const pageById = statement(
  'purge_page_by_id',
  `SELECT ${COLUMNS} FROM nexum.execution WHERE execution_id > $1::uuid AND execution_id < $2::uuid
   ORDER BY execution_id LIMIT $3::int`,
);

export const pageByRetention = statement(
  'purge_page_by_retention',
  `SELECT ${COLUMNS} FROM nexum.execution WHERE purge_at_ms IS NOT NULL AND purge_at_ms <= $1::bigint
     AND (purge_at_ms, execution_id) >
       (coalesce((SELECT e.purge_at_ms FROM nexum.execution e WHERE e.execution_id = $2::uuid), 0), $2::uuid)
   ORDER BY purge_at_ms, execution_id LIMIT $3::int`,
);

/** The extra and the detail hold texts of users: `->` does not look into those, as `->>` would, and fail at some of them. */
export const lockFree = statement(
  'purge_lock_free',
  `SELECT e.execution_id, e.last_seq FROM nexum.execution e
   WHERE e.execution_id = ANY ($1::uuid[]) AND e.status NOT IN ${OPEN} AND e.open_count = 0
     AND (SELECT true FROM nexum.outbox o WHERE o.execution_id = e.execution_id LIMIT 1) IS NOT TRUE
     AND (SELECT p.status IN ${OPEN} FROM nexum.execution p
       WHERE p.execution_id = substr((e.extra::json -> 'parent' -> 'executionId') #>> '{}', 6)::uuid) IS NOT TRUE
     AND (SELECT true FROM nexum.activation a WHERE a.execution_id = e.execution_id AND a.detail IS NOT NULL
       AND (SELECT c.status IN ${OPEN} FROM nexum.execution c
         WHERE c.execution_id = substr((a.detail::json -> 'child') #>> '{}', 6)::uuid) LIMIT 1) IS NOT TRUE
     AND (NOT starts_with(e.workflow_id, '${INTERNAL_PREFIX}') OR (SELECT true FROM nexum.execution owner
       WHERE owner.execution_id = substring(e.idempotency_key FROM '^exec-([0-9a-f-]{36})/')::uuid) IS NOT TRUE)
   ORDER BY e.execution_id FOR UPDATE OF e SKIP LOCKED`,
);

/** Their idempotency keys begin with the id of the execution and a slash; `0` is the character behind it. */
export const findCalls = statement(
  'purge_find_calls',
  `SELECT owner.id, call.execution_id FROM unnest($1::uuid[]) AS owner (id),
     LATERAL (SELECT i.execution_id FROM nexum.idempotency i
       WHERE i.idempotency_key >= 'exec-' || owner.id || '/' AND i.idempotency_key < 'exec-' || owner.id || '0'
         AND (SELECT starts_with(e.workflow_id, '${INTERNAL_PREFIX}') FROM nexum.execution e
           WHERE e.execution_id = i.execution_id) LIMIT $2::int) AS call`,
);

export const lockCalls = statement(
  'purge_lock_calls',
  `SELECT execution_id FROM nexum.execution WHERE execution_id = ANY ($1::uuid[])
   ORDER BY execution_id FOR UPDATE SKIP LOCKED`,
);

/** Waits for whoever holds them, in the order of their ids: what is free is looked at afterwards. */
export const lockForgotten = statement(
  'forget_lock',
  `SELECT execution_id FROM nexum.execution WHERE execution_id = ANY ($1::uuid[]) ORDER BY execution_id FOR UPDATE`,
);

/** Of durable calls: what has ended, and what waits for somebody to run it. */
export const findForgettable = statement(
  'forget_find',
  `SELECT e.execution_id FROM nexum.execution e
   WHERE e.execution_id = ANY ($1::uuid[]) AND left(e.workflow_id, ${INTERNAL_PREFIX.length}) = '${INTERNAL_PREFIX}'
     AND CASE WHEN e.status IN ${OPEN}
       THEN e.workflow_id = '${CALL_WORKFLOW}' AND (SELECT count(*) FILTER (WHERE a.status = 'LEASED')
         FROM nexum.activation a WHERE a.execution_id = e.execution_id) = 0
       ELSE e.open_count = 0 AND (SELECT true FROM nexum.outbox o
         WHERE o.execution_id = e.execution_id LIMIT 1) IS NOT TRUE END
   ORDER BY e.execution_id`,
);

/** First of all: only then the events may go. */
export const deleteExecutions = statement(
  'purge_executions',
  `WITH gone AS (
     DELETE FROM nexum.execution WHERE execution_id = ANY ($1::uuid[]) RETURNING idempotency_key
   )
   DELETE FROM nexum.idempotency i USING gone WHERE i.idempotency_key = gone.idempotency_key`,
);

export const deleteEvents = statement(
  'purge_events',
  `WITH gone AS (DELETE FROM nexum.event WHERE execution_id = ANY ($1::uuid[]) RETURNING payload_hash)
   SELECT payload_hash FROM gone WHERE payload_hash IS NOT NULL`,
);

export const deleteBelongings = ['activation', 'join_state', 'outbox'].map((table) =>
  statement(`purge_${table}`, `DELETE FROM nexum.${table} WHERE execution_id = ANY ($1::uuid[])`),
);
