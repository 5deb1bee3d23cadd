/**
 * A PostgreSQL that neither answers nor refuses: its processes stand still, as on a machine that swaps, or behind a network
 * that swallows packets. Servers say so and wait; nothing ends, and nothing is lost.
 */
import { execFileSync } from 'node:child_process';
import { equal, ok } from 'node:assert/strict';
import { it } from 'vitest';
import { CHAOS_PIPELINE, Cluster } from '../support/cluster.js';
import { judgeHistory } from '../support/history-oracle.js';
import { createDatabase, describeOwnPostgres, startPostgresServer } from '../support/postgres.js';

const TIMEOUT_MS = 120_000;

describeOwnPostgres('a PostgreSQL that stands still', () => {
  it('ends no server: work goes on when it moves again', { timeout: TIMEOUT_MS }, async () => {
    const postgres = await startPostgresServer();
    const database = await createDatabase(postgres);
    const cluster = await Cluster.open({ database, servers: 2, leaseMs: 4000 });
    try {
      await cluster.startWorker({ pipelines: [CHAOS_PIPELINE] });
      const client = cluster.client();
      const start = async (index: number): Promise<string> => {
        const inputJson = JSON.stringify({ log: cluster.path('log') });
        const request = { workflowId: 'chaos', versionHash: '', inputJson, idempotencyKey: `hang ${index}` };
        return (await client.call('StartExecution', request)).executionId;
      };
      await cluster.ended(client, await start(1));
      const family = [postgres.pid, ...childrenOf(postgres.pid)];
      for (const pid of family) process.kill(pid, 'SIGSTOP');
      // Long enough for every wait of a server to end: it says so when the first of them has.
      await Promise.all(cluster.servers.map((server) => server.waitForText(/warning: the database does not answer/)));
      for (const pid of family) process.kill(pid, 'SIGCONT');
      await Promise.all(cluster.servers.map((server) => server.waitForText(/warning: the database answers again/)));
      await cluster.ended(client, await start(2));
      for (const server of cluster.servers) equal(server.exit, undefined, server.text);
      const verdict = judgeHistory(await cluster.history(), cluster.log(), ['first', 'left', 'right', 'last']);
      ok(verdict.executions === 2 && verdict.completed === 8);
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
