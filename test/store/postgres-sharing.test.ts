/** Two servers on one database, at the same moment: none of them believes what it remembers, and none takes the other's. */
import { Client } from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { ActivationRecord } from '../../src/core/execution.js';
import type { Changes } from '../../src/core/transition.js';
import { nexumError } from '../../src/errors.js';
import { Connection } from '../../src/store/postgres/connection.js';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import type { StoreTransaction } from '../../src/store/store.js';
import { emptyDatabases } from '../support/empty-database.js';
import { describePostgres } from '../support/postgres.js';
import {
  activationOf,
  AT_MS,
  changesOf,
  completedOf,
  executionIdOf,
  executionOf,
  leasedOf,
  newExecution,
  read,
  startedOf,
  write,
} from '../support/store-records.js';

const empty = emptyDatabases();

async function openTwo(): Promise<[PostgresStore, PostgresStore]> {
  const url = await empty();
  const stores: [PostgresStore, PostgresStore] = [await PostgresStore.open(url), await PostgresStore.open(url)];
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  return stores;
}

/** SQLSTATEs that statements failed with from now on. */
function watchFailures(): () => string[] {
  const run = vi.spyOn(Connection.prototype, 'run');
  onTestFinished(() => {
    run.mockRestore();
  });
  return () =>
    run.mock.settledResults.flatMap(({ type, value }) =>
      type === 'rejected' ? [(value as unknown as { code?: string }).code ?? 'none'] : [],
    );
}

/** Resolves for all callers when `count` of them have come; later ones pass. */
function meeting(count: number): () => Promise<void> {
  let come = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (open = resolve));
  return () => {
    come += 1;
    if (come >= count) open();
    return all;
  };
}

/** Adds one event to each execution, as a batch does: on what it loaded. */
function addEvents(store: PostgresStore, indexes: readonly number[], urgent = false): Promise<void> {
  const add = async (transaction: StoreTransaction): Promise<void> => {
    const loaded = await transaction.load(indexes.map(executionIdOf));
    const changes = loaded.map((stored, place) => {
      const index = indexes[place]!;
      const lastSeq = stored.execution!.lastSeq + 1;
      const change = changesOf({
        execution: executionOf(index, { lastSeq }),
        events: [completedOf(index, lastSeq, '1', `n${lastSeq}`)],
      });
      stored.apply(change);
      return change;
    });
    await transaction.apply(changes);
  };
  return store.transact(add, { urgent });
}

describePostgres('T2: what a server remembers of an execution that another one has changed', () => {
  it('is not written upon: the batch runs again on the truth', async () => {
    const [a, b] = await openTwo();
    await write(a, newExecution(1));
    await addEvents(b, [1]);
    await addEvents(a, [1]);
    await addEvents(b, [1]);
    expect((await read(a, 1)).execution?.lastSeq).toBe(4);
    expect((await b.listEvents(executionIdOf(1), 0, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('is not answered from, even when nothing is changed', async () => {
    const [a, b] = await openTwo();
    await write(a, newExecution(1));
    await write(b, changesOf({ execution: executionOf(1, { lastSeq: 2 }), activations: [leasedOf(1)] }));
    const seen: (string | undefined)[] = [];
    const answer = await a.transact(async (transaction) => {
      const [stored] = await transaction.load([executionIdOf(1)]);
      seen.push(stored?.activation('a', 1)?.status);
      return seen.at(-1);
    });
    expect([answer, seen]).toEqual(['LEASED', ['READY', 'LEASED']]);
  });

  it('spoils a batch that changes something else', async () => {
    const [a, b] = await openTwo();
    await write(a, newExecution(1), newExecution(2));
    await addEvents(b, [1]);
    let runs = 0;
    await a.transact(async (transaction) => {
      runs += 1;
      const [first, second] = await transaction.load([1, 2].map(executionIdOf));
      const change = changesOf({
        execution: executionOf(2, { lastSeq: 2 }),
        events: [completedOf(2, 2, `${first?.execution?.lastSeq ?? 0}`)],
      });
      second?.apply(change);
      await transaction.apply([change]);
    });
    expect(runs).toBe(2);
    expect((await a.listEvents(executionIdOf(2), 1, 1))[0]).toMatchObject({ payload: '2' });
    expect((await read(b, 2)).execution?.lastSeq).toBe(2);
  });

  it('is not answered from after the other server has closed the execution', async () => {
    const [a, b] = await openTwo();
    await write(a, newExecution(1));
    const closed = executionOf(1, { status: 'COMPLETED', open: 0, lastSeq: 2, finishedAtMs: AT_MS });
    await write(b, {
      ...changesOf({ execution: closed, events: [completedOf(1, 2, '7')] }),
      activations: [activationOf(1, { status: 'COMPLETED', outputSeq: 2 })],
    });
    expect(await read(a, 1)).toMatchObject({ execution: { status: 'COMPLETED' }, outputs: ['7'] });
  });

  it('survives what it was not changed by: nothing is read again', async () => {
    const [a] = await openTwo();
    await write(a, newExecution(1));
    const statements = vi.spyOn(Connection.prototype, 'run');
    onTestFinished(() => {
      statements.mockRestore();
    });
    await addEvents(a, [1]);
    expect(statements.mock.calls.map(([{ name }]) => name)).toEqual([
      'nexum_update_executions',
      'nexum_insert_events',
      'nexum_mark_lane',
    ]);
  });

  it('T4: is still true after a heartbeat through the other server, and the new expiry stands', async () => {
    const [a, b] = await openTwo();
    const leased = changesOf({ execution: executionOf(1), activations: [leasedOf(1)], events: [startedOf(1)] });
    await write(a, leased);
    const renewed = leasedOf(1, { leaseExpiresAtMs: AT_MS + 5000 });
    await write(b, changesOf({ activations: [renewed] }));
    const failures = watchFailures();
    await addEvents(a, [1]);
    expect(failures()).toEqual([]);
    expect((await read(b, 1)).activations).toEqual([renewed]);
  });

  it('T4: a heartbeat on an attempt that the other server has ended is decided again, and extends nothing', async () => {
    const [a, b] = await openTwo();
    const leased = changesOf({ execution: executionOf(1), activations: [leasedOf(1)], events: [startedOf(1)] });
    await write(b, leased);
    await write(
      a,
      changesOf({
        execution: executionOf(1, { lastSeq: 2 }),
        activations: [activationOf(1, { attempt: 1, lost: 1 })],
        events: [{ ...completedOf(1, 2, ''), kind: 'attempt_lost', reason: 'lease_expired' } as never],
      }),
    );
    const seen: string[] = [];
    await b.transact(async (transaction) => {
      const [stored] = await transaction.load([executionIdOf(1)]);
      const record = stored?.activation('a', 1);
      seen.push(record?.status ?? '');
      if (record?.status !== 'LEASED') return;
      const change = changesOf({ activations: [{ ...record, leaseExpiresAtMs: AT_MS + 5000 }] });
      stored?.apply(change);
      await transaction.apply([change]);
    });
    expect(seen).toEqual(['LEASED', 'READY']);
    expect((await read(b, 1)).activations[0]).toMatchObject({ status: 'READY', lost: 1 });
  });
});

describePostgres('an error of the work of a batch', () => {
  it.each(['EXECUTION_NOT_FOUND', 'EXPRESSION_FAILED'] as const)(
    '%s is passed on, and not taken for a broken connection',
    async (code) => {
      const [a] = await openTwo();
      let runs = 0;
      const failing = a.transact(() => {
        runs += 1;
        return Promise.reject(nexumError(code, 'as it is'));
      });
      await expect(failing).rejects.toThrow('as it is');
      expect(runs).toBe(1);
    },
  );
});

/** Every new idempotency key takes a moment, so that two servers that write them surely meet. */
async function slowKeys(): Promise<void> {
  const client = new Client({ connectionString: await empty() });
  await client.connect();
  await client.query(
    `CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END';
     CREATE TRIGGER slowly BEFORE INSERT ON nexum.idempotency FOR EACH ROW EXECUTE FUNCTION public.slowly()`,
  );
  onTestFinished(async () => {
    await client.query('DROP TRIGGER slowly ON nexum.idempotency; DROP FUNCTION public.slowly()');
    await client.end();
  });
}

describePostgres('overlapping batches', () => {
  it('in opposite orders, at both servers and in both lanes, converge on every change', async () => {
    const [a, b] = await openTwo();
    const indexes = Array.from({ length: 20 }, (_, index) => index + 1);
    await write(a, ...indexes.map((index) => newExecution(index)));
    const rounds = 15;
    const work = async (store: PostgresStore, order: readonly number[], urgent: boolean): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) await addEvents(store, order, urgent);
    };
    const failures = watchFailures();
    const reversed = indexes.toReversed();
    await Promise.all([
      work(a, indexes, false),
      work(b, reversed, false),
      work(a, reversed, true),
      work(b, indexes, true),
    ]);
    const last = 1 + 4 * rounds;
    for (const index of indexes) {
      expect((await read(index % 2 === 0 ? a : b, index)).execution?.lastSeq).toBe(last);
      const events = await b.listEvents(executionIdOf(index), 0, 100);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, seq) => seq + 1));
    }
    // Locks are taken in one order: nobody ever waits for somebody who waits for it.
    expect(failures()).not.toContain('40P01');
  });

  it('that hold what the other one writes converge, too', async () => {
    const [a, b] = await openTwo();
    await write(a, newExecution(1), newExecution(2, { activation: { handler: 'h2' } }));
    const lastSeqs = (store: PostgresStore): Promise<(number | undefined)[]> =>
      Promise.all([1, 2].map(async (index) => (await read(store, index)).execution?.lastSeq));
    // Now both of them remember both.
    expect([await lastSeqs(a), await lastSeqs(b)]).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const bothHold = meeting(2);
    const work = (store: PostgresStore, handler: string, index: number): Promise<void> =>
      store.transact(async (transaction) => {
        const [stored] = await transaction.load([executionIdOf(index)]);
        await transaction.findReady({ handler }, AT_MS, 1);
        await bothHold();
        const lastSeq = stored!.execution!.lastSeq + 1;
        const event = completedOf(index, lastSeq, '1', `n${lastSeq}`);
        const change = changesOf({ execution: { ...stored!.execution!, lastSeq }, events: [event] });
        stored!.apply(change);
        await transaction.apply([change]);
      });
    await Promise.all([work(a, 'h', 2), work(b, 'h2', 1)]);
    expect(await lastSeqs(a)).toEqual([2, 2]);
  });

  it('with the same new idempotency keys in opposite orders never wait for each other', async () => {
    const [a, b] = await openTwo();
    await slowKeys();
    const failures = watchFailures();
    const rounds = 10;
    for (let round = 0; round < rounds; round += 1) {
      const bothHaveLooked = meeting(2);
      const keys = Array.from({ length: 50 }, (_, index) => `key-${round}-${index}`);
      const start = (store: PostgresStore, wanted: readonly string[], firstIndex: number): Promise<number> =>
        store.transact(async (transaction) => {
          const known = await transaction.findByIdempotencyKeys(wanted);
          await bothHaveLooked();
          const fresh = wanted.filter((key) => !known.has(key));
          const changes = fresh.map((idempotencyKey, place) =>
            newExecution(firstIndex + place, { execution: { idempotencyKey, requestHash: 'same' } }),
          );
          const created = await transaction.create(changes.map(({ execution }) => execution!.executionId));
          for (const [place, stored] of created.entries()) stored.apply(changes[place]!);
          await transaction.apply(changes);
          return fresh.length;
        });
      const firstIndex = round * 1000;
      const counts = await Promise.all([start(a, keys, firstIndex), start(b, keys.toReversed(), firstIndex + 500)]);
      expect(counts.sort((x, y) => x - y)).toEqual([0, 50]);
    }
    expect(await a.listExecutions({ limit: 1000 })).toHaveLength(50 * rounds);
    expect(new Set(failures())).toEqual(new Set(['23505', '25P02']));
  });
});

describePostgres('a search for ready work at both servers', () => {
  /** Leases what it finds, as a batch does; returns what was leased. */
  async function leaseSome(store: PostgresStore, who: string, limit: number): Promise<string[]> {
    return store.transact(async (transaction: StoreTransaction) => {
      const refs = await transaction.findReady({ handler: 'h' }, AT_MS, limit);
      const ids = [...new Set(refs.map(({ executionId }) => executionId))];
      const loaded = await transaction.load(ids);
      const stored = new Map(ids.map((id, place) => [id, loaded[place]!]));
      const changes: Changes[] = [];
      const leased: string[] = [];
      for (const { executionId, node } of refs) {
        const view = stored.get(executionId)!;
        const record = view.activation(node, 1);
        if (record?.status !== 'READY') continue;
        const lease: ActivationRecord = {
          ...leasedOf(0),
          ...record,
          status: 'LEASED',
          attempt: 1,
          workerId: who,
          nonce: who,
          leaseMs: 1000,
          leaseExpiresAtMs: AT_MS,
        };
        const change = changesOf({ execution: view.execution, activations: [lease] });
        view.apply(change);
        changes.push(change);
        leased.push(`${executionId} ${node}`);
      }
      await transaction.apply(changes);
      return leased;
    });
  }

  it.each([
    ['many executions with one activation each', 200, 1],
    ['a few executions with many activations each', 5, 40],
  ])('leases every activation once: %s', async (_what, executions, perExecution) => {
    const [a, b] = await openTwo();
    const nodes = Array.from({ length: perExecution }, (_, index) => `n${index}`);
    const starts = Array.from({ length: executions }, (_, index) =>
      changesOf({
        execution: executionOf(index + 1, { open: perExecution }),
        activations: nodes.map((node) => activationOf(index + 1, { node, readyAtMs: AT_MS - index })),
        events: [startedOf(index + 1)],
      }),
    );
    await write(a, ...starts);
    const leased: Record<'a' | 'b', string[]> = { a: [], b: [] };
    const total = executions * perExecution;
    const work = async (store: PostgresStore, who: 'a' | 'b', limit: number): Promise<void> => {
      while (leased.a.length + leased.b.length < total) leased[who].push(...(await leaseSome(store, who, limit)));
    };
    await Promise.all([work(a, 'a', 7), work(b, 'b', 11)]);
    const all = [...leased.a, ...leased.b];
    expect(new Set(all).size).toBe(total);
    expect(all).toHaveLength(total);
    const held = await Promise.all(['a', 'b'].map((workerId) => a.findLeased({ workerId }, 1000)));
    expect(held.map((refs) => refs.length)).toEqual([leased.a.length, leased.b.length]);
  });

  it('passes over what the other one holds just now, and does not wait for it', async () => {
    const [a, b] = await openTwo();
    await write(a, newExecution(1, { activation: { readyAtMs: AT_MS - 1 } }), newExecution(2));
    const found = await a.transact(async (transaction) => {
      const mine = await transaction.findReady({ handler: 'h' }, AT_MS, 1);
      const others = await b.transact((other) => other.findReady({ handler: 'h' }, AT_MS, 10));
      return [mine, others].map((refs) => refs.map(({ executionId }) => executionId));
    });
    expect(found).toEqual([[executionIdOf(1)], [executionIdOf(2)]]);
  });
});
