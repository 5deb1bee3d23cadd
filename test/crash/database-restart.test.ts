/**
 * PostgreSQL itself is stopped as by a power failure, again and again, under load. Callers see a delay or that the
 * database is away, and nothing else; whatever was answered stays, and nothing is done twice.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { it } from 'vitest';
import { NexumError } from '../../src/errors.js';
import type { NexumClient } from '../../src/rpc/client.js';
import { CHAOS_PIPELINE, Cluster } from '../support/cluster.js';
import { judgeHistory } from '../support/history-oracle.js';
import { inParallel, Patience } from '../support/patience.js';
import { createDatabase, describeOwnPostgres, startPostgresServer } from '../support/postgres.js';
import { until } from '../support/processes.js';
import { seeded } from '../support/seeded.js';

const LOAD_MS = 60_000;
/** Between two stops. */
const UP_MS = { min: 5000, max: 10_000 } as const;
const DOWN_MS = { min: 0, max: 1500 } as const;
const CALLERS = 8;
const SEED = 20_260_102;
const NODES = ['first', 'left', 'right', 'last'];
/** One call, through all the repetitions that an absent database costs. */
const PATIENCE_MS = 60_000;

describeOwnPostgres('a PostgreSQL that is stopped at once and started again', () => {
  it('costs time, but neither loses nor repeats anything', { timeout: LOAD_MS + 120_000 }, async () => {
    const server = await startPostgresServer();
    const database = await createDatabase(server);
    const cluster = await Cluster.open({ database, servers: 2, leaseMs: 4000 });
    try {
      for (let index = 0; index < 2; index += 1) await cluster.startWorker({ pipelines: [CHAOS_PIPELINE] });
      const client = cluster.client();
      const patience = new Patience(PATIENCE_MS);
      const endMs = Date.now() + LOAD_MS;
      const started = new Map<string, string>();
      const completed = new Set<string>();

      const inputJson = JSON.stringify({ log: cluster.path('log') });
      const caller = async (name: number): Promise<void> => {
        for (let turn = 0; Date.now() < endMs; turn += 1) {
          const idempotencyKey = `${name} ${turn}`;
          const request = { workflowId: 'chaos', versionHash: '', inputJson, idempotencyKey };
          const { executionId } = await patience.call(() =>
            client.call('StartExecution', request, { timeoutMs: 10_000 }),
          );
          started.set(idempotencyKey, executionId);
          const status = await patience.call(() => finalStatus(client, executionId));
          equal(status, 'COMPLETED', executionId);
          completed.add(executionId);
        }
      };

      const random = seeded(SEED);
      const between = ({ min, max }: { min: number; max: number }): number => min + random() * (max - min);
      let stops = 0;
      const told: string[] = [];
      const stopper = async (): Promise<void> => {
        while (Date.now() + UP_MS.max < endMs) {
          await pause(between(UP_MS));
          await server.stopImmediate();
          // Once, for as long as it takes until callers are told; a client of one server repeats nothing by itself.
          if (stops === 0) told.push(...(await codes(cluster.client(0), inputJson)));
          else await pause(between(DOWN_MS));
          await server.restart();
          stops += 1;
        }
      };
      await Promise.all([stopper(), inParallel([...Array(CALLERS).keys()], CALLERS, caller)]);

      deepStrictEqual(told, ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'], 'what a start and a question are told');
      ok(stops >= 4, `only ${stops} stops`);
      ok(completed.size >= stops, `only ${completed.size} executions completed`);
      // S2: everything that was answered is there, under the key that it was answered for.
      const rows = await database.query<{ idempotency_key: string; execution_id: string; status: string }>(
        'SELECT idempotency_key, execution_id, status FROM nexum.execution',
      );
      const stored = new Map(rows.map((row) => [row.idempotency_key, `exec-${row.execution_id}`]));
      deepStrictEqual(new Map([...stored].sort()), new Map([...started].sort()));
      deepStrictEqual([...new Set(rows.map(({ status }) => status))], ['COMPLETED']);
      const verdict = judgeHistory(await cluster.history(), cluster.log(), NODES);
      equal(verdict.executions, started.size);
      for (const process of [...cluster.servers, ...cluster.workers])
        equal(process.exit, undefined, `a process ended by itself\n${process.text}`);
      console.log(
        `database restarts: ${stops}, executions: ${started.size}, attempts without a commit: ${verdict.lost}, ` +
          `calls repeated: ${JSON.stringify(Object.fromEntries(patience.heard))}`,
      );
    } catch (error) {
      console.log(cluster.describe());
      throw error;
    } finally {
      await cluster.close();
      // Takes its databases along.
      await server.stop();
    }
  });
});

/** What is answered while the database is away, to a start and to a question. */
function codes(client: NexumClient, inputJson: string): Promise<string[]> {
  const code = (error: unknown): string => (error instanceof NexumError ? error.code : String(error));
  const executionId = 'exec-01890000-0000-7000-8000-000000000001';
  return Promise.all([
    client.call('StartExecution', { workflowId: 'chaos', versionHash: '', inputJson }).then(() => 'started', code),
    client.call('GetStatus', { executionId }).then(() => 'answered', code),
  ]);
}

/** Asks until the execution is closed; each answer may be that the database is away. */
function finalStatus(client: NexumClient, executionId: string): Promise<string> {
  const look = async (): Promise<string | undefined> => {
    const { status } = await client.call('GetStatus', { executionId }, { timeoutMs: 10_000 });
    return status === 'RUNNING' ? undefined : status;
  };
  return until(look, `the end of ${executionId}`, { deadlineMs: PATIENCE_MS, everyMs: 20 });
}
