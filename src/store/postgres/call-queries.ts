/** Durable calls and their sessions. Ids grow with time, so each page is one walk along the index of sessions. */
import type { CallFilter, StoredCall, StoredSession } from '../store.js';
import type { ReadPool } from './read-pool.js';
import {
  ACTIVATION_COLUMNS,
  EXECUTION_COLUMNS,
  findUuid,
  readActivation,
  readExecution,
  type ActivationRow,
  type ExecutionRow,
} from './rows.js';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

export async function listCalls(
  pool: ReadPool,
  { session, afterExecutionId = '', limit }: CallFilter,
): Promise<StoredCall[]> {
  const rows = await pool.rows<ExecutionRow>(
    `SELECT ${EXECUTION_COLUMNS} FROM nexum.execution WHERE session = $1 AND execution_id > $2::uuid
     ORDER BY execution_id LIMIT $3::int`,
    [session, findUuid(afterExecutionId) ?? NIL_UUID, limit],
  );
  const calls = rows.map(async (row): Promise<StoredCall> => {
    const execution = readExecution(row);
    const [found] = await pool.rows<ActivationRow>(
      `SELECT ${ACTIVATION_COLUMNS} FROM nexum.activation WHERE execution_id = $1::uuid`,
      [row[0]],
    );
    const activation = found && readActivation(found);
    const { outputSeq } = activation ?? {};
    const resultBytes = outputSeq === undefined ? 0 : await payloadBytes(pool, row[0], outputSeq);
    return { execution, activation, resultBytes };
  });
  return Promise.all(calls);
}

async function payloadBytes(pool: ReadPool, uuid: string, seq: number): Promise<number> {
  const [row] = await pool.rows<[bytes: number | null]>(
    `SELECT coalesce(octet_length(payload), (SELECT size FROM nexum.blob WHERE hash = payload_hash))
     FROM nexum.event WHERE execution_id = $1::uuid AND seq = $2::int`,
    [uuid, seq],
  );
  return row?.[0] ?? 0;
}

/** From one session to the next, over all those of activations at once: `~` comes behind whatever these begin with. */
export async function listSessions(pool: ReadPool, afterSession: string, limit: number): Promise<StoredSession[]> {
  const rows = await pool.rows<[session: string, calls: number, newestAtMs: number]>(
    `WITH RECURSIVE found (session) AS (
       (SELECT session FROM nexum.execution WHERE session > $1 ORDER BY session LIMIT 1)
       UNION ALL
       SELECT (SELECT session FROM nexum.execution
         WHERE session > CASE WHEN starts_with(found.session, 'exec-') THEN 'exec-~' ELSE found.session END COLLATE "C"
         ORDER BY session LIMIT 1)
       FROM found WHERE found.session IS NOT NULL
     )
     SELECT session, (SELECT count(*) FROM nexum.execution e WHERE e.session = found.session),
       (SELECT created_at_ms FROM nexum.execution e WHERE e.session = found.session ORDER BY execution_id DESC LIMIT 1)
     FROM found WHERE session IS NOT NULL AND NOT starts_with(session, 'exec-') LIMIT $2::int`,
    [afterSession, limit],
  );
  return rows.map(([session, calls, newestAtMs]) => ({ session, calls, newestAtMs }));
}
