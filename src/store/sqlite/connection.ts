/**
 * Opens the database file: folder and file modes, one server per file, durability settings that are asserted and not
 * hoped for, migrations, and the meaning of SQLite's errors.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { errorMessage, nexumError, type NexumError } from '../../errors.js';

/** SQLite before 3.51.3 has a WAL-reset bug that can corrupt the file (https://sqlite.org/wal.html#walresetbug). */
const MINIMUM_SQLITE = [3, 51, 3] as const;
/** Pages of 4 KiB in the WAL before a checkpoint: 16 MiB. Smaller means more fsyncs under load, larger a longer restart. */
const CHECKPOINT_PAGES = 4096;
const SYNCHRONOUS_FULL = 2;

/**
 * Opens (and creates) the file with WAL and synchronous=FULL, holding an exclusive lock that dies with the process.
 * @throws NexumError STORE_LOCKED when another server has the file; STORE_VERSION when a newer nexum wrote it;
 *   STORE_BROKEN when the settings do not hold or the file is damaged.
 */
export function openDatabase(file: string): Database.Database {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: 0 });
    if (file !== ':memory:') chmodSync(file, 0o600);
    assertVersion(database);
    // Exclusive first: the WAL index then lives in this process's memory, and no other process gets in.
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.pragma('foreign_keys = ON');
    migrate(database);
    assertDurable(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw isSqlite(error, 'SQLITE_BUSY')
      ? nexumError('STORE_LOCKED', `${file} is in use by another server`, { file }, error)
      : (storeError(error) ?? error);
  }
}

/**
 * The better-sqlite3 driver silently falls back to synchronous=NORMAL when it re-opens a WAL file, and NORMAL loses
 * acknowledged commits on power loss. It shows only after a first write, so this is called after one.
 */
function assertDurable(database: Database.Database, file: string): void {
  const mode = database.pragma('journal_mode', { simple: true });
  const synchronous = database.pragma('synchronous', { simple: true });
  const walExpected = file === ':memory:' ? 'memory' : 'wal';
  if (mode !== walExpected || synchronous !== SYNCHRONOUS_FULL) {
    throw nexumError(
      'STORE_BROKEN',
      `${file}: journal_mode is ${String(mode)}, synchronous is ${String(synchronous)}; need wal and 2`,
    );
  }
}

function assertVersion(database: Database.Database): void {
  const version = sqliteVersion(database);
  const parts = version.split('.').map(Number);
  for (const [index, minimum] of MINIMUM_SQLITE.entries()) {
    const part = parts[index] ?? 0;
    if (part > minimum) return;
    if (part < minimum)
      throw nexumError('STORE_VERSION', `SQLite ${version} is older than ${MINIMUM_SQLITE.join('.')}`);
  }
}

export function sqliteVersion(database: Database.Database): string {
  return String(database.prepare('SELECT sqlite_version()').pluck().get());
}

/** Runs the numbered files that this database has not seen, each in its own transaction; ends with a write in any case. */
function migrate(database: Database.Database): void {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'migrations');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const current = Number(database.pragma('user_version', { simple: true }));
  if (current > files.length) {
    throw nexumError('STORE_VERSION', `the data folder has schema ${current}, this nexum knows ${files.length}`);
  }
  for (const [index, name] of files.entries()) {
    if (index < current) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(readFileSync(join(folder, name), 'utf8'));
      database.pragma(`user_version = ${index + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
  database.pragma(`user_version = ${files.length}`);
}

function isSqlite(error: unknown, prefix: string): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith(prefix);
}

/**
 * Maps an SQLite error to what it means for callers: a full disk is theirs to wait out (STORE_FULL), damage or I/O
 * errors end the server (STORE_BROKEN). Undefined for everything else, such as a violated constraint.
 */
export function storeError(error: unknown): NexumError | undefined {
  if (isSqlite(error, 'SQLITE_FULL')) return nexumError('STORE_FULL', 'the disk of the server is full', {}, error);
  const broken = ['SQLITE_IOERR', 'SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'];
  if (broken.some((prefix) => isSqlite(error, prefix))) {
    return nexumError('STORE_BROKEN', `the database failed: ${errorMessage(error)}`, {}, error);
  }
  return undefined;
}

/** Runs synchronous work behind the asynchronous port, with SQLite's errors translated. */
export async function attempt<T>(work: () => T): Promise<T> {
  try {
    return await Promise.resolve(work());
  } catch (error) {
    throw storeError(error) ?? error;
  }
}
