/**
 * A server whose clock is wrong beside one whose clock is right: leases are measured by the clock of the database. None
 * is taken back while its worker lives, and none of a silent worker before it has passed.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { NexumClient } from '../../src/rpc/client.js';
import { Cluster } from '../support/cluster.js';
import type { HistoryEvent } from '../support/history-oracle.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { temporaryFolder, until } from '../support/processes.js';

const PRELOAD = new URL('../support/shifted-clock.js', import.meta.url).href;
const GATE_HANDLERS = fileURLToPath(new URL('../e2e/worker-handlers.js', import.meta.url));
const SHIFT_MS = 5 * 60_000;
const LEASE_MS = 3000;
/** What a measured clock may be wrong by, with a round trip on a busy machine. */
const CLOCK_ERROR_MS = 250;
const RIGHT = 0;
const WRONG = 1;

function shifted(shiftMs: number): Record<string, string> {
  return { NODE_OPTIONS: `--import ${PRELOAD}`, NEXUM_TEST_CLOCK_SHIFT_MS: String(shiftMs) };
}

describe('the preload of these tests', () => {
  it.each([SHIFT_MS, -SHIFT_MS])('shifts the clock of a process and of its threads by %s ms', (shiftMs) => {
    const folder = temporaryFolder();
    const script = join(folder.path, 'clock.mjs');
    const thread = `
      import { parentPort } from 'node:worker_threads';
      parentPort.postMessage([Date.now(), new Date().getTime()]);
    `;
    const main = `
      import { Worker } from 'node:worker_threads';
      new Worker(new URL('thread.mjs', import.meta.url)).on('message', (times) => {
        console.log(JSON.stringify([Date.now(), new Date().getTime(), ...times, new Date(7).getTime()]));
      });
    `;
    writeFileSync(script, main);
    writeFileSync(join(folder.path, 'thread.mjs'), thread);
    const env = { ...process.env, ...shifted(shiftMs) };
    const output = execFileSync(process.execPath, [script], { env, encoding: 'utf8' });
    folder.remove();
    const times = JSON.parse(output) as number[];
    equal(times.pop(), 7);
    equal(times.length, 4);
    for (const atMs of times) ok(Math.abs(atMs - shiftMs - Date.now()) < 10_000, `${atMs - Date.now()}`);
  });
});

describePostgres.each([
  ['ahead', SHIFT_MS],
  ['behind', -SHIFT_MS],
])('a server whose clock is five minutes %s', (_where, shiftMs) => {
  let database: TestDatabase;
  let cluster: Cluster;
  let clients: NexumClient[];

  beforeEach(async () => {
    database = await createDatabase();
    cluster = await Cluster.open({
      database,
      servers: 2,
      leaseMs: LEASE_MS,
      envOf: (server) => (server === WRONG ? shifted(shiftMs) : {}),
    });
    clients = [cluster.client(RIGHT), cluster.client(WRONG)];
    const started = await Promise.all(clients.map((client) => client.call('GetServerInfo', {})));
    const [rightMs = NaN, wrongMs = NaN] = started.map(({ startedAtMs }) => startedAtMs);
    ok(Math.abs(wrongMs - rightMs - shiftMs) < 30_000, 'the clock of the second server is wrong');
  });

  afterEach(async () => {
    await cluster.close();
    await database.drop();
  });

  async function start(server: number, handler: string): Promise<string> {
    const client = clients[server]!;
    const name = `${handler} at ${server}`;
    const gate = { gate: cluster.path(`gate ${server}`) };
    await cluster.register(client, name, { a: { handler, with: gate } });
    return (await client.call('StartExecution', { workflowId: name, versionHash: '', inputJson: '{}' })).executionId;
  }

  it('writes the time of the database, and takes no lease from a worker that lives', async () => {
    await Promise.all(
      [RIGHT, WRONG].map((server) => cluster.startWorker({ server: cluster.address(server), handlers: GATE_HANDLERS })),
    );
    const ids = await Promise.all([start(RIGHT, 'test.gate'), start(WRONG, 'test.gate')]);
    const histories = (): Promise<HistoryEvent[][]> => Promise.all(ids.map((id) => cluster.history(id)));
    // Three leases long, by the clock of the database.
    await until(async () => {
      const nowMs = await databaseNowMs(database);
      const leased = (await histories()).map((history) => history.find(({ kind }) => kind === 'node_leased'));
      return leased.every((event) => event && nowMs - event.atMs > 3 * LEASE_MS) ? true : undefined;
    }, 'three leases have passed');
    for (const server of [RIGHT, WRONG]) cluster.openGate(`gate ${server}`);
    const ended = await Promise.all(ids.map((id, server) => cluster.ended(clients[server]!, id)));
    const nowMs = await databaseNowMs(database);
    for (const history of ended) {
      deepStrictEqual(
        history.map(({ kind }) => kind),
        ['execution_started', 'node_leased', 'node_completed', 'execution_completed'],
      );
      for (const { atMs, kind } of history)
        ok(atMs <= nowMs + CLOCK_ERROR_MS && atMs > nowMs - 60_000, `${kind} at ${atMs - nowMs} ms from now`);
    }
  });

  it('takes the lease of a silent worker when it has passed, and not before', async () => {
    const streams = await Promise.all(
      [RIGHT, WRONG].map((server) => takeAndSayNothing(clients[server]!, `silent ${server}`)),
    );
    const ids = await Promise.all([start(RIGHT, 'silent 0'), start(WRONG, 'silent 1')]);
    for (const id of ids) {
      const lost = await until(async () => {
        const history = await cluster.history(id);
        return history.some(({ kind }) => kind === 'attempt_lost') ? history : undefined;
      }, 'the lease is taken back');
      const atMs = (kind: string): number => lost.find((event) => event.kind === kind)?.atMs ?? NaN;
      const heldMs = atMs('attempt_lost') - atMs('node_leased');
      ok(heldMs >= LEASE_MS - CLOCK_ERROR_MS, `taken back after ${heldMs} of ${LEASE_MS} ms`);
      ok(heldMs < LEASE_MS + 10_000, `taken back only after ${heldMs} of ${LEASE_MS} ms`);
    }
    await Promise.all(streams.map((stream) => stream.close()));
  });
});

/** A worker that is attached, takes one task and never beats. */
function takeAndSayNothing(client: NexumClient, handler: string): Promise<{ close(): Promise<void> }> {
  return new Promise((resolve) => {
    const stream = client.work({
      onOpen: (send) => {
        send({ hello: { workerId: handler, handlers: [handler], leaseMs: LEASE_MS, heldTaskIds: [] }, credits: 1 });
      },
      onMessage: ({ attached }) => {
        if (attached) resolve(stream);
      },
    });
  });
}

async function databaseNowMs(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ now: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  );
  return row?.now ?? NaN;
}
