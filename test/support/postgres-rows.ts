/** A database as a long-lived server leaves it: nearly everything has ended, a little is under way. */
import { AT_MS } from './store-records.js';
import type { TestDatabase } from './postgres.js';

export const FINISHED = 20_000;
/** RUNNING, each with a READY, a LEASED and two WAITING activations; numbered after the finished ones. */
export const ACTIVE = 40;

/** In bulk, and without the autovacuum that would gather statistics behind the back of a test. */
export async function fillDatabase(database: TestDatabase): Promise<void> {
  const query = (sql: string): Promise<unknown> => database.query(sql);
  const tables = ['execution', 'activation', 'join_state', 'event', 'blob', 'idempotency', 'worker_session', 'outbox'];
  for (const table of tables) await query(`ALTER TABLE nexum.${table} SET (autovacuum_enabled = off)`);
  const id = `('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
  const all = `generate_series(1, ${FINISHED + ACTIVE}) n`;
  const isActive = `n > ${FINISHED}`;
  await query(
    `INSERT INTO nexum.execution SELECT ${id}, 5, 5, 'w' || n % 10, 'sha256:' || n % 10,
       CASE WHEN ${isActive} THEN 'RUNNING' WHEN n % 50 = 0 THEN 'FAILED' ELSE 'COMPLETED' END, ${AT_MS} + n,
       CASE WHEN ${isActive} THEN NULL ELSE ${AT_MS} + n + 9 END, CASE WHEN ${isActive} THEN 4 ELSE 0 END, 'key-' || n
     FROM ${all}`,
  );
  await query(`UPDATE nexum.execution SET concurrency_key = 'slot-' || created_at_ms % 100`);
  await query(`UPDATE nexum.execution SET session = 's' || created_at_ms % 100 WHERE created_at_ms % 20 = 0`);
  const earlier = `('01890000-0000-7000-8000-' || lpad(to_hex((created_at_ms - ${AT_MS}) / 2), 12, '0'))::uuid`;
  await query(`UPDATE nexum.execution SET rerun_of = ${earlier} WHERE created_at_ms % 10 = 0`);
  await query(`INSERT INTO nexum.idempotency SELECT 'key-' || n, ${id} FROM ${all}`);
  const columns =
    'execution_id, node, iteration, item, priority, status, version_hash, handler, attempt, failed, lost, ready_at_ms';
  const done = `1, -1, 0, 'COMPLETED', 'sha256:' || n % 10, 'h' || n % 3, 1, 0, 0, ${AT_MS}`;
  for (const [place, node] of ['a', 'b', 'c'].entries())
    await query(
      `INSERT INTO nexum.activation (${columns}, output_seq) SELECT ${id}, '${node}', ${done}, ${place + 2} FROM ${all}`,
    );
  const open = (node: string, status: string): string =>
    `${id}, '${node}', 1, -1, n % 3, '${status}', 'sha256:' || n % 10, 'h' || n % 3, 1, 0, 0, ${AT_MS} + n % 7`;
  const active = `generate_series(${FINISHED + 1}, ${FINISHED + ACTIVE}) n`;
  await query(`INSERT INTO nexum.activation (${columns}) SELECT ${open('d', 'READY')} FROM ${active}`);
  await query(
    `INSERT INTO nexum.activation (${columns}, nonce, worker_id, lease_ms, lease_expires_at_ms)
     SELECT ${open('e', 'LEASED')}, 'nonce', 'worker-' || n % 4, 30000, ${AT_MS} + n FROM ${active}`,
  );
  for (const waitsFor of ['timer', 'approval'])
    await query(
      `INSERT INTO nexum.activation (${columns}, waits_for) SELECT ${open(waitsFor, 'WAITING')}, '${waitsFor}' FROM ${active}`,
    );
  await query(`INSERT INTO nexum.outbox SELECT ${id}, 5, ${AT_MS} + n FROM ${all}`);
  await query(`INSERT INTO nexum.join_state SELECT ${id}, t, t, 0, 1 FROM ${all}, unnest('{b,c}'::text[]) t`);
  await query(
    `INSERT INTO nexum.event SELECT ${id}, s, ${AT_MS} + s,
       CASE s WHEN 1 THEN 'execution_started' WHEN 5 THEN 'execution_completed' ELSE 'node_completed' END,
       CASE WHEN s BETWEEN 2 AND 4 THEN chr(95 + s) END, CASE WHEN s BETWEEN 2 AND 4 THEN 1 END, NULL, '{}',
       CASE WHEN s <> 2 THEN '"payload"' END, CASE WHEN s = 2 THEN 'hash-' || n END
     FROM ${all}, generate_series(1, 5) s`,
  );
  await query(`INSERT INTO nexum.blob SELECT 'hash-' || n, 9, '"payload"' FROM ${all}`);
  await query(`INSERT INTO nexum.worker_session SELECT 'worker-' || n, 's', ${AT_MS} FROM generate_series(1, 5000) n`);
}
