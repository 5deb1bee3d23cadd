/**
 * Hints between servers may be lost; what they say is found by polling once a second. A node becomes ready through one
 * server, and the only worker is attached to another one.
 */
import { ok } from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'vitest';
import type { NexumClient } from '../../src/rpc/client.js';
import { Cluster } from '../support/cluster.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/processes.js';
import { TcpProxy, type ProxiedConnection } from '../support/tcp-proxy.js';

/** One period of the polling, and what a commit takes; part of the contract. In milliseconds. */
const POLLED_MS = 1200;
/** A hint makes it sooner, or it would be of no use. */
const HINTED_MS = 500;
/** Of a busy machine, the best try counts. */
const TRIES = 5;

describePostgres('a server that hears of the others', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let cluster: Cluster;
  let client: NexumClient;

  beforeEach(async () => {
    database = await createDatabase();
    proxy = await TcpProxy.open(database.url);
    // The second server is the one behind the bad network, and has the worker.
    cluster = await Cluster.open({
      database,
      servers: 2,
      urlOf: (server) => (server === 1 ? proxy.url : database.url),
    });
    client = cluster.client(0);
    await cluster.register(client, 'one', { a: { handler: 'log.count' } });
    await cluster.startWorker({ server: cluster.address(1) });
    await until(() => (proxy.count(listens) === 1 ? true : undefined), 'the second server listens');
  });

  afterEach(async () => {
    await cluster.close();
    await proxy.close();
    await database.drop();
  });

  /** From ready to leased, by the clock of the database; of the best of several executions. */
  async function bestDelayMs(): Promise<number> {
    const delays: number[] = [];
    for (let turn = 0; turn < TRIES; turn += 1) {
      const request = { workflowId: 'one', versionHash: '', inputJson: '{}' };
      const { executionId } = await client.call('StartExecution', request);
      const history = await cluster.ended(client, executionId);
      const atMs = (kind: string): number => history.find((event) => event.kind === kind)?.atMs ?? NaN;
      delays.push(atMs('node_leased') - atMs('execution_started'));
    }
    console.log(`ms from ready to leased: ${delays.join(', ')}`);
    return Math.min(...delays);
  }

  it('dispatches at once what became ready at another one', async () => {
    const bestMs = await bestDelayMs();
    ok(bestMs <= HINTED_MS, `${bestMs} ms`);
  });

  it('dispatches within one period of its polling when its notifications are dropped', async () => {
    proxy.dropNotifications = true;
    const bestMs = await bestDelayMs();
    ok(bestMs <= POLLED_MS, `${bestMs} ms`);
    ok(proxy.notificationsDropped > 0, 'there was nothing to drop');
  });

  it('dispatches within one period of its polling when the connection that listens is half open', async () => {
    ok(proxy.freeze(listens) === 1);
    const bestMs = await bestDelayMs();
    ok(bestMs <= POLLED_MS, `${bestMs} ms`);
  });
});

function listens({ channels }: ProxiedConnection): boolean {
  return channels.size > 0;
}
