/**
 * The statements of a batch. Each takes whole columns as arrays and works through indexes only, whatever the planner
 * believes of the arrays (connection.ts, HOT_SETTINGS); test/store/postgres-plans.test.ts checks the plans.
 */
import type { Statement } from './connection.js';
import { ACTIVATION_COLUMNS, EXECUTION_COLUMNS } from './rows.js';

function statement(name: string, text: string): Statement {
  return { name: `nexum_${name}`, text };
}

/** Locks executions in the order of their ids, so that two batches never wait for each other. */
export const lockExecutions = statement(
  'lock_executions',
  `SELECT ${EXECUTION_COLUMNS} FROM nexum.execution WHERE execution_id = ANY ($1::uuid[])
   ORDER BY execution_id FOR NO KEY UPDATE`,
);

export const loadActivations = statement(
  'load_activations',
  `SELECT ${ACTIVATION_COLUMNS.replaceAll(/(\w+)/g, 'a.$1')} FROM unnest($1::uuid[]) AS wanted (id)
   JOIN nexum.activation a ON a.execution_id = wanted.id`,
);

export const loadJoins = statement(
  'load_joins',
  `SELECT j.execution_id, j.target, j.edge_group, j.remaining, j.taken FROM unnest($1::uuid[]) AS wanted (id)
   JOIN nexum.join_state j ON j.execution_id = wanted.id`,
);

/** The payloads that decisions and tasks may need: the input, and the outputs; $2: not those with more bytes, nor blobs. */
export const loadPayloads = statement(
  'load_payloads',
  `SELECT e.execution_id, e.seq, e.payload FROM unnest($1::uuid[]) AS wanted (id)
   JOIN nexum.event e ON e.execution_id = wanted.id AND e.seq = 1 AND octet_length(e.payload) <= $2::int
   UNION ALL
   SELECT e.execution_id, e.seq, e.payload FROM unnest($1::uuid[]) AS wanted (id)
   JOIN nexum.activation a ON a.execution_id = wanted.id
   JOIN nexum.event e ON e.execution_id = a.execution_id AND e.seq = a.output_seq AND octet_length(e.payload) <= $2::int`,
);

/** Not a join: for that, the planner would read all events of an execution that usually has few of them. */
export const loadSomePayloads = statement(
  'load_some_payloads',
  `SELECT wanted.seq, (
     SELECT coalesce(e.payload, (SELECT body FROM nexum.blob WHERE hash = e.payload_hash))
     FROM nexum.event e WHERE e.execution_id = $1::uuid AND e.seq = wanted.seq)
   FROM unnest($2::int[]) AS wanted (seq)`,
);

/** Whoever starts, admits or ends an execution with this key waits for the others who do. */
export const lockConcurrency = statement(
  'lock_concurrency',
  `SELECT pg_advisory_xact_lock(hashtextextended(key, 17)) FROM (SELECT unnest($1::text[]) AS key ORDER BY 1) AS keys`,
);

export const findConcurrent = statement(
  'find_concurrent',
  `SELECT e.concurrency_key, e.execution_id, e.status FROM unnest($1::text[]) AS wanted (key)
   JOIN nexum.execution e ON e.concurrency_key = wanted.key AND e.status IN ('WAITING', 'RUNNING', 'PAUSED')`,
);

export const addToOutbox = statement(
  'add_to_outbox',
  `INSERT INTO nexum.outbox (execution_id, seq, at_ms)
   SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[])`,
);

export const settleOutbox = statement(
  'settle_outbox',
  `DELETE FROM nexum.outbox o USING unnest($1::uuid[], $2::int[]) AS done (execution_id, seq)
   WHERE o.execution_id = done.execution_id AND o.seq = done.seq`,
);

export const findIdempotencyKeys = statement(
  'find_idempotency_keys',
  `SELECT i.idempotency_key, i.execution_id FROM unnest($1::text[]) AS wanted (key)
   JOIN nexum.idempotency i ON i.idempotency_key = wanted.key`,
);

/**
 * READY and due, the longest waiting first. An execution that another server holds just now is passed over: the last column
 * counts what there is with those. The lock is on the execution alone, and never waits.
 */
function findReadyBy(column: 'handler' | 'version_hash', name: string): Statement {
  const ready = `a.status = 'READY' AND a.${column} = $1 AND a.ready_at_ms <= $2::bigint`;
  return statement(
    name,
    `WITH candidate AS MATERIALIZED (
       SELECT a.execution_id, a.node, a.iteration, a.item, a.priority, a.ready_at_ms, e.revision
       FROM nexum.activation a JOIN nexum.execution e ON e.execution_id = a.execution_id
       WHERE ${ready}
       ORDER BY a.priority DESC, a.ready_at_ms LIMIT $3::int
       FOR NO KEY UPDATE OF e SKIP LOCKED
     )
     SELECT execution_id, node, iteration, item, revision,
       (SELECT count(*) FROM (SELECT FROM nexum.activation a WHERE ${ready} LIMIT $3::int) AS waiting)
     FROM (SELECT) AS always LEFT JOIN candidate ON true
     ORDER BY priority DESC, ready_at_ms, execution_id, node, item`,
  );
}

export const findReadyByHandler = findReadyBy('handler', 'find_ready_by_handler');
export const findReadyByVersion = findReadyBy('version_hash', 'find_ready_by_version');

export const insertExecutions = statement(
  'insert_executions',
  `INSERT INTO nexum.execution (execution_id, revision, last_seq, workflow_id, version_hash, status, created_at_ms,
     finished_at_ms, open_count, idempotency_key, request_hash, failed_node, error_json, purge_at_ms, concurrency_key,
     rerun_of, labels, extra, session)
   SELECT id, 1, last_seq, workflow_id, version_hash, status, created_at_ms, finished_at_ms, open_count,
     idempotency_key, request_hash, failed_node, error_json, purge_at_ms, concurrency_key, rerun_of, labels, extra, session
   FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::int[],
     $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::text[], $15::uuid[], $16::text[], $17::text[],
     $18::text[])
     AS new (id, last_seq, workflow_id, version_hash, status, created_at_ms, finished_at_ms, open_count,
       idempotency_key, request_hash, failed_node, error_json, purge_at_ms, concurrency_key, rerun_of, labels,
       extra, session)`,
);

export const insertIdempotencyKeys = statement(
  'insert_idempotency_keys',
  `INSERT INTO nexum.idempotency (idempotency_key, execution_id)
   SELECT key, id FROM unnest($1::text[], $2::uuid[]) AS new (key, id)`,
);

/** Only from the revision that the batch decided on; $11: how many rows that must be. */
export const updateExecutions = statement(
  'update_executions',
  `WITH changed AS (
     UPDATE nexum.execution e SET revision = e.revision + 1, last_seq = new.last_seq, status = new.status,
       finished_at_ms = new.finished_at_ms, open_count = new.open_count, failed_node = new.failed_node,
       error_json = new.error_json, purge_at_ms = new.purge_at_ms, extra = new.extra
     FROM unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::bigint[], $6::int[], $7::text[], $8::text[],
       $9::bigint[], $10::text[])
       AS new (id, revision, last_seq, status, finished_at_ms, open_count, failed_node, error_json, purge_at_ms, extra)
     WHERE e.execution_id = new.id AND e.revision = new.revision
       AND (e.status = new.status OR e.status NOT IN ('COMPLETED', 'CANCELLED'))
     RETURNING 1
   )
   SELECT nexum.expect(count(*), $11::bigint, 'execution') FROM changed`,
);

/** Nothing is changed: only the truth of what was read is asserted; $3: how many rows that must be. */
export const checkRevisions = statement(
  'check_revisions',
  `SELECT nexum.expect(count(*), $3::bigint, 'remembered execution')
   FROM unnest($1::uuid[], $2::int[]) AS known (id, revision)
   JOIN nexum.execution e ON e.execution_id = known.id AND e.revision = known.revision`,
);

/** The same, and nobody changes them until the transaction has ended. */
export const lockRevisions = statement(
  'lock_revisions',
  `WITH locked AS (
     SELECT 1 FROM unnest($1::uuid[], $2::int[]) AS known (id, revision)
     JOIN nexum.execution e ON e.execution_id = known.id AND e.revision = known.revision
     FOR NO KEY UPDATE OF e
   )
   SELECT nexum.expect(count(*), $3::bigint, 'leased execution') FROM locked`,
);

/** The same without waiting for anybody: a row that somebody else holds is one too few. */
export const lockFreeRevisions = statement(
  'lock_free_revisions',
  `WITH locked AS (
     SELECT 1 FROM unnest($1::uuid[], $2::int[]) AS known (id, revision)
     JOIN nexum.execution e ON e.execution_id = known.id AND e.revision = known.revision
     FOR NO KEY UPDATE OF e SKIP LOCKED
   )
   SELECT nexum.expect(count(*), $3::bigint, 'remembered execution') FROM locked`,
);

export const insertActivations = statement(
  'insert_activations',
  `INSERT INTO nexum.activation (${ACTIVATION_COLUMNS})
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[],
     $9::int[], $10::int[], $11::int[], $12::bigint[], $13::text[], $14::text[], $15::bigint[], $16::bigint[],
     $17::bigint[], $18::int[], $19::text[], $20::text[])`,
);

/** What is COMPLETED or SKIPPED stays so; $18: how many rows must be changed. */
export const updateActivations = statement(
  'update_activations',
  `WITH changed AS (
     UPDATE nexum.activation a SET status = new.status, attempt = new.attempt, failed = new.failed, lost = new.lost,
       ready_at_ms = new.ready_at_ms, nonce = new.nonce, worker_id = new.worker_id, lease_ms = new.lease_ms,
       lease_expires_at_ms = new.lease_expires_at_ms, deadline_at_ms = new.deadline_at_ms, output_seq = new.output_seq,
       waits_for = new.waits_for, detail = new.detail
     FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::text[], $6::int[], $7::int[], $8::int[], $9::bigint[],
       $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::int[], $16::text[], $17::text[])
       AS new (execution_id, node, iteration, item, status, attempt, failed, lost, ready_at_ms, nonce, worker_id,
         lease_ms, lease_expires_at_ms, deadline_at_ms, output_seq, waits_for, detail)
     WHERE a.execution_id = new.execution_id AND a.node = new.node AND a.iteration = new.iteration
       AND a.item = new.item AND (a.status NOT IN ('COMPLETED', 'SKIPPED') OR a.status = new.status)
     RETURNING 1
   )
   SELECT nexum.expect(count(*), $18::bigint, 'activation') FROM changed`,
);

export const putJoins = statement(
  'put_joins',
  `INSERT INTO nexum.join_state (execution_id, target, edge_group, remaining, taken)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[])
   ON CONFLICT (execution_id, target, edge_group)
   DO UPDATE SET remaining = excluded.remaining, taken = excluded.taken`,
);

export const insertEvents = statement(
  'insert_events',
  `INSERT INTO nexum.event (execution_id, seq, at_ms, kind, node, iteration, item, data, payload, payload_hash)
   SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::int[], $8::text[],
     $9::text[], $10::text[])`,
);

/** The update changes nothing; it locks a blob that is there already, so that nobody drops it before the commit. */
export const putBlob = statement(
  'put_blob',
  `INSERT INTO nexum.blob (hash, size, body) VALUES ($1, $2::int, $3)
   ON CONFLICT (hash) DO UPDATE SET size = excluded.size`,
);

/** Whoever is about to name one of these blobs has committed when this is answered, or waits until they are dropped. */
export const lockBlobs = statement(
  'lock_blobs',
  `SELECT hash FROM nexum.blob WHERE hash = ANY ($1::text[]) ORDER BY hash FOR UPDATE`,
);

/** Those of them that no event names any more. */
export const dropUnusedBlobs = statement(
  'drop_unused_blobs',
  `DELETE FROM nexum.blob b USING unnest($1::text[]) AS wanted (hash)
   WHERE b.hash = wanted.hash AND NOT EXISTS (SELECT FROM nexum.event e WHERE e.payload_hash = b.hash)`,
);

export const openLane = statement(
  'open_lane',
  `INSERT INTO nexum.lane (lane_id, server_id, batch, at_ms) VALUES ($1::uuid, $2::uuid, 0, $3::bigint)
   ON CONFLICT (lane_id) DO NOTHING`,
);

/** Part of every batch: whoever finds this number knows that the batch was committed. */
export const markLane = statement(
  'mark_lane',
  'UPDATE nexum.lane SET batch = $2::bigint, at_ms = $3::bigint WHERE lane_id = $1::uuid',
);

/** Waits for a transaction of this lane that may still be under way: after that, the answer is final. */
export const readLane = statement('read_lane', 'SELECT batch FROM nexum.lane WHERE lane_id = $1::uuid FOR UPDATE');
