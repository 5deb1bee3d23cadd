/**
 * Brings the schema up to date. Servers may start at the same moment, and one of them may die half way: an advisory lock
 * lets one of them in at a time and ends with its connection, and each file is one transaction.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nexumError } from '../../errors.js';
import type { Connection } from './connection.js';

/** `nexum` in ASCII. */
const LOCK_KEY = 0x6e_65_78_75_6d;
/** The oldest release that PostgreSQL itself still maintains at the time of writing. */
const MINIMUM_VERSION = 140_000;
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'migrations');

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly breaking: boolean;
}

/** `0002_what_it_does.sql`; `0003_what_it_does.breaking.sql` locks servers out that do not know it. */
function knownMigrations(): Migration[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.sql'));
  return files.sort().map((name, index) => ({ number: index + 1, name, breaking: name.endsWith('.breaking.sql') }));
}

/**
 * @returns the version of PostgreSQL, such as `15.18`
 * @throws NexumError STORE_VERSION for a PostgreSQL that is too old, or a schema with a breaking change from a newer nexum
 */
export async function migrate(connection: Connection): Promise<string> {
  const version = await serverVersion(connection);
  // A large migration, here or in the server that came first, takes its time.
  await connection.command('SET statement_timeout = 0; SET lock_timeout = 0');
  await connection.run(statement('lock', 'SELECT pg_advisory_lock($1::bigint)'), [LOCK_KEY]);
  try {
    await applyMissing(connection);
  } finally {
    // A connection that broke has given its lock back already.
    await connection
      .run(statement('unlock', 'SELECT pg_advisory_unlock($1::bigint)'), [LOCK_KEY])
      .catch(() => undefined);
  }
  return version;
}

/**
 * The same without changing anything.
 * @throws NexumError SERVER_UNREACHABLE when no server has made the schema, or none of this release has changed it
 */
export async function checkSchema(connection: Connection): Promise<string> {
  const version = await serverVersion(connection);
  const missing = knownMigrations().length - (await appliedMigrations(connection)).length;
  if (missing <= 0) return version;
  const what = missing === knownMigrations().length ? 'holds no data' : 'was left by an older nexum';
  throw nexumError('SERVER_UNREACHABLE', `the database ${what}: start a server of this release on it first`);
}

async function serverVersion(connection: Connection): Promise<string> {
  const [row] = await connection.run<[number: string, text: string]>(
    statement('version', `SELECT current_setting('server_version_num'), current_setting('server_version')`),
    [],
  );
  const [number = '0', text = ''] = row ?? [];
  return checkVersion(Number(number), text);
}

/**
 * @param text the name of the packager may follow the version
 * @throws NexumError STORE_VERSION
 */
export function checkVersion(number: number, text: string): string {
  const version = text.split(' ')[0] ?? text;
  if (number >= MINIMUM_VERSION) return version;
  throw nexumError('STORE_VERSION', `PostgreSQL ${version} is older than ${MINIMUM_VERSION / 10_000}`);
}

async function applyMissing(connection: Connection): Promise<void> {
  const known = knownMigrations();
  const applied = await appliedMigrations(connection);
  const unknown = applied.filter(({ number }) => number > known.length);
  const breaking = unknown.find((migration) => migration.breaking);
  if (breaking) {
    throw nexumError(
      'STORE_VERSION',
      `the database was changed by a newer nexum (${breaking.name}); this one knows ${known.length} migrations`,
    );
  }
  if (applied.length === 0) await createMigrationTable(connection);
  for (const migration of known.slice(applied.length)) await apply(connection, migration);
}

async function appliedMigrations(connection: Connection): Promise<Migration[]> {
  const [found] = await connection.run<[table: string | null]>(
    statement('find_migrations', `SELECT to_regclass('nexum.migration')::text`),
    [],
  );
  if (typeof found?.[0] !== 'string') return [];
  const rows = await connection.run<[number: number, name: string, breaking: boolean]>(
    statement('migrations', 'SELECT number, name, breaking FROM nexum.migration ORDER BY number'),
    [],
  );
  return rows.map(([number, name, breaking]) => ({ number, name, breaking }));
}

/** Even IF NOT EXISTS needs the right to create, and a server that finds everything in place needs none. */
async function createMigrationTable(connection: Connection): Promise<void> {
  await connection.command(
    `CREATE SCHEMA IF NOT EXISTS nexum;
     CREATE TABLE IF NOT EXISTS nexum.migration (
       number integer PRIMARY KEY, name text NOT NULL, breaking boolean NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now())`,
  );
}

async function apply(connection: Connection, { number, name, breaking }: Migration): Promise<void> {
  await connection.command('BEGIN');
  try {
    await connection.command(readFileSync(join(FOLDER, name), 'utf8'));
    await connection.run(
      statement(
        'add_migration',
        'INSERT INTO nexum.migration (number, name, breaking) VALUES ($1::int, $2, $3::boolean)',
      ),
      [number, name, String(breaking)],
    );
    await connection.command('COMMIT');
  } catch (error) {
    await connection.command('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function statement(name: string, text: string): { name: string; text: string } {
  return { name: `nexum_${name}`, text };
}
