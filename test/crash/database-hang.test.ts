/**
 * A PostgreSQL that neither answers nor refuses: its processes stand still, as on a machine that swaps, or behind a network
 * that swallows packets. Servers say so and wait; nothing ends, and nothing is lost.
 */
import { execFileSync } from 'node:child_process';
import { equal } from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { CHAOS_PIPELINE, Cluster } from '../support/cluster.js';
import { createDatabase, describeOwnPostgres, startPostgresServer } from '../support/postgres.js';
import { until } from '../support/processes.js';

const GATE_HANDLERS = fileURLToPath(new URL('../e2e/worker-handlers.js', import.meta.url));
const TIMEOUT_MS = 120_000;

describeOwnPostgres('a PostgreSQL that stands still', () => {
  it('ends no server: work goes on when it moves again', { timeout: TIMEOUT_MS }, async () => {
    const postgres = await startPostgresServer();
    const database = await createDatabase(postgres);
    const cluster = await Cluster.open({ database, servers: 2, leaseMs: 4000 });
    try {
      await cluster.startWorker({ pipelines: [CHAOS_PIPELINE] });
      await cluster.startWorker({ handlers: GATE_HANDLERS });
      const client = cluster.client();
      const start = async (index: number): Promise<string> => {
        const inputJson = JSON.stringify({ log: cluster.path('log') });
        const request = { workflowId: 'chaos', versionHash: '', inputJson, idempotencyKey: `hang ${index}` };
        return (await client.call('StartExecution', request)).executionId;
      };
      await cluster.ended(client, await start(1));
      // Under way all the time, for several leases: its worker lives, so nobody takes it back.
      await cluster.register(client, 'gated', { n: { handler: 'test.gate', with: { gate: cluster.path('gate') } } });
      const gated = { workflowId: 'gated', versionHash: '', inputJson: '{}' };
      const { executionId } = await client.call('StartExecution', gated);
      await until(async () => {
        const { nodes } = await client.call('GetExecution', { executionId });
        return nodes[0]?.status === 'LEASED' ? true : undefined;
      }, 'the node is leased');
      const family = [postgres.pid, ...childrenOf(postgres.pid)];
      for (const pid of family) process.kill(pid, 'SIGSTOP');
      // Long enough for every wait of a server to end: it says so when the first of them has.
      await Promise.all(cluster.servers.map((server) => server.waitForText(/warning: the database does not answer/)));
      for (const pid of family) process.kill(pid, 'SIGCONT');
      await Promise.all(cluster.servers.map((server) => server.waitForText(/warning: the database answers again/)));
      await cluster.ended(client, await start(2));
      cluster.openGate('gate');
      const events = await cluster.ended(client, executionId);
      equal(events.filter(({ kind }) => kind === 'node_leased').length, 1, 'it ran once');
      for (const server of cluster.servers) equal(server.exit, undefined, server.text);
    } finally {
      await cluster.close();
      await database.drop();
      await postgres.stop();
    }
  });
});

function childrenOf(pid: number): number[] {
  const text = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return text.split('\n').map(Number).filter(Boolean);
}
