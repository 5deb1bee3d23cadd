/** Slots of a concurrency key between two servers, and payloads in few round trips. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { Connection } from '../../src/store/postgres/connection.js';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import { withPayloads } from '../../src/store/payload-missing.js';
import type { ConcurrentRef, StoreTransaction } from '../../src/store/store.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import {
  changesOf,
  completedOf,
  executionIdOf,
  executionOf,
  newExecution,
  startedOf,
  write,
} from '../support/store-records.js';

const WITH_KEY = { extra: { concurrency: { key: 'k', limit: 1 } } };

async function openDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  return database;
}

async function open({ url }: TestDatabase, options = {}): Promise<PostgresStore> {
  const store = await PostgresStore.open(url, options);
  onTestFinished(() => store.close());
  return store;
}

interface Gate {
  readonly reached: Promise<void>;
  pass(): void;
}

/** Lets a test look while a transaction is under way. */
function gate(): Gate {
  let pass: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (pass = resolve));
  return { reached, pass };
}

async function startWithKey(transaction: StoreTransaction, index: number): Promise<void> {
  const [stored] = await transaction.create([executionIdOf(index)]);
  const change = newExecution(index, { execution: WITH_KEY });
  stored?.apply(change);
  await transaction.apply([change]);
}

async function waiters(database: TestDatabase): Promise<number> {
  const locks = await database.query<{ count: string }>(
    `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return Number(locks[0]?.count);
}

describePostgres('findConcurrent of two servers', () => {
  it.each([
    ['commits', [{ executionId: executionIdOf(1), status: 'RUNNING' }]],
    ['fails', []],
  ])('waits for the other one until it %s, and then sees what it did', async (end, expected) => {
    const database = await openDatabase();
    const [a, b] = [await open(database), await open(database)];
    const [holding, going] = [gate(), gate()];
    const first = a.transact(async (transaction) => {
      expect((await transaction.findConcurrent(['j', 'k'])).get('k')).toEqual([]);
      holding.pass();
      await going.reached;
      await startWithKey(transaction, 1);
      if (end === 'fails') throw new Error('the first one failed');
    });
    const outcome = first.catch((error: unknown) => (error as Error).message);
    await holding.reached;
    const second = b.transact(async (transaction) => (await transaction.findConcurrent(['k'])).get('k'));
    await vi.waitUntil(async () => (await waiters(database)) === 1, 10_000);
    going.pass();
    expect(await second).toEqual(expected);
    expect(await outcome).toBe(end === 'fails' ? 'the first one failed' : undefined);
  });

  it('does not wait for one with another key', async () => {
    const database = await openDatabase();
    const [a, b] = [await open(database), await open(database)];
    const found = await a.transact(async (transaction) => {
      await transaction.findConcurrent(['k']);
      return b.transact((other) => other.findConcurrent(['another']));
    });
    expect(found).toEqual(new Map<string, ConcurrentRef[]>([['another', []]]));
  });

  it('never waits in a circle, whatever the order of the keys', async () => {
    const database = await openDatabase();
    const stores = [await open(database), await open(database)];
    const run = vi.spyOn(Connection.prototype, 'run');
    onTestFinished(() => {
      run.mockRestore();
    });
    const find = (store: PostgresStore, keys: readonly string[]): Promise<unknown> =>
      store.transact((transaction) => transaction.findConcurrent(keys));
    const rounds = Array.from({ length: 50 }, (_, round) =>
      stores.map((store, place) => find(store, (round + place) % 2 === 0 ? ['x', 'y', 'z'] : ['z', 'y', 'x'])),
    );
    await expect(Promise.all(rounds.flat())).resolves.toHaveLength(100);
    expect(run.mock.settledResults.filter(({ type }) => type === 'rejected')).toEqual([]);
  });
});

describePostgres('payloads that are not in memory', () => {
  it('come with one statement, however many they are', async () => {
    const store = await open(await openDatabase(), { maxCachedExecutions: 0 });
    const payload = JSON.stringify('x'.repeat(20_000));
    const events = Array.from({ length: 50 }, (_, index) => completedOf(1, index + 2, payload, 'm', index));
    const execution = executionOf(1, { lastSeq: events.length + 1 });
    await write(store, changesOf({ ...newExecution(1), execution, events: [startedOf(1), ...events] }));
    const seqs = events.map(({ seq }) => seq);
    const statements = await store.transact(async (transaction) => {
      const [stored] = await transaction.load([executionIdOf(1)]);
      const before = store.counters.statements;
      const found = await withPayloads(transaction, () => {
        stored?.preload(seqs);
        return seqs.map((seq) => stored?.payload(seq));
      });
      expect(found).toEqual(seqs.map(() => payload));
      return store.counters.statements - before;
    });
    expect(statements).toBe(1);
  });
});
