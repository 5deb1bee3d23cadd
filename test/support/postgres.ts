/** PostgreSQL for tests: databases of their own on the server of this run, or a whole server of their own. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client, Pool, type QueryResultRow } from 'pg';
import { describe, inject } from 'vitest';
import { candidates } from './postgres-choice.js';
import { PostgresServer } from './postgres-server.js';
import type { PostgresAnswer } from './postgres-setup.js';

/** From this version on a database can be made by writing it to the log, without a checkpoint. */
const STRATEGY_MAJOR = 15;

const offer = inject('postgres');

/** `describe` for tests that need PostgreSQL: skipped without one, unless it is required; then they fail and say why. */
export const describePostgres = describe.skipIf(offer.missing !== undefined && !offer.required);
/** The same for tests that start, stop or crash a server of their own: TEST_DATABASE_URL is no help to them. */
export const describeOwnPostgres = describe.skipIf(candidates().length === 0 && !offer.required);

export interface TestDatabase {
  readonly url: string;
  readonly query: <Row extends QueryResultRow = QueryResultRow>(
    sql: string,
    parameters?: readonly unknown[],
  ) => Promise<Row[]>;
  /** Removes the database, whoever is still connected to it. Idempotent. */
  readonly drop: () => Promise<void>;
}

let asked: Promise<PostgresAnswer> | undefined;

async function getServer(): Promise<{ url: string; version: string }> {
  if (offer.missing !== undefined) throw new Error(offer.missing);
  asked ??= text(connect(offer.port, '127.0.0.1')).then((answer) => JSON.parse(answer) as PostgresAnswer);
  const answer = await asked;
  if ('error' in answer) throw new Error(answer.error);
  return answer;
}

/** e.g. `15.18`; of the server that `createDatabase` uses. */
export async function postgresVersion(): Promise<string> {
  return (await getServer()).version;
}

/** An empty database on the server of this run, or on another one. */
export async function createDatabase(server?: { readonly url: string }): Promise<TestDatabase> {
  const adminUrl = server?.url ?? (await getServer()).url;
  const name = `nexum_test_${randomBytes(8).toString('hex')}`;
  await administer(adminUrl, async (client) => {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    const strategy = Number(rows[0]?.server_version_num) / 10_000 >= STRATEGY_MAJOR ? 'STRATEGY wal_log' : '';
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ${strategy}`);
  });
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 2 });
  // A server that a test stops breaks idle connections, too; the next query opens another one.
  pool.on('error', () => undefined);
  let dropped: Promise<void> | undefined;
  return {
    url: url.href,
    query: async <Row extends QueryResultRow>(sql: string, parameters: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...parameters])).rows,
    drop: () => {
      dropped ??= pool
        .end()
        .then(() => administer(adminUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)));
      return dropped;
    },
  };
}

/** A server that the test may stop and crash; the test stops it in the end. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const [binaries] = candidates();
  if (!binaries) throw new Error(offer.missing ?? 'TEST_DATABASE_URL is no server that a test may stop: install one');
  return PostgresServer.start(binaries);
}

async function administer(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
