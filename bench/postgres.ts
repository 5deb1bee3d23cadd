/**
 * `npm run bench -- postgres [--json]`: one PostgreSQL with one, two and four servers on it, beside what this PostgreSQL
 * does at most: transactions of `pgbench -N`, and a bare loop of batched inserts. Takes DATABASE_URL (an empty database
 * of its own), or starts a server as the tests do.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { NexumClient } from '#dist/rpc/client.js';
import pg from 'pg';
import { candidates } from '../test/support/postgres-choice.js';
import { PostgresServer, versionOf } from '../test/support/postgres-server.js';
import { NODES, percentile, runLoad, WORKFLOW } from './load.js';
import { nexum, startServer, type Running } from './processes.js';
import { json, report, type Limit } from './report.js';

const IDLE_EXECUTIONS = 300;
const LOAD_EXECUTIONS = 8000;
const CONCURRENT = 256;
const FINISHED = 1_000_000;
const INSERT_SECONDS = 3;
const PGBENCH_SECONDS = 5;

const folder = mkdtempSync(join(tmpdir(), 'nexum-bench-'));
const handlers = join(folder, 'handlers.mjs');
writeFileSync(handlers, 'export default { noop: () => ({ ok: true }) };\n');
const own = process.env['DATABASE_URL'] === undefined ? await startPostgres() : undefined;
const adminUrl = process.env['DATABASE_URL'] ?? own?.url ?? '';
try {
  await run();
} finally {
  await own?.stop();
  rmSync(folder, { recursive: true });
}

async function startPostgres(): Promise<PostgresServer> {
  const [binaries] = candidates();
  if (!binaries) throw new Error('no PostgreSQL: install one, or set DATABASE_URL to an empty database');
  return PostgresServer.start(binaries);
}

async function run(): Promise<void> {
  if (!json) process.stdout.write(`PostgreSQL ${await versionOf(adminUrl)}, fsync ${await setting('fsync')}, `);
  if (!json) process.stdout.write(`node ${process.version}, ${cpus().length} cores\n\n`);
  const rows = { limit: await batchedInserts(), name: 'batched rows/s' };
  report('raw: 64 rows per commit', rows.limit, 'row/s');
  const transactions = pgbench();
  if (transactions === undefined) process.stderr.write('no pgbench on the PATH: its figure is left out\n');
  else report('raw: pgbench -N, 8 clients', transactions, 'tx/s');

  const sqlite = await measureSqlite();
  report('SQLite: one execution of 4 nodes, p50', sqlite.p50, 'ms');
  report(`SQLite: nodes, ${CONCURRENT} executions at once`, sqlite.rate, 'node/s');
  const limit = { limit: sqlite.rate, name: 'SQLite node/s' };
  for (const servers of [1, 2, 4])
    await measureCluster(servers, rows, { limit: sqlite.p50, name: 'SQLite, ms' }, limit);
  await fillHistory();
  await measureCluster(1, rows, { limit: sqlite.p50, name: 'SQLite, ms' }, limit, ' after 1,000,000 executions');
}

interface Figures {
  readonly p50: number;
  readonly rate: number;
}

async function measureSqlite(): Promise<Figures> {
  const server = await startServer(join(folder, 'data'));
  const figures = await measure([server]);
  await server.stop();
  return figures;
}

async function startServers(count: number): Promise<(Running & { address: string })[]> {
  const servers: (Running & { address: string })[] = [];
  for (let index = 0; index < count; index += 1) {
    const server = nexum(['server', '--json', '--listen', 'localhost:0'], { DATABASE_URL: adminUrl });
    const line = await server.line('stdout', (text) => text.includes('listening'));
    servers.push({ ...server, address: (JSON.parse(line) as { address: string }).address });
  }
  return servers;
}

async function measureCluster(count: number, rows: Limit, p50: Limit, rate: Limit, when = ''): Promise<void> {
  const servers = await startServers(count);
  const figures = await measure(servers);
  const name = `${count} server${count > 1 ? 's' : ''}${when}`;
  report(`${name}: one execution of 4 nodes, p50`, figures.p50, 'ms', p50);
  report(`${name}: nodes, ${CONCURRENT} at once`, figures.rate, 'node/s', rows);
  report(`  the same, against SQLite`, figures.rate, 'node/s', rate);
  for (const server of servers) await server.stop();
}

/** A worker per server, and a client per server that share the load. */
async function measure(servers: readonly (Running & { address: string })[]): Promise<Figures> {
  const workers: Running[] = [];
  for (const { address } of servers) {
    const worker = nexum(['--server', address, 'worker', '--quiet', '--handlers', handlers, '--concurrency', '512']);
    await worker.line('stderr', (line) => line.includes('ready'));
    workers.push(worker);
  }
  const clients = servers.map(({ address }) => new NexumClient(address));
  const [first] = clients;
  if (!first) throw new Error('no server');
  await first.call('RegisterWorkflow', WORKFLOW);
  const all = (executions: number): Promise<unknown> =>
    Promise.all(clients.map((client) => runLoad(client, CONCURRENT / clients.length, executions / clients.length)));
  await all(2000);
  await runLoad(first, 1, IDLE_EXECUTIONS);
  const idle = await runLoad(first, 1, IDLE_EXECUTIONS);
  const begin = performance.now();
  await all(LOAD_EXECUTIONS);
  const seconds = (performance.now() - begin) / 1000;
  for (const client of clients) client.close();
  for (const worker of workers) await worker.stop();
  return { p50: percentile(idle.latencies, 0.5), rate: (LOAD_EXECUTIONS * NODES) / seconds };
}

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function setting(name: string): Promise<string> {
  const { rows } = await withClient((client) => client.query<Record<string, string>>(`SHOW ${name}`));
  return rows[0]?.[name] ?? '';
}

/** Rows of 200 characters per second in committed batches of 64, on one connection. */
function batchedInserts(): Promise<number> {
  return withClient(async (client) => {
    await client.query(
      'CREATE TABLE bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)',
    );
    const texts = Array<string>(64).fill('x'.repeat(200));
    const insert = { name: 'insert', text: 'INSERT INTO bench_row (text) SELECT unnest($1::text[])', values: [texts] };
    const begin = performance.now();
    let batches = 0;
    while (performance.now() - begin < INSERT_SECONDS * 1000) {
      await client.query(insert);
      batches += 1;
    }
    await client.query('DROP TABLE bench_row');
    return (batches * 64 * 1000) / (performance.now() - begin);
  });
}

/** Transactions per second of the simple update of pgbench, or undefined where it is not installed. */
function pgbench(): number | undefined {
  try {
    execFileSync('pgbench', ['--initialize', '--quiet', '--scale=10', adminUrl], { stdio: 'ignore' });
    const args = ['-N', '--client=8', '--jobs=2', `--time=${PGBENCH_SECONDS}`, adminUrl];
    const text = execFileSync('pgbench', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(/tps = ([\d.]+)/.exec(text)?.[1]);
  } catch {
    return undefined;
  }
}

/** Executions of one node each that have ended: what years leave behind. */
async function fillHistory(): Promise<void> {
  await withClient(async (client) => {
    const ids = `SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id
                 FROM generate_series(1, ${FINISHED}) n`;
    await client.query(
      `INSERT INTO nexum.execution (execution_id, revision, last_seq, workflow_id, version_hash, status, created_at_ms,
         finished_at_ms, open_count)
       SELECT id, 3, 4, 'bench', 'bench-1', 'COMPLETED', 0, 1, 0 FROM (${ids}) AS finished`,
    );
    await client.query(
      `INSERT INTO nexum.activation (execution_id, node, iteration, status, version_hash, handler, attempt, failed, lost,
         ready_at_ms, output_seq)
       SELECT id, 'first', 1, 'COMPLETED', 'bench-1', 'noop', 1, 0, 0, 0, 3 FROM (${ids}) AS finished`,
    );
    await client.query(
      `INSERT INTO nexum.event (execution_id, seq, at_ms, kind, node, iteration, data, payload)
       SELECT id, seq, 0, kind, 'first', 1, '{}', '{}' FROM (${ids}) AS finished
       CROSS JOIN (VALUES (1, 'execution_started'), (2, 'node_leased'), (3, 'node_completed'), (4, 'execution_completed'))
         AS history (seq, kind)`,
    );
    await client.query('VACUUM ANALYZE nexum.execution');
    await client.query('VACUUM ANALYZE nexum.activation');
    await client.query('VACUUM ANALYZE nexum.event');
  });
}
