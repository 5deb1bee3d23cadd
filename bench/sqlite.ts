/**
 * `npm run bench [-- --json]`: figures of this machine on SQLite, each beside the raw limit measured in the same run.
 * Absolute numbers belong to one machine and one day; the ratios are what to compare. `npm run bench -- postgres` is the
 * same on PostgreSQL (postgres.ts).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { NexumClient } from '#dist/rpc/client.js';
import { batchedCommits, streamEcho } from './limits.js';
import { NODES, percentile, runLoad, WORKFLOW } from './load.js';
import { json, report } from './report.js';
import { nexum, residentMiB, startServer } from './processes.js';
import { resumeTimes } from './resume.js';

const IDLE_EXECUTIONS = 400;
const LOAD_EXECUTIONS = 15_000;
const RESUME_ROUNDS = 7;
const COLD_STARTS = 7;

async function coldStart(folder: string, index: number): Promise<number> {
  const begin = performance.now();
  const dev = nexum(['dev', '--json', '--listen', 'localhost:0', '--data-dir', join(folder, `cold-${index}`)]);
  await dev.line('stdout', (line) => line.includes('ready'));
  const ms = performance.now() - begin;
  await dev.stop();
  return ms;
}

const folder = mkdtempSync(join(tmpdir(), 'nexum-bench-'));
if (!json) process.stdout.write(`node ${process.version}, ${cpus().length} cores, every commit fsynced\n\n`);

const echo = { limit: await streamEcho(), name: 'stream echo/s' };
const single = batchedCommits(folder, 1);
const batched = batchedCommits(folder, 64);
report('raw: bare stream echo', echo.limit, 'msg/s');
report('raw: one row per fsynced commit', single.rowsPerSecond, 'row/s');
report('raw: 64 rows per fsynced commit', batched.rowsPerSecond, 'row/s');

const server = await startServer(join(folder, 'data'));
const client = new NexumClient(server.address);
await client.call('RegisterWorkflow', WORKFLOW);
const handlers = join(folder, 'handlers.mjs');
writeFileSync(handlers, 'export default { noop: () => ({ ok: true }) };\n');
const worker = nexum(['--server', server.address, 'worker', '--quiet', '--handlers', handlers, '--concurrency', '512']);
await worker.line('stderr', (line) => line.includes('ready'));
await runLoad(client, 64, 2000);

await runLoad(client, 1, IDLE_EXECUTIONS);
const idle = await runLoad(client, 1, IDLE_EXECUTIONS);
const fiveCommits = { limit: single.commitMs * 5, name: 'five bare commits, ms' };
report('one execution of 4 nodes, p50', percentile(idle.latencies, 0.5), 'ms', fiveCommits);
report('one execution of 4 nodes, p99', percentile(idle.latencies, 0.99), 'ms', fiveCommits);
for (const concurrent of [64, 256]) {
  const { seconds, latencies } = await runLoad(client, concurrent, LOAD_EXECUTIONS);
  const rate = (latencies.length * NODES) / seconds;
  report(`nodes, ${concurrent} executions at once`, rate, 'node/s', echo);
  report(`  the same, against batched rows`, rate, 'node/s', { limit: batched.rowsPerSecond, name: 'batched rows/s' });
  report(`  one execution among ${concurrent}, p50`, percentile(latencies, 0.5), 'ms');
}
report('resident memory of the server', residentMiB(server.process.pid), 'MiB');
report('resident memory of the worker', residentMiB(worker.process.pid), 'MiB');
await worker.stop();

report(
  'resume: fresh worker to next node, median',
  percentile(await resumeTimes(client, folder, RESUME_ROUNDS), 0.5),
  'ms',
);
client.close();
await server.stop();

const starts: number[] = [];
for (let index = 0; index < COLD_STARTS; index++) starts.push(await coldStart(folder, index));
report('cold start: nexum dev to ready, median', percentile(starts, 0.5), 'ms');
rmSync(folder, { recursive: true });
