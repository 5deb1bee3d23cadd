/**
 * Cost stays flat with the size of the database: whatever runs for a batch, or again and again, finds its rows through an
 * index by their key. With statistics and without.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Connection } from '../../src/store/postgres/connection.js';
import * as hot from '../../src/store/postgres/hot-statements.js';
import * as purgeStatements from '../../src/store/postgres/purge-statements.js';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import { ReadPool } from '../../src/store/postgres/read-pool.js';
import { genericPlan, nodes, planFor, reads, sorted, type PlanNode } from '../support/postgres-plans.js';
import { FINISHED, fillDatabase } from '../support/postgres-rows.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { AT_MS, executionIdOf } from '../support/store-records.js';

/** Tables that grow with the executions, and with the servers that ever were. */
const LARGE = new Set([
  'execution',
  'activation',
  'join_state',
  'event',
  'blob',
  'idempotency',
  'worker_session',
  'lane',
  'outbox',
]);

/** What each hot statement must find its rows by: table -> index and the columns of its condition. */
const BY_KEY = {
  execution: ['execution_pkey', /execution_id/],
  activation: ['activation_pkey', /execution_id/],
  join_state: ['join_state_pkey', /execution_id/],
  event: ['event_pkey', /execution_id.* AND .*seq/],
  blob: ['blob_pkey', /hash/],
  idempotency: ['idempotency_pkey', /idempotency_key/],
  lane: ['lane_pkey', /lane_id/],
  outbox: ['outbox_pkey', /execution_id.* AND .*seq/],
} as const;
type Expected = Readonly<Record<string, readonly [index: string, condition: RegExp]>>;

const SEARCHES: Readonly<Record<string, Expected>> = {
  nexum_find_ready_by_handler: {
    ...BY_KEY,
    activation: ['activation_ready_handler', /handler = .* AND .*ready_at_ms <=/],
  },
  nexum_find_ready_by_version: {
    ...BY_KEY,
    activation: ['activation_ready_version', /version_hash = .* AND .*ready_at_ms <=/],
  },
  nexum_drop_unused_blobs: { ...BY_KEY, event: ['event_blob', /payload_hash/] },
  nexum_find_concurrent: { execution: ['execution_concurrency', /concurrency_key =/] },
};

/** Statements that read no table: they only add rows, or lock names. */
const ADDING = [
  'insert_executions',
  'insert_idempotency_keys',
  'insert_activations',
  'put_joins',
  'insert_events',
  'put_blob',
  'add_to_outbox',
  'lock_concurrency',
  'open_lane',
];

async function filledDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  const store = await PostgresStore.open(database.url);
  await store.close();
  await fillDatabase(database);
  return database;
}

/** The text and values of every query outside of batches that `use` makes. */
async function queriesOf(
  url: string,
  use: (store: PostgresStore) => Promise<unknown>,
): Promise<(readonly [text: string, values: readonly (string | number | null)[]])[]> {
  const store = await PostgresStore.open(url);
  const rows = vi.spyOn(ReadPool.prototype, 'rows');
  onTestFinished(() => {
    rows.mockRestore();
  });
  await use(store);
  await store.close();
  return rows.mock.calls.filter(([text]) => !text.includes('clock_timestamp') && !/^\s*(UPDATE|DELETE)/.test(text));
}

function describePlan(plan: PlanNode, depth = 0): string {
  const { Plans = [], 'Node Type': type, 'Relation Name': table = '', 'Index Name': index = '' } = plan;
  const line = `${'  '.repeat(depth)}${type} ${table} ${index} ${plan['Index Cond'] ?? ''}`;
  return [line, ...Plans.map((child) => describePlan(child, depth + 1))].join('\n');
}

/** Statistics at the time of the question; each database is filled once. */
const STATES = [
  ['without statistics', undefined],
  ['with statistics', 'ANALYZE'],
  ['with statistics and the visibility of a vacuumed table', 'VACUUM (ANALYZE)'],
] as const;

describePostgres.each(STATES)('plans on a database with many finished executions, %s', (_state, preparation) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await filledDatabase();
    if (preparation !== undefined) await database.query(preparation);
  });

  afterAll(async () => {
    await database.drop();
  });

  async function connect(options: { hot: boolean }): Promise<Connection> {
    const connection = await Connection.open(database.url, options);
    onTestFinished(() => connection.close());
    return connection;
  }

  it.each(Object.values(hot))('$name finds its rows by their key', async ({ name, text }) => {
    const connection = await connect({ hot: true });
    const plan = await genericPlan(connection, name, text);
    const shown = describePlan(plan);
    const expected: Expected = SEARCHES[name] ?? BY_KEY;
    const adding = ADDING.includes(name.replace(/^nexum_/, ''));
    expect(reads(plan).length, shown).toBeGreaterThanOrEqual(adding ? 0 : 1);
    for (const node of reads(plan)) {
      const [index, condition] = expected[node['Relation Name'] ?? '']!;
      expect(node['Node Type'], shown).toMatch(/^Index (Only )?Scan$/);
      expect(node['Index Name'], shown).toBe(index);
      expect(node['Index Cond'], shown).toMatch(condition);
    }
    expect(nodes(plan).map((node) => node['Node Type'])).not.toContainEqual(expect.stringMatching(/Hash|Merge|Seq/));
    expect(sorted(plan), shown).toEqual([]);
  });

  it.each(Object.values(purgeStatements).flat())('$name reads through indexes and sorts no table', async (purge) => {
    const connection = await connect({ hot: true });
    const plan = await genericPlan(connection, purge.name, purge.text);
    const shown = describePlan(plan);
    expect(reads(plan).length, shown).toBeGreaterThanOrEqual(1);
    for (const node of reads(plan)) {
      expect(node['Node Type'], shown).toMatch(/^Index (Only )?Scan$/);
      expect(node['Index Cond'], shown).toMatch(/execution_id|purge_at_ms|idempotency_key/);
    }
    expect(nodes(plan).map((node) => node['Node Type'])).not.toContainEqual(expect.stringMatching(/Hash|Merge|Seq/));
    expect(sorted(plan), shown).toEqual([]);
  });

  it('locks executions in the order of their ids, as the index gives them', async () => {
    const connection = await connect({ hot: true });
    const { name, text } = hot.lockExecutions;
    const plan = await genericPlan(connection, name, text);
    expect(nodes(plan).map((node) => node['Node Type'])).toEqual(['LockRows', 'Index Scan']);
    const ids = [7, 3, 9, 1, 3].map((index) => executionIdOf(index).slice(5));
    const rows = await connection.run<[id: string]>(hot.lockExecutions, [`{${ids.join(',')}}`]);
    expect(rows.map(([id]) => id)).toEqual([1, 3, 7, 9].map((index) => executionIdOf(index).slice(5)));
  });

  describe('what a server asks again and again', () => {
    const known = new Map([1, 2, FINISHED + 1].map((index) => [executionIdOf(index), 1]));
    const many = new Map(Array.from({ length: 2000 }, (_, index) => [executionIdOf(index + 1), 1]));

    it.each<[string, (store: PostgresStore) => Promise<unknown>]>([
      ['which leases have expired', (store) => store.findLeased({ expiredAtMs: AT_MS }, 1000)],
      ['which leases have expired, when all have', (store) => store.findLeased({ expiredAtMs: AT_MS * 2 }, 1000)],
      ['what a worker holds', (store) => store.findLeased({ workerId: 'worker-1' }, 1000)],
      ['what is due next', (store) => store.nextDue(AT_MS)],
      ['which timers and deadlines have come', (store) => store.findFired(AT_MS + 3, 1000)],
      ['which of them, when all have', (store) => store.findFired(AT_MS * 2, 1000)],
      ['which approvals wait', (store) => store.findWaiting('approval', 100)],
      ['which signals are waited for, when none is', (store) => store.findWaiting('signal', 100)],
      ['what is to be done elsewhere', (store) => store.listOutbox(AT_MS + 50, 100)],
      ['what is to be done elsewhere, when much is', (store) => store.listOutbox(AT_MS * 2, 100)],
      ['the reruns of an execution', (store) => store.listReruns(executionIdOf(5))],
      ['how much is active', (store) => store.gauges(AT_MS + 3)],
      ['which executions have newer events', (store) => store.peers.findNewer(known)],
      ['which of many executions have newer events', (store) => store.peers.findNewer(many)],
      ['where a worker is', (store) => store.peers.findSession('worker-1')],
      ['what became of an execution', (store) => store.findExecution(executionIdOf(5))],
      ['what happened in an execution', (store) => store.listEvents(executionIdOf(5), 2, 100)],
      ['the activations of an execution', (store) => store.listActivations(executionIdOf(5))],
      ['the calls of a session', (store) => store.listCalls({ session: 's5', limit: 100 })],
      ['the sessions', (store) => store.listSessions('', 20)],
      ['a page of executions', (store) => store.listExecutions({ limit: 20 })],
      [
        'a later page of one workflow',
        (store) => store.listExecutions({ workflowId: 'w1', beforeExecutionId: executionIdOf(900), limit: 20 }),
      ],
      ['a page of the active executions', (store) => store.listExecutions({ status: 'RUNNING', limit: 20 })],
      ['a page of the failed executions', (store) => store.listExecutions({ status: 'FAILED', limit: 20 })],
    ])('%s', async (_question, use) => {
      const asked = await queriesOf(database.url, use);
      expect(asked.length).toBeGreaterThan(0);
      const connection = await connect({ hot: false });
      for (const [text, values] of asked) {
        const plan = await planFor(connection, text, values);
        const shown = `${text}\n${describePlan(plan)}`;
        const touched = reads(plan).filter((node) => LARGE.has(node['Relation Name'] ?? ''));
        expect(touched.length, shown).toBeGreaterThan(0);
        for (const node of touched) expect(node['Node Type'], shown).toMatch(/^(Index (Only )?Scan|Bitmap Heap Scan)$/);
      }
    });
  });
});
