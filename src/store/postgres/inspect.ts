/** What `nexum doctor` asks a database: changes nothing, not even the schema. */
import { Connection } from './connection.js';
import { findRefusal, storeError } from './database-error.js';

export interface DatabaseFacts {
  /** e.g. `15.18` */
  readonly version: string;
  readonly roundTripMs: number;
  /** Names and values of settings that commits depend on. */
  readonly settings: ReadonlyMap<string, string>;
  /** Migrations that were applied; 0 before the first server. */
  readonly migrations: number;
}

const SETTINGS = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

/** @throws NexumError DATABASE_REFUSED, STORE_UNAVAILABLE */
export async function inspectDatabase(url: string): Promise<DatabaseFacts> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(url, { hot: false });
    const beginMs = performance.now();
    const [row] = await connection.run<[version: string, exists: boolean, ...string[]]>(
      {
        name: 'nexum_inspect',
        text: `SELECT current_setting('server_version'), to_regclass('nexum.migration') IS NOT NULL,
               ${SETTINGS.map((name) => `current_setting('${name}')`).join(', ')}`,
      },
      [],
    );
    const roundTripMs = performance.now() - beginMs;
    const [version = '', exists = false, ...values] = row ?? [];
    const settings = new Map(SETTINGS.map((name, index) => [name, values[index] ?? '']));
    const migrations = exists ? await countMigrations(connection) : 0;
    return { version: version.split(' ')[0] ?? version, roundTripMs, settings, migrations };
  } catch (error) {
    throw findRefusal(error) ?? storeError(error);
  } finally {
    await connection?.close();
  }
}

async function countMigrations(connection: Connection): Promise<number> {
  const text = 'SELECT count(*) FROM nexum.migration';
  const [row] = await connection.run<[count: number]>({ name: 'nexum_count_migrations', text }, []);
  return row?.[0] ?? 0;
}
