/**
 * `npm run bench -- calls [--json]`: durable calls of a session, with a server in this process and over gRPC to another one.
 * Beside the bare function, and beside what no call can be faster than: one bare fsynced commit, or, over gRPC, one empty
 * round trip to the same server, both of the same run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { NexumClient, openSession, type ProgramSession } from '#dist/index.js';
import { batchedCommits } from './limits.js';
import { percentile } from './load.js';
import { startServer } from './processes.js';
import { json, report, type Limit } from './report.js';

const CALLS = 1000;
/** A tool that takes as long as a fast service in the same building. */
const TOOL_MS = 5;

const folder = mkdtempSync(join(tmpdir(), 'nexum-calls-'));
if (!json) process.stdout.write(`node ${process.version}, ${cpus().length} cores, every commit fsynced\n\n`);
try {
  const commit = { limit: batchedCommits(folder, 1).commitMs, name: 'bare commit, ms' };
  report('raw: one row per fsynced commit', commit.limit, 'ms');
  const embedded = await openSession({ id: 'bench', dataDir: join(folder, 'embedded') });
  await measure('embedded', embedded, commit);
  await embedded.close();
  const server = await startServer(join(folder, 'data'));
  const remote = await openSession({ id: 'bench', address: server.address });
  const client = new NexumClient(server.address);
  const trips = await times(CALLS, () => client.call('GetServerInfo', {}));
  client.close();
  const trip = { limit: percentile(trips, 0.5), name: 'empty round trip, ms' };
  report('raw: one empty round trip over gRPC, p50', trip.limit, 'ms');
  await measure('over gRPC', remote, trip);
  await remote.close();
  await server.stop();
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(where: string, session: ProgramSession, floor: Limit): Promise<void> {
  const tool = (): { price: number } => ({ price: 3 });
  const slow = (): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(1), TOOL_MS));
  await times(200, (index) => session.call('warm', index, tool));
  await session.call('cached', {}, tool);
  const bare = await times(CALLS, () => Promise.resolve(tool()));
  const cached = await times(CALLS, () => session.call('cached', {}, tool));
  const fresh = await times(CALLS, (index) => session.call('new', index, tool));
  const bareSlow = await times(200, slow);
  const freshSlow = await times(200, (index) => session.call('slow', index, slow));
  report(`${where}: the bare function, p50`, percentile(bare, 0.5) * 1000, 'us');
  report(`${where}: cached call, p50`, percentile(cached, 0.5), 'ms', floor);
  report(`${where}: cached call, p95`, percentile(cached, 0.95), 'ms', floor);
  report(`${where}: new call, p50`, percentile(fresh, 0.5), 'ms', floor);
  const added = percentile(freshSlow, 0.5) - percentile(bareSlow, 0.5);
  report(`${where}: added to a tool of ${TOOL_MS} ms, p50`, added, 'ms', floor);
  const begin = performance.now();
  await Promise.all(Array.from({ length: CALLS }, (_, index) => session.call('parallel', index, tool)));
  report(`${where}: new calls, ${CALLS} at once`, (CALLS * 1000) / (performance.now() - begin), 'call/s');
}

async function times(count: number, work: (index: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begin = performance.now();
    await work(index);
    all.push(performance.now() - begin);
  }
  return all;
}
