/** Cost stays flat with the size of the file: no statement scans a table or sorts. */
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { INPUT_SEQ } from '../../src/core/execution.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { temporaryDatabase } from '../support/store-folder.js';
import {
  activationOf,
  AT_MS,
  changesOf,
  completedOf,
  executionIdOf,
  executionOf,
  leasedOf,
  newExecution,
  startedOf,
  write,
} from '../support/store-records.js';

const FINISHED = 3000;
const RUNNING = FINISHED + 1;
const WAITING = FINISHED + 4;

async function filledFile(): Promise<string> {
  const file = temporaryDatabase();
  const store = new SqliteStore(file);
  const finished = Array.from({ length: FINISHED }, (_, index) =>
    changesOf({
      execution: executionOf(index, { status: 'COMPLETED', open: 0, lastSeq: 2, finishedAtMs: AT_MS }),
      activations: [activationOf(index, { status: 'COMPLETED', outputSeq: 2 })],
      events: [startedOf(index), completedOf(index, 2, '1')],
    }),
  );
  const large = JSON.stringify('x'.repeat(100_000));
  const waits = { status: 'WAITING', waitsFor: 'approval', readyAtMs: AT_MS } as const;
  const concurrent = { extra: { concurrency: { key: 'k', limit: 1 }, rerunOf: executionIdOf(1) } };
  const waiting = newExecution(WAITING, { execution: concurrent, activation: waits });
  const forOldClients = newExecution(RUNNING + 2, { activation: { handler: undefined, readyAtMs: AT_MS + 1 } });
  const call = newExecution(WAITING + 1, {
    execution: { workflowId: 'nexum.call', idempotencyKey: 's/1', requestHash: 'r', status: 'COMPLETED', open: 0 },
    activation: { status: 'COMPLETED', outputSeq: 1 },
  });
  await write(store, call, ...finished, newExecution(RUNNING, { payload: large }), forOldClients, {
    ...waiting,
    outbox: [1],
  });
  await store.close();
  return file;
}

/** Everything that the port can be asked, once. */
async function useEverything(store: SqliteStore): Promise<void> {
  await store.putWorkflow({ workflowId: 'w', versionHash: 'sha256:v', irJson: '{}', registeredAtMs: AT_MS });
  await store.findWorkflow({ workflowId: 'w', versionHash: 'sha256:v' });
  await store.findWorkflow({ workflowId: 'w' });
  await store.findWorkflow({ workflowId: 'w', beforeOrdinal: 1 });
  await store.findWorkflow({ versionHash: 'sha256:v' });
  const outbox = await store.listOutbox(AT_MS, 10);
  expect(outbox).toHaveLength(1);
  expect(await store.listReruns(executionIdOf(1))).toHaveLength(1);
  expect(await store.findFired(AT_MS, 10)).toHaveLength(1);
  expect(await store.findWaiting('approval', 10)).toHaveLength(1);
  await store.transact(async (transaction) => {
    const [stored] = await transaction.load([executionIdOf(RUNNING)]);
    expect(stored?.payload(INPUT_SEQ)).toHaveLength(100_002);
    await transaction.create([executionIdOf(RUNNING + 1)]);
    await transaction.findByIdempotencyKeys(['key']);
    expect(await transaction.findReady({ handler: 'h' }, AT_MS, 10)).toHaveLength(1);
    expect(await transaction.findReady({ versionHash: 'sha256:v' }, AT_MS, 10)).toHaveLength(1);
    const changes = changesOf({
      execution: executionOf(RUNNING, { lastSeq: 2, open: 2 }),
      activations: [leasedOf(RUNNING)],
      joins: [{ executionId: executionIdOf(RUNNING), target: 't', group: 't', remaining: 1, taken: 1 }],
      events: [completedOf(RUNNING, 2, '1', 'other')],
    });
    stored?.apply(changes);
    await transaction.apply([changes]);
    const concurrent = await transaction.findConcurrent(['k', 'other']);
    expect([...concurrent.values()].map(({ length }) => length)).toEqual([1, 0]);
    await transaction.settleOutbox(outbox);
  });
  await store.findExecution(executionIdOf(1));
  await store.listEvents(executionIdOf(1), 0, 10);
  await store.listActivations(executionIdOf(1));
  expect(await store.findLeased({ expiredAtMs: AT_MS + 1000 }, 10)).toHaveLength(1);
  expect(await store.findLeased({ workerId: 'w1' }, 10)).toHaveLength(1);
  expect(await store.nextDue(AT_MS)).toMatchObject({ firesAtMs: AT_MS });
  const purge = { nowMs: AT_MS, limit: 1, dryRun: false };
  expect((await store.purge(purge)).executionIds).toEqual([]);
  expect((await store.purge({ ...purge, finishedBeforeMs: AT_MS + 1 })).executionIds).toHaveLength(1);
  expect(await store.gauges(AT_MS + 1)).toMatchObject({ leased: { pipelines: 1 }, oldestReadyAtMs: AT_MS + 1 });
  expect(await store.listCalls({ session: 's', limit: 10 })).toHaveLength(1);
  expect(await store.listSessions('', 10)).toHaveLength(1);
  expect(await store.forgetCalls([executionIdOf(WAITING + 1), executionIdOf(7)])).toEqual([executionIdOf(WAITING + 1)]);
  for (const filter of [
    {},
    { workflowId: 'w' },
    { status: 'RUNNING' },
    { workflowId: 'w', status: 'FAILED' },
    { beforeExecutionId: executionIdOf(50) },
    { workflowId: 'w', beforeExecutionId: executionIdOf(50) },
    { excludePrefix: 'nexum.' },
    { labels: { team: 'a' } },
  ] as const) {
    await store.listExecutions({ ...filter, limit: 20 });
  }
}

describe('query plans on a file with thousands of finished executions', () => {
  it.each(['without statistics', 'with statistics'])('no statement scans a table or sorts, %s', async (statistics) => {
    const file = await filledFile();
    const prepare = vi.spyOn(Database.prototype, 'prepare');
    const store = new SqliteStore(file);
    await useEverything(store);
    const sources = new Set(prepare.mock.calls.map(([sql]) => sql));
    prepare.mockRestore();
    await store.close();

    const database = new Database(file);
    onTestFinished(() => {
      database.close();
    });
    if (statistics === 'with statistics') database.exec('ANALYZE');
    // Versions of workflows are few, and an engine reads each one once: not on the hot path.
    const hot = (sql: string): boolean => /\b(FROM|WHERE)\b/.test(sql) && !/FROM workflow\b/.test(sql);
    const statements = [...sources].filter((sql) => /^\s*(SELECT|UPDATE|INSERT|DELETE)/.test(sql) && hot(sql));
    expect(statements.length).toBeGreaterThanOrEqual(29);
    for (const sql of statements) {
      const parameters = Array<number>(sql.split('?').length - 1).fill(1);
      const plan = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
      for (const { detail } of plan) {
        expect(detail, sql).not.toMatch(/TEMP B-TREE/);
        // A page of executions walks the table in its own order and ends at LIMIT; any other bare scan reads it all.
        const isPage = /FROM execution\b.*ORDER BY \w+ DESC LIMIT/s.test(sql);
        if (!isPage)
          expect(detail, sql).not.toMatch(/^SCAN (?!.* USING (COVERING )?INDEX |CONSTANT ROW|json_each VIRTUAL TABLE)/);
      }
    }
  });
});
