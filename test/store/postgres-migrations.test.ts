/** A database that is new, half-made, newer than this nexum, not there, or closed to this server. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { NexumError } from '../../src/errors.js';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import { freePort, until } from '../support/processes.js';
import {
  createDatabase,
  describeOwnPostgres,
  describePostgres,
  startPostgresServer,
  type TestDatabase,
} from '../support/postgres.js';
import { newExecution, read, write } from '../support/store-records.js';
import { TcpProxy, type CutMoment } from '../support/tcp-proxy.js';

/** What servers of all versions lock while they migrate. */
const LOCK_KEY = 0x6e_65_78_75_6d;

async function newDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  return database;
}

async function open(url: string): Promise<PostgresStore> {
  const store = await PostgresStore.open(url);
  onTestFinished(() => store.close());
  return store;
}

async function refusal(url: string): Promise<NexumError> {
  const error: unknown = await PostgresStore.open(url).then(
    async (store) => {
      await store.close();
      throw new Error('the store was opened');
    },
    (reason: unknown) => reason,
  );
  return error as NexumError;
}

async function expectWorking(store: PostgresStore, index: number): Promise<void> {
  await write(store, newExecution(index));
  expect((await read(store, index)).execution?.status).toBe('RUNNING');
}

/** Names of what is in the schema. */
async function schemaOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace('nexum') AND relkind IN ('r', 'i') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function freshSchema(): Promise<string[]> {
  const database = await newDatabase();
  await (await PostgresStore.open(database.url)).close();
  return schemaOf(database);
}

/** A server that migrates: it has the lock, and half of a schema in its open transaction. */
async function halfMade(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SELECT pg_advisory_lock($1::bigint)', [LOCK_KEY]);
  await client.query('BEGIN');
  await client.query('CREATE SCHEMA nexum; CREATE TABLE nexum.workflow (half int); CREATE TABLE nexum.rest (half int)');
  return client;
}

function withRole(url: string, role: string, password = ''): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = password;
  return changed.href;
}

/** A role that may log in and nothing else; it vanishes with the test. */
async function newRole(database: TestDatabase): Promise<string> {
  const role = `nexum_test_${randomBytes(6).toString('hex')}`;
  await database.query(`CREATE ROLE ${role} LOGIN`);
  onTestFinished(async () => {
    await database.query(`DROP OWNED BY ${role}`);
    await database.query(`DROP ROLE ${role}`);
  });
  return role;
}

describePostgres('an empty database', () => {
  it('becomes one schema when three servers open it at the same moment, and all of them work', async () => {
    const database = await newDatabase();
    const stores = await Promise.all([1, 2, 3].map(() => open(database.url)));
    await Promise.all(stores.map((store, index) => expectWorking(store, index)));
    for (const [index, store] of stores.entries())
      expect((await read(store, (index + 1) % 3)).execution?.status).toBe('RUNNING');
    expect(await database.query('SELECT number, breaking FROM nexum.migration')).toEqual([
      { number: 1, breaking: false },
    ]);
  });

  it('is not touched while another server migrates it, and taken over when that one dies', async () => {
    const database = await newDatabase();
    const dying = await halfMade(database.url);
    let opened = false;
    const opening = open(database.url).then((store) => {
      opened = true;
      return store;
    });
    await until(async () => {
      const waiting = await database.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      return waiting.length > 0 ? true : undefined;
    }, 'the second server waits for the lock');
    expect([opened, await schemaOf(database)]).toEqual([false, []]);
    dying.connection.stream.destroy();
    await expectWorking(await opening, 1);
    expect(await schemaOf(database)).toEqual(await freshSchema());
  });

  it.each<[CutMoment, number]>([
    ['before', 0],
    ['after', 1],
  ])(
    'is completed by the next start when the connection breaks %s the commit of a migration',
    async (moment, applied) => {
      const database = await newDatabase();
      const proxy = await TcpProxy.open(database.url);
      onTestFinished(() => proxy.close());
      proxy.cutCommit(moment);
      expect(await refusal(proxy.url)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(proxy.cuts).toBe(1);
      expect(await database.query('SELECT number FROM nexum.migration')).toHaveLength(applied);
      await expectWorking(await open(proxy.url), 1);
      expect(await schemaOf(database)).toEqual(await freshSchema());
    },
  );
});

describePostgres('a database that a newer nexum has changed', () => {
  it.each([
    [false, undefined],
    [true, 'STORE_VERSION'],
  ])('in a breaking way: %s', async (breaking, code) => {
    const database = await newDatabase();
    await (await PostgresStore.open(database.url)).close();
    await database.query(`INSERT INTO nexum.migration VALUES (99, '0099_newer.sql', $1)`, [breaking]);
    if (code === undefined) {
      await expectWorking(await open(database.url), 1);
      return;
    }
    const error = await refusal(database.url);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).toContain('0099_newer.sql');
    expect(await database.query('SELECT number FROM nexum.migration')).toHaveLength(2);
  });
});

describe('a database that is not there', () => {
  it('is waited for with patience, and named without its password', async () => {
    const url = `postgres://nexum:secret@127.0.0.1:${await freePort()}/orders`;
    // Every look at the clock takes a second: the patience of a start is over after a few tries.
    let nowMs = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 1000));
    onTestFinished(() => {
      clock.mockRestore();
    });
    const beganMs = nowMs;
    const error = await refusal(url);
    expect(nowMs - beganMs).toBeGreaterThan(5000);
    expect(nowMs - beganMs).toBeLessThan(20_000);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(error.message).toMatch(/does not answer .*ECONNREFUSED/);
    expect(error.message).not.toContain('secret');
  });
});

describePostgres('a database that comes while a server starts', () => {
  it('is found', async () => {
    const database = await newDatabase();
    const proxy = await TcpProxy.open(database.url);
    onTestFinished(() => proxy.close());
    await proxy.refuse();
    const failed = vi.spyOn(Client.prototype, 'connect');
    const opening = open(proxy.url);
    await until(() => (failed.mock.calls.length >= 2 ? true : undefined), 'the server has tried twice');
    failed.mockRestore();
    await proxy.accept();
    await expectWorking(await opening, 1);
  });
});

describePostgres('a database that refuses', () => {
  it('a name that it does not know, at once', async () => {
    const { url } = await newDatabase();
    const elsewhere = new URL(withRole(url, 'postgres', 'secret'));
    elsewhere.pathname = '/no_such_database';
    const nobody = withRole(url, 'no_such_role', 'secret');
    for (const [refused, name] of [
      [elsewhere.href, 'no_such_database'],
      [nobody, 'no_such_role'],
    ] as const) {
      const connects = vi.spyOn(Client.prototype, 'connect');
      const error = await refusal(refused);
      expect(connects).toHaveBeenCalledTimes(1);
      connects.mockRestore();
      expect(error).toMatchObject({ code: 'DATABASE_REFUSED', retryable: false });
      expect(error.message).toContain(name);
      expect(error.message).not.toContain('secret');
    }
  });

  it('a role without the right to create a schema, and says so', async () => {
    const database = await newDatabase();
    const role = await newRole(database);
    const error = await refusal(withRole(database.url, role));
    expect(error).toMatchObject({ code: 'DATABASE_REFUSED', retryable: false });
    expect(error.message).toContain('permission denied for database');
  });

  it('nothing to a role that may only read and write, once the schema is there', async () => {
    const database = await newDatabase();
    const role = await newRole(database);
    await (await PostgresStore.open(database.url)).close();
    expect((await refusal(withRole(database.url, role))).code).toBe('DATABASE_REFUSED');
    await database.query(`GRANT USAGE ON SCHEMA nexum TO ${role}`);
    await database.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA nexum TO ${role}`);
    const store = await open(withRole(database.url, role));
    await store.putWorkflow({ workflowId: 'w', versionHash: 'sha256:v', irJson: '{}', registeredAtMs: 1 });
    await expectWorking(store, 1);
  });

  it('a server that it knew, which waits for it as for one that is away', async () => {
    const database = await newDatabase();
    const role = await newRole(database);
    await database.query(`GRANT ALL ON DATABASE ${new URL(database.url).pathname.slice(1)} TO ${role}`);
    const store = await open(withRole(database.url, role));
    await expectWorking(store, 1);
    await database.query(`ALTER ROLE ${role} NOLOGIN`);
    await database.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
    const away = expect.objectContaining({ code: 'STORE_UNAVAILABLE', retryable: true }) as Error;
    await Promise.all([
      expect(write(store, newExecution(2))).rejects.toThrow(away),
      expect(store.nextDue(0)).rejects.toThrow(away),
    ]);
    await database.query(`ALTER ROLE ${role} LOGIN`);
    await expectWorking(store, 2);
  });
});

describeOwnPostgres('a server that asks for passwords', () => {
  it('refuses a wrong one and a missing one at once', async () => {
    const server = await startPostgresServer();
    onTestFinished(() => server.stop());
    const database = await createDatabase(server);
    onTestFinished(() => database.drop());
    await database.query(`CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right'`);
    const [row] = await database.query<{ hba_file: string }>('SHOW hba_file');
    const rules = ['host all guarded all scram-sha-256', 'host all all all trust'].map((rule) => `('${rule}')`).join();
    await database.query(`COPY (SELECT * FROM (VALUES ${rules}) AS rules) TO '${row?.hba_file ?? ''}'`);
    await database.query('SELECT pg_reload_conf()');
    const wrong = await until(async () => {
      const error = await refusal(withRole(database.url, 'guarded', 'secret')).catch(() => undefined);
      return error;
    }, 'the rule is in force');
    expect(wrong).toMatchObject({ code: 'DATABASE_REFUSED', retryable: false });
    expect(wrong.message).toContain('password authentication failed for user "guarded"');
    expect(wrong.message).not.toContain('secret');
    const missing = await refusal(withRole(database.url, 'guarded'));
    expect(missing).toMatchObject({ code: 'DATABASE_REFUSED', retryable: false });
    expect(missing.message).toContain('password');
    await expectWorking(await open(withRole(database.url, 'guarded', 'right')), 1);
  });
});
