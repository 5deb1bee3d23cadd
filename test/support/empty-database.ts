/** A database that many tests use one after the other: creating one each time would take longer than most tests. */
import { afterAll } from 'vitest';
import { createDatabase, type TestDatabase } from './postgres.js';

/** Of a database: above it, the rows of deleted payloads are given back to the disk, which takes forty times as long. */
const LARGE_BYTES = 256 * 1024 * 1024;

/**
 * Call it once per file, outside of tests.
 * @returns gives the URL of the same database each time, without any execution
 */
export function emptyDatabases(): () => Promise<string> {
  let created: Promise<TestDatabase> | undefined;
  afterAll(async () => {
    await (await created)?.drop();
  });
  return async () => {
    const database = await (created ??= createDatabase());
    const tables = await database.query<{ name: string }>(
      // Executions first: events of one that is there cannot be deleted.
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname = 'nexum' AND tablename <> 'migration' ORDER BY tablename <> 'execution'`,
    );
    const names = tables.map(({ name }) => name);
    const [size] = await database.query<{ bytes: number }>(
      'SELECT pg_database_size(current_database())::float8 AS bytes',
    );
    if (names.length > 0 && (size?.bytes ?? 0) > LARGE_BYTES) await database.query(`TRUNCATE ${names.join(', ')}`);
    else if (names.length > 0) await database.query(names.map((name) => `DELETE FROM ${name}`).join(';'));
    await database.query(
      `SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
       WHERE schemaname = 'nexum'`,
    );
    return database.url;
  };
}
