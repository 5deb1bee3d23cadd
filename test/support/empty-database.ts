/** A database that many tests use one after the other: creating one each time would take longer than most tests. */
import { afterAll } from 'vitest';
import { createDatabase, type TestDatabase } from './postgres.js';

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
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname = 'nexum' AND tablename <> 'migration'`,
    );
    if (tables.length > 0)
      await database.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY`);
    return database.url;
  };
}
