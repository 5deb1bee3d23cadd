/**
 * What every store must do, as one table: each case runs on each implementation of the port (src/store/store.ts).
 * `S1..S3` are the invariants there.
 */
import { expect } from 'vitest';
import { INPUT_SEQ, type ActivationRecord, type WaitsFor } from '../../src/core/execution.js';
import { NOTHING_WAITS, type Store } from '../../src/store/store.js';
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
import type { ConformanceCase } from './conformance-case.js';
import { WAITING_CASES } from './conformance-waiting.js';

const LATER = AT_MS + 1_000_000;

function waitingOf(index: number, waitsFor: WaitsFor): ActivationRecord {
  return activationOf(index, { node: `wait for ${waitsFor}`, status: 'WAITING', waitsFor });
}

export const CONFORMANCE: readonly ConformanceCase[] = [
  {
    name: 'S1: an error in a transaction undoes all of it, in memory and on disk',
    run: async (store, reopen) => {
      await write(store, newExecution(1));
      const before = await read(store, 1);
      const broken = store.transact(async (transaction) => {
        const [known, unknown] = await transaction.load([executionIdOf(1), executionIdOf(2)]);
        const changes = [
          changesOf({ execution: executionOf(1, { lastSeq: 2 }), activations: [leasedOf(1)] }),
          newExecution(2),
        ];
        known?.apply(changes[0]!);
        unknown?.apply(changes[1]!);
        await transaction.apply(changes);
        throw new Error('the work failed after it was written');
      });
      await expect(broken).rejects.toThrow('the work failed');
      expect(await read(store, 1)).toEqual(before);
      expect((await read(store, 2)).execution).toBeUndefined();
      const again = await reopen();
      expect(await read(again, 1)).toEqual(before);
      expect((await read(again, 2)).execution).toBeUndefined();
      expect(await again.listEvents(executionIdOf(1), 0, 10)).toHaveLength(1);
    },
  },
  {
    name: 'S1: one refused record of a batch undoes the whole batch',
    run: async (store) => {
      const twice = changesOf({ events: [completedOf(1, 2, '1'), completedOf(1, 3, '2')] });
      await expect(write(store, newExecution(1), twice)).rejects.toThrow();
      expect((await read(store, 1)).execution).toBeUndefined();
      expect(await store.listEvents(executionIdOf(1), 0, 10)).toEqual([]);
      await write(store, newExecution(1));
      expect((await read(store, 1)).execution).toEqual(executionOf(1));
    },
  },
  {
    name: 'S1: an error before anything was written leaves no trace of what was shown to the batch',
    run: async (store) => {
      const failing = store.transact(async (transaction) => {
        const [stored] = await transaction.create([executionIdOf(1)]);
        stored?.apply(newExecution(1));
        throw new Error('before the write');
      });
      await expect(failing).rejects.toThrow('before the write');
      expect((await read(store, 1)).execution).toBeUndefined();
    },
  },
  {
    name: 'S2: everything of a returned transaction is there after the store was opened again',
    run: async (store, reopen) => {
      const key = { idempotencyKey: 'k', requestHash: 'r' };
      await write(store, newExecution(1, { execution: key, payload: '"in"' }));
      await write(
        store,
        changesOf({
          execution: executionOf(1, { ...key, lastSeq: 2, open: 2 }),
          activations: [
            activationOf(1, { status: 'COMPLETED', attempt: 1, nonce: 'n', workerId: 'w', outputSeq: 2 }),
            leasedOf(1, { node: 'b#2', deadlineAtMs: LATER, failed: 1, lost: 2 }),
            activationOf(1, { node: 'ü 😀', readyAtMs: LATER }),
          ],
          joins: [{ executionId: executionIdOf(1), target: 'j', group: 'j', remaining: 1, taken: 1 }],
          events: [completedOf(1, 2, '"out"')],
        }),
      );
      const before = await read(store, 1);
      const events = await store.listEvents(executionIdOf(1), 0, 10);
      expect(before).toMatchObject({ outputs: ['"out"'], input: '"in"' });
      const again = await reopen();
      expect(await read(again, 1)).toEqual(before);
      expect(await again.listEvents(executionIdOf(1), 0, 10)).toEqual(events);
      const joins = await again.transact(async (transaction) => {
        const [stored] = await transaction.load([executionIdOf(1)]);
        return [stored?.join('j', 'j'), stored?.join('j', 'other')];
      });
      expect(joins).toEqual([
        { executionId: executionIdOf(1), target: 'j', group: 'j', remaining: 1, taken: 1 },
        undefined,
      ]);
    },
  },
  {
    name: 'S3: the changes of one command are visible to the next one of the same transaction',
    run: async (store) => {
      await write(store, newExecution(1));
      const seen = await store.transact(async (transaction) => {
        const [first] = await transaction.load([executionIdOf(1)]);
        first?.apply(changesOf({ activations: [leasedOf(1)] }));
        const [second] = await transaction.load([executionIdOf(1)]);
        return second?.activation('a', 1);
      });
      expect(seen?.status).toBe('LEASED');
    },
  },
  {
    name: 'payloads of any size are readable in the transaction that brings them, before and after they are written',
    run: async (store) => {
      const big = JSON.stringify('x'.repeat(1024 * 1024));
      await store.transact(async (transaction) => {
        const [stored] = await transaction.create([executionIdOf(1)]);
        const changes = changesOf({
          execution: executionOf(1, { lastSeq: 2 }),
          activations: [activationOf(1, { status: 'COMPLETED', outputSeq: 2 }), activationOf(1, { node: 'b' })],
          events: [startedOf(1, big), completedOf(1, 2, big)],
        });
        stored?.apply(changes);
        expect(stored?.payload(INPUT_SEQ)).toHaveLength(big.length);
        expect(stored?.payload(2)).toHaveLength(big.length);
        await transaction.apply([changes]);
        expect(stored?.payload(INPUT_SEQ)).toBe(big);
      });
      expect(await read(store, 1)).toMatchObject({ input: big, outputs: [big] });
    },
  },
  {
    name: 'load gives one entry per id in the order of the ids, empty ones for unknown ids',
    run: async (store) => {
      await write(store, newExecution(1), newExecution(3));
      const found = await store.transact(async (transaction) => {
        const loaded = await transaction.load([3, 2, 1].map(executionIdOf));
        return loaded.map(({ execution }) => execution?.executionId);
      });
      expect(found).toEqual([executionIdOf(3), undefined, executionIdOf(1)]);
    },
  },
  {
    name: 'apply: of several records with one key the last one wins, and all events stand',
    run: async (store, reopen) => {
      const join = { executionId: executionIdOf(1), target: 't', group: 't', taken: 0 };
      await write(
        store,
        { ...newExecution(1), joins: [{ ...join, remaining: 2 }] },
        changesOf({
          execution: executionOf(1, { lastSeq: 2, open: 1 }),
          activations: [leasedOf(1)],
          joins: [{ ...join, remaining: 1 }],
        }),
        changesOf({
          execution: executionOf(1, { lastSeq: 2, status: 'COMPLETED', open: 0, finishedAtMs: LATER }),
          activations: [activationOf(1, { status: 'COMPLETED', attempt: 1, outputSeq: 2 })],
          joins: [{ ...join, remaining: 0, taken: 1 }],
          events: [completedOf(1, 2, '7')],
        }),
      );
      const again = await reopen();
      expect(await read(again, 1)).toMatchObject({
        execution: { status: 'COMPLETED', open: 0, finishedAtMs: LATER },
        activations: [{ status: 'COMPLETED', attempt: 1 }],
        outputs: ['7'],
      });
      expect((await again.listEvents(executionIdOf(1), 0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
    },
  },
  {
    name: 'apply writes more events than one statement holds, in order',
    run: async (store) => {
      const events = Array.from({ length: 100 }, (_, index) => completedOf(1, index + 2, `${index}`, `n${index}`));
      await write(store, { ...newExecution(1), events: [startedOf(1), ...events] });
      expect(await store.listEvents(executionIdOf(1), 0, 1000)).toEqual([startedOf(1), ...events]);
    },
  },
  {
    name: 'findReady: due activations of one handler or version, the longest waiting first, within the limit',
    run: async (store) => {
      await write(
        store,
        newExecution(1, { activation: { readyAtMs: AT_MS + 30 } }),
        newExecution(2, { activation: { readyAtMs: AT_MS + 10 } }),
        newExecution(3, { activation: { readyAtMs: AT_MS + 20 } }),
        newExecution(4, { activation: { handler: 'other' } }),
        newExecution(5, { activation: { readyAtMs: LATER } }),
        changesOf({ execution: executionOf(6), activations: [leasedOf(6)], events: [startedOf(6)] }),
        newExecution(7, { execution: { versionHash: 'sha256:z' }, activation: { versionHash: 'sha256:z' } }),
      );
      const find = (
        filter: { handler: string } | { versionHash: string },
        nowMs: number,
        limit: number,
      ): Promise<string[]> =>
        store.transact(async (transaction) =>
          (await transaction.findReady(filter, nowMs, limit)).map(({ executionId, node }) => `${executionId} ${node}`),
        );
      const names = (...indexes: number[]): string[] => indexes.map((index) => `${executionIdOf(index)} a`);
      expect(await find({ handler: 'h' }, AT_MS + 30, 10)).toEqual(names(7, 2, 3, 1));
      expect(await find({ handler: 'h' }, AT_MS + 30, 2)).toEqual(names(7, 2));
      expect(await find({ handler: 'h' }, AT_MS + 29, 10)).toEqual(names(7, 2, 3));
      expect(await find({ handler: 'other' }, AT_MS, 10)).toEqual(names(4));
      expect(await find({ versionHash: 'sha256:z' }, AT_MS, 10)).toEqual(names(7));
      expect(await find({ versionHash: 'sha256:v' }, LATER, 10)).toEqual(names(4, 2, 3, 1, 5));
      expect(await find({ handler: 'nobody' }, LATER, 10)).toEqual([]);
    },
  },
  {
    name: 'findReady: activations of foreign workflows, without a handler, are found by version only',
    run: async (store) => {
      const { handler: _none, ...foreign } = activationOf(1);
      await write(store, changesOf({ execution: executionOf(1), activations: [foreign], events: [startedOf(1)] }));
      const found = await store.transact((transaction) =>
        transaction.findReady({ versionHash: 'sha256:v' }, AT_MS, 10),
      );
      expect(found).toEqual([{ executionId: executionIdOf(1), node: 'a', iteration: 1 }]);
      expect((await read(store, 1)).activations).toEqual([foreign]);
    },
  },
  {
    name: 'findByIdempotencyKeys finds what was started under the keys, and a key stands for one execution',
    run: async (store) => {
      await write(store, newExecution(1, { execution: { idempotencyKey: 'k1', requestHash: 'r1' } }), newExecution(2));
      const found = await store.transact((transaction) => transaction.findByIdempotencyKeys(['k1', 'k2']));
      expect([...found]).toEqual([['k1', executionIdOf(1)]]);
      await expect(write(store, newExecution(3, { execution: { idempotencyKey: 'k1' } }))).rejects.toThrow();
      expect((await read(store, 3)).execution).toBeUndefined();
    },
  },
  {
    name: 'findLeased: what has expired, or what one worker holds, within the limit',
    run: async (store) => {
      const lease = (index: number, fields: Partial<ActivationRecord>): ReturnType<typeof changesOf> =>
        changesOf({
          execution: executionOf(index),
          activations: [leasedOf(index, fields)],
          events: [startedOf(index)],
        });
      await write(
        store,
        lease(1, { leaseExpiresAtMs: AT_MS + 20 }),
        lease(2, { leaseExpiresAtMs: AT_MS + 10, workerId: 'w2' }),
        lease(3, { leaseExpiresAtMs: LATER }),
        newExecution(4),
      );
      const expired = await store.findLeased({ expiredAtMs: AT_MS + 20 }, 10);
      expect(expired).toEqual([
        { executionId: executionIdOf(2), node: 'a', iteration: 1, nonce: 'nonce-2', workerId: 'w2' },
        { executionId: executionIdOf(1), node: 'a', iteration: 1, nonce: 'nonce-1', workerId: 'w1' },
      ]);
      expect(await store.findLeased({ expiredAtMs: AT_MS + 20 }, 1)).toHaveLength(1);
      expect(await store.findLeased({ expiredAtMs: AT_MS + 9 }, 10)).toEqual([]);
      const held = await store.findLeased({ workerId: 'w1' }, 10);
      expect(held.map(({ executionId }) => executionId).sort()).toEqual([executionIdOf(1), executionIdOf(3)]);
      expect(await store.findLeased({ workerId: 'nobody' }, 10)).toEqual([]);
    },
  },
  {
    name: 'nextDue: the next expiry of a lease and the next start of a delayed activation; nothing when idle',
    run: async (store) => {
      expect(await store.nextDue(AT_MS)).toEqual({});
      await write(
        store,
        changesOf({ execution: executionOf(1), activations: [leasedOf(1)], events: [startedOf(1)] }),
        newExecution(2, { activation: { readyAtMs: AT_MS + 500 } }),
        newExecution(3, { activation: { readyAtMs: AT_MS + 700 } }),
        newExecution(4),
      );
      expect(await store.nextDue(AT_MS)).toEqual({ leaseExpiresAtMs: AT_MS + 1000, readyAtMs: AT_MS + 500 });
      expect(await store.nextDue(AT_MS + 500)).toEqual({ leaseExpiresAtMs: AT_MS + 1000, readyAtMs: AT_MS + 700 });
      expect(await store.nextDue(LATER)).toEqual({ leaseExpiresAtMs: AT_MS + 1000 });
    },
  },
  {
    name: 'listExecutions: newest first, by workflow, by status, without a prefix, page by page',
    run: async (store) => {
      const closed = { status: 'COMPLETED', open: 0, finishedAtMs: LATER } as const;
      const done = (index: number, workflowId: string): ReturnType<typeof changesOf> =>
        changesOf({ execution: executionOf(index, { workflowId, ...closed }), events: [startedOf(index)] });
      await write(
        store,
        newExecution(1, { execution: { workflowId: 'w1' } }),
        done(2, 'w2'),
        newExecution(3, { execution: { workflowId: 'calls.a' } }),
        newExecution(4, { execution: { workflowId: 'w1' } }),
        done(5, 'w1'),
      );
      const list = async (filter: Partial<Parameters<Store['listExecutions']>[0]>): Promise<number[]> =>
        (await store.listExecutions({ limit: 10, ...filter })).map(({ createdAtMs }) => createdAtMs - AT_MS);
      expect(await list({})).toEqual([5, 4, 3, 2, 1]);
      expect(await list({ limit: 2 })).toEqual([5, 4]);
      expect(await list({ limit: 2, beforeExecutionId: executionIdOf(4) })).toEqual([3, 2]);
      expect(await list({ beforeExecutionId: executionIdOf(1) })).toEqual([]);
      expect(await list({ workflowId: 'w1' })).toEqual([5, 4, 1]);
      expect(await list({ status: 'COMPLETED' })).toEqual([5, 2]);
      expect(await list({ status: 'COMPLETED', workflowId: 'w1' })).toEqual([5]);
      expect(await list({ excludePrefix: 'calls.' })).toEqual([5, 4, 2, 1]);
      expect(await list({ excludePrefix: 'calls.', status: 'RUNNING', beforeExecutionId: executionIdOf(4) })).toEqual([
        1,
      ]);
      expect(await list({ workflowId: 'nobody' })).toEqual([]);
    },
  },
  {
    name: 'findExecution and listActivations read what was committed, with the error of a failure',
    run: async (store) => {
      const failed = executionOf(1, {
        status: 'FAILED',
        open: 0,
        finishedAtMs: LATER,
        failedNode: 'a',
        error: { code: 'HANDLER_FAILED', message: 'line 1\nline "2"' },
      });
      const activation = activationOf(1, { status: 'FAILED', failed: 3, attempt: 3 });
      await write(store, changesOf({ execution: failed, activations: [activation], events: [startedOf(1)] }));
      expect(await store.findExecution(executionIdOf(1))).toEqual(failed);
      expect(await store.findExecution(executionIdOf(2))).toBeUndefined();
      expect(await store.listActivations(executionIdOf(1))).toEqual([activation]);
      expect(await store.listActivations(executionIdOf(2))).toEqual([]);
    },
  },
  {
    name: 'listEvents: after a sequence number, in order, within the limit',
    run: async (store) => {
      const events = [2, 3, 4, 5].map((seq) => completedOf(1, seq, `${seq}`, `n${seq}`));
      await write(store, { ...newExecution(1), events: [startedOf(1), ...events] });
      const list = async (afterSeq: number, limit: number): Promise<number[]> =>
        (await store.listEvents(executionIdOf(1), afterSeq, limit)).map(({ seq }) => seq);
      expect(await list(0, 3)).toEqual([1, 2, 3]);
      expect(await list(3, 3)).toEqual([4, 5]);
      expect(await list(5, 3)).toEqual([]);
      expect(await store.listEvents(executionIdOf(2), 0, 3)).toEqual([]);
    },
  },
  {
    name: 'workflows: stored once, found by hash, by id and by both, newest version first, with running executions counted',
    run: async (store, reopen) => {
      const put = (workflowId: string, versionHash: string, irJson = '{}'): ReturnType<Store['putWorkflow']> =>
        store.putWorkflow({ workflowId, versionHash, irJson, registeredAtMs: AT_MS });
      const first = await put('w1', 'v1', '{"one":1}');
      const second = await put('w1', 'v2');
      await put('w2', 'v1');
      expect([first.created, second.created]).toEqual([true, true]);
      expect(second.record.ordinal).toBeGreaterThan(first.record.ordinal);
      expect(await put('w1', 'v1', '{"other":2}')).toEqual({ created: false, record: first.record });
      await write(
        store,
        newExecution(1, { execution: { workflowId: 'w1', versionHash: 'v1' } }),
        newExecution(2, { execution: { workflowId: 'w1', versionHash: 'v1', status: 'PAUSED' } }),
        changesOf({ execution: executionOf(3, { workflowId: 'w1', versionHash: 'v1', status: 'FAILED', open: 0 }) }),
        newExecution(4, { execution: { workflowId: 'w2', versionHash: 'v1' } }),
      );
      const again = await reopen();
      expect(await again.findWorkflow({ workflowId: 'w1', versionHash: 'v1' })).toEqual(first.record);
      expect((await again.findWorkflow({ workflowId: 'w1' }))?.versionHash).toBe('v2');
      expect((await again.findWorkflow({ versionHash: 'v1' }))?.workflowId).toBe('w1');
      const before = (workflowId: string, { ordinal }: { ordinal: number }): ReturnType<Store['findWorkflow']> =>
        again.findWorkflow({ workflowId, beforeOrdinal: ordinal });
      expect((await before('w1', second.record))?.versionHash).toBe('v1');
      expect(await before('w1', first.record)).toBeUndefined();
      expect(await before('w2', second.record)).toBeUndefined();
      expect(await again.findWorkflow({ workflowId: 'w2', versionHash: 'v2' })).toBeUndefined();
      expect(await again.findWorkflow({ workflowId: 'w3' })).toBeUndefined();
      const all = await again.listWorkflows();
      expect(
        all.map(({ workflowId, versionHash, activeExecutions }) => [workflowId, versionHash, activeExecutions]),
      ).toEqual([
        ['w2', 'v1', 1],
        ['w1', 'v2', 0],
        ['w1', 'v1', 2],
      ]);
      expect((await again.listWorkflows('w1')).map(({ versionHash }) => versionHash)).toEqual(['v2', 'v1']);
    },
  },
  {
    name: 'gauges count what is active, calls apart, and nothing that has ended',
    run: async (store, reopen) => {
      const nothing = { pipelines: 0, calls: 0 };
      expect(await store.gauges(AT_MS)).toEqual({
        executions: { RUNNING: nothing, PAUSED: nothing, WAITING: nothing },
        ready: nothing,
        leased: nothing,
        waiting: NOTHING_WAITS,
      });
      const call = { execution: { workflowId: 'nexum.call' }, activation: { handler: 'nexum.call' } };
      await write(
        store,
        newExecution(1, { activation: { readyAtMs: AT_MS - 10 } }),
        newExecution(2, { activation: { readyAtMs: AT_MS - 30, handler: undefined } }),
        newExecution(3, { activation: { readyAtMs: AT_MS + 1 } }),
        newExecution(4, { execution: { status: 'PAUSED' }, activation: { status: 'PENDING' } }),
        newExecution(5, { ...call, activation: { ...call.activation, readyAtMs: AT_MS - 1000 } }),
        // Neither is a call, though one begins like one and the other sorts right behind them.
        newExecution(6, { execution: { workflowId: 'nexum' }, activation: { handler: 'nexum', readyAtMs: AT_MS } }),
        newExecution(7, { execution: { workflowId: 'nexum/' }, activation: { handler: 'nexum/', readyAtMs: AT_MS } }),
        changesOf({
          execution: executionOf(8, { status: 'COMPLETED', open: 0, lastSeq: 2 }),
          activations: [activationOf(8, { status: 'COMPLETED', outputSeq: 2 })],
          events: [startedOf(8), completedOf(8, 2, '1')],
        }),
        changesOf({ execution: executionOf(9, { status: 'WAITING', open: 0 }), events: [startedOf(9)] }),
        changesOf({ activations: [waitingOf(1, 'timer')] }),
        changesOf({ activations: [waitingOf(2, 'timer')] }),
        changesOf({ activations: [waitingOf(3, 'approval')] }),
      );
      const expected = {
        executions: {
          RUNNING: { pipelines: 5, calls: 1 },
          PAUSED: { pipelines: 1, calls: 0 },
          WAITING: { pipelines: 1, calls: 0 },
        },
        ready: { pipelines: 4, calls: 1 },
        leased: nothing,
        waiting: { ...NOTHING_WAITS, timer: 2, approval: 1 },
        oldestReadyAtMs: AT_MS - 30,
      };
      expect(await store.gauges(AT_MS)).toEqual(expected);
      expect(await (await reopen()).gauges(AT_MS)).toEqual(expected);
    },
  },
  {
    name: 'gauges know the leases, and when the one that ends first was renewed',
    run: async (store) => {
      await write(
        store,
        changesOf({
          ...newExecution(1),
          activations: [leasedOf(1, { leaseMs: 5000, leaseExpiresAtMs: AT_MS + 4000 })],
        }),
        changesOf({
          ...newExecution(2),
          activations: [leasedOf(2, { leaseMs: 9000, leaseExpiresAtMs: AT_MS + 6000 })],
        }),
        changesOf({
          ...newExecution(3, { execution: { workflowId: 'nexum.call' } }),
          activations: [leasedOf(3, { handler: 'nexum.call', leaseMs: 5000, leaseExpiresAtMs: AT_MS + 4500 })],
        }),
      );
      const gauges = await store.gauges(AT_MS);
      expect(gauges.leased).toEqual({ pipelines: 2, calls: 1 });
      expect(gauges.oldestLeaseAtMs).toBe(AT_MS - 1000);
      expect(gauges.ready).toEqual({ pipelines: 0, calls: 0 });
      expect(gauges.oldestReadyAtMs).toBeUndefined();
    },
  },
  ...[
    ['a string that looks like JSON', JSON.stringify('{"looks":"like JSON"}')],
    ['a string that looks like a number', '"007"'],
    ['an integer beyond 2^53', '9007199254740993'],
    ['a float that has other spellings', '1.0e2'],
    ['half a surrogate pair, escaped', '"\\ud800"'],
    ['characters outside the basic plane', '"😀 ü \u2028"'],
    ['an escaped NUL', '"a\\u0000b"'],
    ['white space around', ' {"a" : 1}\n'],
    ['an object with a path, which names no file here', '{"path":"/etc/hostname"}'],
    ['null', 'null'],
    ['1 MiB', JSON.stringify('é'.repeat(512 * 1024))],
  ].map(([what, payload = '']): ConformanceCase => ({
    name: `a payload comes back byte for byte: ${what}`,
    run: async (store, reopen) => {
      await write(store, {
        ...newExecution(1, { payload }),
        activations: [activationOf(1, { status: 'COMPLETED', outputSeq: 2 }), activationOf(1, { node: 'b' })],
        events: [startedOf(1, payload), completedOf(1, 2, payload)],
      });
      const again = await reopen();
      expect(await read(again, 1)).toMatchObject({ input: payload, outputs: [payload] });
      expect(
        (await again.listEvents(executionIdOf(1), 0, 2)).map((event) => 'payload' in event && event.payload),
      ).toEqual([payload, payload]);
    },
  })),
  {
    name: 'executions that left the memory read back equal',
    run: async (store) => {
      const count = 50;
      const indexes = Array.from({ length: count }, (_, index) => index + 1);
      await write(store, ...indexes.map((index) => newExecution(index, { payload: `{"index":${index}}` })));
      for (const index of indexes) {
        expect(await read(store, index)).toEqual({
          execution: executionOf(index),
          activations: [activationOf(index)],
          outputs: [],
          input: `{"index":${index}}`,
        });
      }
    },
  },
  ...WAITING_CASES,
];
