/** What a purge leaves in the tables, how it goes about much of it, and what nobody else may delete. */
import { expect, it, onTestFinished, describe } from 'vitest';
import type { Changes } from '../../src/core/transition.js';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import { MAX_PURGED_CALLS } from '../../src/store/purge.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { PurgeFilter, Store } from '../../src/store/store.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { temporaryDatabase } from '../support/store-folder.js';
import {
  activationOf,
  AT_MS,
  changesOf,
  completedOf,
  executionIdOf,
  executionOf,
  startedOf,
  write,
} from '../support/store-records.js';

const DUE: PurgeFilter = { nowMs: AT_MS, limit: 100, dryRun: false };
const TABLES = ['execution', 'activation', 'join_state', 'event', 'outbox'];

function due(index: number, fields: { workflowId?: string; idempotencyKey?: string; events?: number } = {}): Changes {
  const { events = 2, ...execution } = fields;
  return changesOf({
    execution: executionOf(index, { status: 'COMPLETED', open: 0, lastSeq: events, purgeAtMs: AT_MS, ...execution }),
    activations: [activationOf(index, { status: 'COMPLETED', outputSeq: 2 })],
    joins: [{ executionId: executionIdOf(index), target: 'j', group: 'j', remaining: 0, taken: 2 }],
    events: [
      startedOf(index),
      ...Array.from({ length: events - 1 }, (_, n) => completedOf(index, n + 2, '1', `n${n}`)),
    ],
  });
}

function callsOf(owner: number, count: number): Changes[] {
  return Array.from({ length: count }, (_, n) =>
    due(1000 + n, { workflowId: 'nexum.call', idempotencyKey: `${executionIdOf(owner)}/agent#1/${n}` }),
  );
}

interface Opened {
  readonly store: Store;
  readonly query: (sql: string) => Promise<unknown>;
  readonly prefix: string;
}

async function countRows({ query, prefix }: Opened, table: string): Promise<number> {
  const [row] = (await query(`SELECT count(*) AS n FROM ${prefix}${table}`)) as [{ n: number | string }];
  return Number(row.n);
}

function defineCases(open: () => Promise<Opened>, tables: readonly string[]): void {
  it('leaves no row of a purged execution in any table', async () => {
    const opened = await open();
    const large = JSON.stringify('x'.repeat(300_000));
    const withBlob = { ...due(1, { idempotencyKey: 'k' }), events: [startedOf(1, large), completedOf(1, 2, large)] };
    await write(opened.store, withBlob, ...callsOf(1, 2));
    expect(await countRows(opened, 'blob')).toBe(1);
    for (const table of tables)
      if (table !== 'outbox') expect(await countRows(opened, table), table).toBeGreaterThan(2);
    await opened.store.purge(DUE);
    for (const table of [...tables, 'blob']) expect(await countRows(opened, table), table).toBe(0);
  });

  it('deletes the calls of one execution in several transactions, and the execution last', async () => {
    const opened = await open();
    await write(opened.store, due(1), due(2), ...callsOf(2, MAX_PURGED_CALLS + 1));
    expect(await opened.store.purge(DUE)).toMatchObject({ executionIds: [executionIdOf(1)], more: true });
    expect(await countRows(opened, 'execution')).toBe(2);
    expect(await opened.store.purge(DUE)).toMatchObject({ executionIds: [executionIdOf(2)], more: false });
    expect(await countRows(opened, 'execution')).toBe(0);
  });

  it('deletes few executions at once when they have many events', async () => {
    const opened = await open();
    await write(opened.store, due(1, { events: 6000 }), due(2, { events: 3000 }), due(3), due(4, { events: 3000 }));
    const gone: (readonly string[])[] = [];
    for (let more = true; more;) {
      const purged = await opened.store.purge(DUE);
      gone.push(purged.executionIds);
      ({ more } = purged);
    }
    expect(gone).toEqual([[1], [2, 3], [4]].map((indexes) => indexes.map(executionIdOf)));
  });

  it('no event of an execution that stays can be deleted or changed', async () => {
    const { store, query, prefix } = await open();
    await write(store, due(1));
    await expect(query(`DELETE FROM ${prefix}event WHERE seq = 2`)).rejects.toThrow('events are append-only');
    await expect(query(`UPDATE ${prefix}event SET payload = '2' WHERE seq = 2`)).rejects.toThrow('append-only');
    expect(await store.listEvents(executionIdOf(1), 0, 10)).toHaveLength(2);
  });
}

describe('on SQLite', () => {
  defineCases(() => {
    const store = new SqliteStore(temporaryDatabase());
    onTestFinished(() => store.close());
    const database = store['database'];
    return Promise.resolve({
      store,
      prefix: '',
      query: (sql) =>
        Promise.resolve().then(() => (/^SELECT/.test(sql) ? database.prepare(sql).all() : database.exec(sql))),
    });
  }, TABLES);
});

describePostgres('on PostgreSQL', () => {
  async function openDatabase(): Promise<Opened & { store: PostgresStore; database: TestDatabase }> {
    const database = await createDatabase();
    const store = await PostgresStore.open(database.url);
    onTestFinished(async () => {
      await store.close();
      await database.drop();
    });
    return { store, database, prefix: 'nexum.', query: (sql) => database.query(sql) };
  }

  defineCases(openDatabase, [...TABLES, 'idempotency']);

  it('passes over what another server holds, without waiting for it', async () => {
    const { store, database } = await openDatabase();
    const other = await PostgresStore.open(database.url);
    onTestFinished(() => other.close());
    await write(store, due(1), due(2), due(3), ...callsOf(3, 1));
    await other.transact(async (transaction) => {
      await transaction.load([executionIdOf(1), executionIdOf(1000)]);
      expect((await store.purge(DUE)).executionIds).toEqual([executionIdOf(2)]);
    });
    expect((await store.purge(DUE)).executionIds).toEqual([executionIdOf(1), executionIdOf(3)]);
  });

  it('two servers that purge at the same time delete each execution once', async () => {
    const { store, database } = await openDatabase();
    const other = await PostgresStore.open(database.url);
    onTestFinished(() => other.close());
    await write(store, ...Array.from({ length: 60 }, (_, index) => due(index + 1)));
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, run) => (run % 2 === 0 ? store : other).purge({ ...DUE, limit: 5 })),
    );
    const rest = await store.purge(DUE);
    const gone = [...runs, rest].flatMap(({ executionIds }) => executionIds);
    expect(gone).toHaveLength(60);
    expect(new Set(gone).size).toBe(60);
  });
});
