/** Large payloads in the tables: one row per content, and none that nothing names any more. */
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blobOf, MAX_INLINE_BYTES } from '../../src/store/blob.js';
import { dropUnusedBlobs } from '../../src/store/postgres/blob-table.js';
import { Connection } from '../../src/store/postgres/connection.js';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { Statements } from '../../src/store/sqlite/statements.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/processes.js';
import { temporaryDatabase } from '../support/store-folder.js';
import { executionIdOf, newExecution, read, write } from '../support/store-records.js';

const [SHARED, OWN, ORPHAN] = ['s', 'w', 'o'].map((letter) => JSON.stringify(letter.repeat(MAX_INLINE_BYTES))) as [
  string,
  string,
  string,
];

function hashOf(payload: string): string {
  return blobOf(payload)!.hash;
}

describe('blobs in SQLite', () => {
  async function filled(): Promise<Database.Database> {
    const file = temporaryDatabase();
    const store = new SqliteStore(file);
    await write(store, newExecution(1, { payload: SHARED }), newExecution(2, { payload: SHARED }));
    await write(store, newExecution(3, { payload: OWN }), newExecution(4, { payload: '"small"' }));
    await store.close();
    const database = new Database(file);
    onTestFinished(() => {
      database.close();
    });
    return database;
  }

  const hashes = (database: Database.Database): unknown[] =>
    database.prepare('SELECT hash FROM blob ORDER BY hash').pluck().all();

  it('hold each content once, and its events hold none of it', async () => {
    const database = await filled();
    expect(hashes(database)).toEqual([SHARED, OWN].map(hashOf).sort());
    const kept = database.prepare('SELECT coalesce(payload, payload_hash) FROM event ORDER BY execution').pluck().all();
    expect(kept).toEqual([hashOf(SHARED), hashOf(SHARED), hashOf(OWN), '"small"']);
  });

  it('go when the last event that named them has gone', async () => {
    const database = await filled();
    const statements = new Statements(database);
    const all = [SHARED, OWN, ORPHAN].map(hashOf);
    statements.putBlob(blobOf(ORPHAN)!);
    statements.dropUnusedBlobs(all);
    expect(hashes(database)).toEqual([SHARED, OWN].map(hashOf).sort());
    database.exec('DROP TRIGGER event_permanent');
    database.exec('DELETE FROM event WHERE execution IN (1, 3)');
    statements.dropUnusedBlobs(all);
    expect(hashes(database)).toEqual([hashOf(SHARED)]);
    database.exec('DELETE FROM event WHERE execution = 2');
    statements.dropUnusedBlobs([hashOf(OWN)]);
    expect(hashes(database)).toEqual([hashOf(SHARED)]);
    statements.dropUnusedBlobs([hashOf(SHARED)]);
    expect(hashes(database)).toEqual([]);
  });
});

describePostgres('blobs in PostgreSQL', () => {
  async function open(): Promise<{ database: TestDatabase; store: PostgresStore; other: Connection }> {
    const database = await createDatabase();
    const store = await PostgresStore.open(database.url);
    const other = await Connection.open(database.url, { hot: true });
    onTestFinished(async () => {
      await other.close();
      await store.close();
      await database.drop();
    });
    await database.query('ALTER TABLE nexum.event DISABLE TRIGGER USER');
    return { database, store, other };
  }

  async function hashes(database: TestDatabase): Promise<string[]> {
    const rows = await database.query<{ hash: string }>('SELECT hash FROM nexum.blob ORDER BY hash COLLATE "C"');
    return rows.map(({ hash }) => hash);
  }

  async function drop(connection: Connection, ...payloads: readonly string[]): Promise<void> {
    await connection.command('BEGIN');
    await dropUnusedBlobs(connection, payloads.map(hashOf));
    await connection.command('COMMIT');
  }

  function purge(database: TestDatabase, index: number): Promise<unknown> {
    return database.query('DELETE FROM nexum.event WHERE execution_id = $1', [executionIdOf(index).slice(5)]);
  }

  /** Returns when somebody waits for a row that another transaction has. */
  async function blocked(database: TestDatabase): Promise<void> {
    await until(async () => {
      const rows = await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows[0];
    }, 'somebody waits for a lock');
  }

  it('hold each content once, and go when the last event that named them has gone', async () => {
    const { database, store, other } = await open();
    await write(store, newExecution(1, { payload: SHARED }), newExecution(2, { payload: SHARED }));
    await write(store, newExecution(3, { payload: OWN }), newExecution(4, { payload: '"small"' }));
    expect(await hashes(database)).toEqual([SHARED, OWN].map(hashOf).sort());
    await purge(database, 1);
    await purge(database, 3);
    await drop(other, SHARED, OWN, ORPHAN);
    expect(await hashes(database)).toEqual([hashOf(SHARED)]);
    expect(await read(store, 2)).toMatchObject({ input: SHARED });
  });

  it('are written by two servers at the same moment', async () => {
    const { database, store } = await open();
    const stores = [store, await PostgresStore.open(database.url)];
    onTestFinished(() => stores[1]!.close());
    const starts = Array.from({ length: 20 }, (_, place) =>
      write(stores[place % 2]!, newExecution(place, { payload: SHARED }), newExecution(100 + place, { payload: OWN })),
    );
    await Promise.all(starts);
    expect(await hashes(database)).toEqual([SHARED, OWN].map(hashOf).sort());
    expect(await read(store, 119)).toMatchObject({ input: OWN });
  });

  it('stay when an event that is not committed yet names them', async () => {
    const { database, store, other } = await open();
    await write(store, newExecution(1, { payload: SHARED }));
    await purge(database, 1);
    let dropping: Promise<void> | undefined;
    await store.transact(async (transaction) => {
      const [stored] = await transaction.create([executionIdOf(2)]);
      const changes = newExecution(2, { payload: SHARED });
      stored?.apply(changes);
      await transaction.apply([changes]);
      // An answer from the same connection: what was sent before it has run.
      await transaction.findByIdempotencyKeys(['none']);
      dropping ??= drop(other, SHARED);
      await blocked(database);
    });
    await dropping;
    expect(await read(store, 2)).toMatchObject({ input: SHARED });
    expect((await store.listEvents(executionIdOf(2), 0, 1))[0]).toMatchObject({ payload: SHARED });
  });

  it('come back with an event that was decided while they were dropped', async () => {
    const { database, store, other } = await open();
    await write(store, newExecution(1, { payload: SHARED }));
    await purge(database, 1);
    await other.command('BEGIN');
    await dropUnusedBlobs(other, [hashOf(SHARED)]);
    const writing = write(store, newExecution(2, { payload: SHARED }));
    await blocked(database);
    await other.command('COMMIT');
    await writing;
    expect((await store.listEvents(executionIdOf(2), 0, 1))[0]).toMatchObject({ payload: SHARED });
  });
});
