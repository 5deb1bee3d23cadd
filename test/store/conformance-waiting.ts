/** What every store must do about items, about what waits without a worker, and about what ends more than once. */
import { expect } from 'vitest';
import {
  NEVER_MS,
  type ActivationDetail,
  type ActivationRecord,
  type ExecutionExtra,
  type ExecutionRecord,
} from '../../src/core/execution.js';
import type { ExecutionEvent } from '../../src/core/event.js';
import type { Usage } from '../../src/core/usage.js';
import type { Changes } from '../../src/core/transition.js';
import { withPayloads } from '../../src/store/payload-missing.js';
import type { ConcurrentRef, OutboxRef, Store } from '../../src/store/store.js';
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

const LATER = AT_MS + 1_000_000;
/** Characters that a database may take for something else than text. */
const STRANGE = '{"a":[1]} \' " \\ \u0000 \ud800 😀\n, null';

function waitingOf(index: number, fields: Partial<ActivationRecord> = {}): ActivationRecord {
  return activationOf(index, { status: 'WAITING', waitsFor: 'timer', handler: undefined, ...fields });
}

function waitsFrom(index: number, ...records: readonly ActivationRecord[]): Changes {
  const execution = executionOf(index, { workflowId: `w${index}`, versionHash: `v${index}`, open: records.length });
  return changesOf({ execution, activations: records, events: [startedOf(index)] });
}

function replaced(index: number, execution: Partial<ExecutionRecord>, record: ActivationRecord): Changes {
  return changesOf({ execution: executionOf(index, execution), activations: [record] });
}

const ended = { status: 'COMPLETED', attempt: 1, outputSeq: 2 } as const;

export const WAITING_CASES: readonly ConformanceCase[] = [
  {
    name: 'items are records of their own, beside their map',
    run: async (store, reopen) => {
      const items = { seq: 2, pageSize: 2, total: 4, opened: 3, completed: 1, failed: 0 };
      const records = [
        waitingOf(1, { node: 'm', waitsFor: 'items', readyAtMs: NEVER_MS, detail: { items } }),
        activationOf(1, { node: 'm', item: 0, readyAtMs: AT_MS + 1 }),
        leasedOf(1, { node: 'm', item: 1 }),
        activationOf(1, { node: 'm', item: 2, ...ended }),
      ];
      const events = [startedOf(1), completedOf(1, 2, '"two"', 'm', 2)];
      await write(
        store,
        changesOf({ execution: executionOf(1, { lastSeq: 2, open: 3 }), activations: records, events }),
      );
      const again = await reopen();
      expect(await read(again, 1)).toMatchObject({ activations: records, outputs: ['"two"'] });
      expect(await again.listEvents(executionIdOf(1), 0, 10)).toEqual(events);
      const item = { executionId: executionIdOf(1), node: 'm', iteration: 1, item: 0 };
      await again.transact(async (transaction) => {
        const [stored] = await transaction.load([executionIdOf(1)]);
        const statuses = [undefined, 0, 1, 2, 3].map((index) => stored?.activation('m', 1, index)?.status);
        expect(statuses).toEqual(['WAITING', 'READY', 'LEASED', 'COMPLETED', undefined]);
        expect(await transaction.findReady({ handler: 'h' }, LATER, 10)).toEqual([item]);
      });
      expect(await again.findLeased({ workerId: 'w1' }, 10)).toMatchObject([{ ...item, item: 1 }]);
      await write(again, replaced(1, { lastSeq: 2, open: 3 }, leasedOf(1, { node: 'm', item: 0, nonce: 'other' })));
      const nonces = (await read(again, 1)).activations.map(({ nonce }) => nonce);
      expect(nonces).toEqual([undefined, 'other', 'nonce-1', undefined]);
    },
  },
  {
    name: 'findFired: timers and deadlines that have come, the longest due first; what has none never comes',
    run: async (store) => {
      expect(await store.findFired(LATER, 10)).toEqual([]);
      await write(
        store,
        waitsFrom(
          1,
          waitingOf(1, { readyAtMs: AT_MS + 20 }),
          waitingOf(1, { node: 'm', item: 3, readyAtMs: AT_MS + 5 }),
        ),
        waitsFrom(2, waitingOf(2, { waitsFor: 'approval', readyAtMs: AT_MS + 10 })),
        waitsFrom(3, waitingOf(3, { waitsFor: 'signal', readyAtMs: NEVER_MS })),
        newExecution(4, { activation: { readyAtMs: AT_MS } }),
      );
      const fired = async (nowMs: number, limit = 10): Promise<string[]> =>
        (await store.findFired(nowMs, limit)).map(
          ({ executionId, node, item }) => `${executionId === executionIdOf(1) ? 1 : 2} ${node} ${item ?? '-'}`,
        );
      expect(await fired(AT_MS + 20)).toEqual(['1 m 3', '2 a -', '1 a -']);
      expect(await fired(AT_MS + 20, 2)).toEqual(['1 m 3', '2 a -']);
      expect(await fired(AT_MS + 9)).toEqual(['1 m 3']);
      expect(await fired(NEVER_MS - 1)).toHaveLength(3);
    },
  },
  {
    name: 'nextDue: the earliest timer or deadline, past ones too; what waits without one is never due',
    run: async (store) => {
      await write(store, waitsFrom(1, waitingOf(1, { waitsFor: 'child', readyAtMs: NEVER_MS })));
      expect(await store.nextDue(AT_MS)).toEqual({});
      await write(
        store,
        waitsFrom(2, waitingOf(2, { readyAtMs: AT_MS + 20 })),
        waitsFrom(3, waitingOf(3, { waitsFor: 'signal', readyAtMs: AT_MS + 10 })),
      );
      expect(await store.nextDue(AT_MS)).toEqual({ firesAtMs: AT_MS + 10 });
      expect(await store.nextDue(LATER)).toEqual({ firesAtMs: AT_MS + 10 });
      await write(store, replaced(3, { workflowId: 'w3', open: 1 }, waitingOf(3, { readyAtMs: NEVER_MS })));
      expect(await store.nextDue(LATER)).toEqual({ firesAtMs: AT_MS + 20 });
    },
  },
  {
    name: 'findWaiting: what waits for one thing, the oldest execution first, with its workflow',
    run: async (store) => {
      const approval = { waitsFor: 'approval', readyAtMs: NEVER_MS } as const;
      await write(
        store,
        waitsFrom(1, waitingOf(1, approval)),
        waitsFrom(2, waitingOf(2, { ...approval, readyAtMs: AT_MS }), waitingOf(2, { node: 'b', waitsFor: 'child' })),
        newExecution(3),
      );
      const ref = (index: number): unknown => ({
        executionId: executionIdOf(index),
        workflowId: `w${index}`,
        versionHash: `v${index}`,
        node: 'a',
        iteration: 1,
      });
      expect(await store.findWaiting('approval', 10)).toEqual([ref(1), ref(2)]);
      expect(await store.findWaiting('approval', 1)).toEqual([ref(1)]);
      expect(await store.findWaiting('child', 10)).toEqual([{ ...(ref(2) as object), node: 'b' }]);
      expect(await store.findWaiting('items', 10)).toEqual([]);
    },
  },
  ...[
    ['with everything', fullDetail(), fullExtra()],
    ['empty', {}, {}],
    ['none', undefined, undefined],
  ].map(([what, detail, extra]): ConformanceCase => ({
    name: `detail and extra come back as they were: ${what as string}`,
    run: async (store, reopen) => {
      const record = waitingOf(1, { detail: detail as ActivationDetail | undefined });
      const execution = executionOf(1, { extra: extra as ExecutionExtra | undefined, purgeAtMs: LATER });
      await write(store, changesOf({ execution, activations: [record], events: [startedOf(1)] }));
      const again = await reopen();
      const found = await read(again, 1);
      expect(found.activations[0]?.detail).toStrictEqual(detail);
      expect(found.execution?.extra).toStrictEqual(extra);
      expect(found.execution?.purgeAtMs).toBe(LATER);
      expect((await again.findExecution(executionIdOf(1)))?.extra).toStrictEqual(extra);
      // Replaced by others, in both directions.
      const other = detail === undefined ? { signal: 's' } : undefined;
      const signals = { signals: [{ name: 's', seq: 7 }] };
      const change = executionOf(1, { open: 2, extra: extra === undefined ? signals : undefined });
      await write(again, changesOf({ execution: change, activations: [{ ...record, detail: other }] }));
      const later = await read(await reopen(), 1);
      expect(later.activations[0]?.detail).toStrictEqual(other);
      expect(later.execution?.extra).toStrictEqual(change.extra);
      expect(later.execution?.purgeAtMs).toBeUndefined();
    },
  })),
  {
    name: 'listExecutions: only those that have all of the labels, whatever else the others hold',
    run: async (store) => {
      const labelled = (index: number, labels: Record<string, string>): Changes =>
        newExecution(index, { execution: { extra: { labels } } });
      await write(
        store,
        labelled(1, { team: 'a', env: 'prod' }),
        labelled(2, { team: 'a' }),
        labelled(3, { team: 'b', env: 'prod' }),
        newExecution(4),
        newExecution(5, { execution: { extra: { overrides: { n: { text: STRANGE } } } } }),
        labelled(6, { [STRANGE]: STRANGE, team: 'a","env":"prod' }),
      );
      const list = async (labels: Record<string, string>, limit = 10): Promise<number[]> =>
        (await store.listExecutions({ labels, limit })).map(({ createdAtMs }) => createdAtMs - AT_MS);
      expect(await list({ team: 'a' })).toEqual([2, 1]);
      expect(await list({ team: 'a' }, 1)).toEqual([2]);
      expect(await list({ env: 'prod' })).toEqual([3, 1]);
      expect(await list({ env: 'prod', team: 'a' })).toEqual([1]);
      expect(await list({ team: '' })).toEqual([]);
      expect(await list({ a: 'team' })).toEqual([]);
      expect(await list({})).toHaveLength(6);
    },
  },
  {
    name: 'findReady: by priority first, then the longest waiting',
    run: async (store) => {
      const ready = (index: number, priority: number, readyAtMs: number): Changes =>
        newExecution(index, { activation: { priority, readyAtMs: AT_MS + readyAtMs } });
      await write(store, ready(1, 0, 1), ready(2, 5, 3), ready(3, 5, 2), ready(4, -100, 0), ready(5, 100, 9));
      for (const filter of [{ handler: 'h' }, { versionHash: 'sha256:v' }]) {
        const find = (nowMs: number, limit: number): Promise<number[]> =>
          store.transact(async (transaction) =>
            (await transaction.findReady(filter, nowMs, limit)).map(({ executionId }) => Number(executionId.slice(-1))),
          );
        expect(await find(AT_MS + 9, 10)).toEqual([5, 3, 2, 1, 4]);
        expect(await find(AT_MS + 9, 2)).toEqual([5, 3]);
        expect(await find(AT_MS + 8, 10)).toEqual([3, 2, 1, 4]);
      }
    },
  },
  {
    name: 'the outbox holds events from their own commit until they are settled, the oldest first',
    run: async (store, reopen) => {
      const with3 = (index: number, ...outbox: readonly number[]): Changes => ({
        ...newExecution(index, { execution: { lastSeq: 3 } }),
        events: [
          startedOf(index),
          { ...completedOf(index, 2, '1'), atMs: AT_MS + 100 - index },
          { ...completedOf(index, 3, '1', 'b'), atMs: AT_MS + 200 + index },
        ],
        outbox,
      });
      const ref = (index: number, seq: number): OutboxRef => ({ executionId: executionIdOf(index), seq });
      const settle = (at: Store, ...done: readonly OutboxRef[]): Promise<void> =>
        at.transact((transaction) => transaction.settleOutbox(done));
      await write(store, with3(1, 2, 3), with3(2, 2), with3(3));
      const again = await reopen();
      expect(await again.listOutbox(LATER, 10)).toEqual([ref(2, 2), ref(1, 2), ref(1, 3)]);
      expect(await again.listOutbox(LATER, 2)).toEqual([ref(2, 2), ref(1, 2)]);
      expect(await again.listOutbox(AT_MS + 99, 10)).toEqual([ref(2, 2), ref(1, 2)]);
      expect(await again.listOutbox(AT_MS, 10)).toEqual([]);
      await settle(again, ref(1, 2), ref(2, 2));
      // Whoever was slower has nothing left to do.
      await settle(again, ref(1, 2), ref(3, 2), ref(9, 1));
      await settle(again);
      expect(await (await reopen()).listOutbox(LATER, 10)).toEqual([ref(1, 3)]);
    },
  },
  {
    name: 'S1: what a failed transaction settled or added is not settled or added',
    run: async (store) => {
      await write(store, { ...newExecution(1), outbox: [1] });
      const failing = store.transact(async (transaction) => {
        const [stored] = await transaction.create([executionIdOf(2)]);
        const change = { ...newExecution(2), outbox: [1] };
        stored?.apply(change);
        await transaction.apply([change]);
        await transaction.settleOutbox([{ executionId: executionIdOf(1), seq: 1 }]);
        throw new Error('after both');
      });
      await expect(failing).rejects.toThrow('after both');
      expect(await store.listOutbox(LATER, 10)).toEqual([{ executionId: executionIdOf(1), seq: 1 }]);
    },
  },
  {
    name: 'findConcurrent: who holds or wants a slot of these keys, the oldest first',
    run: async (store, reopen) => {
      const keyed = (index: number, key: string | undefined, status: ExecutionRecord['status']): Changes => {
        const isOpen = status === 'RUNNING' || status === 'PAUSED';
        const extra = key === undefined ? {} : { extra: { concurrency: { key, limit: 1 } } };
        return changesOf({
          execution: executionOf(index, { status, open: isOpen ? 1 : 0, ...extra }),
          activations: isOpen ? [activationOf(index, status === 'PAUSED' ? { status: 'PENDING' } : {})] : [],
          events: [startedOf(index)],
        });
      };
      await write(
        store,
        keyed(1, 'k', 'COMPLETED'),
        keyed(2, 'k', 'RUNNING'),
        keyed(3, 'k 2', 'PAUSED'),
        keyed(4, 'k', 'WAITING'),
        keyed(5, undefined, 'RUNNING'),
        keyed(6, 'other', 'RUNNING'),
        keyed(7, 'k', 'FAILED'),
        keyed(8, 'k 2', 'CANCELLED'),
      );
      const again = await reopen();
      const find = (...keys: readonly string[]): Promise<ReadonlyMap<string, readonly ConcurrentRef[]>> =>
        again.transact((transaction) => transaction.findConcurrent(keys));
      const ref = (index: number, status: ExecutionRecord['status']): ConcurrentRef => ({
        executionId: executionIdOf(index),
        status,
      });
      expect(await find('k', 'k 2', 'nobody')).toEqual(
        new Map([
          ['k', [ref(2, 'RUNNING'), ref(4, 'WAITING')]],
          ['k 2', [ref(3, 'PAUSED')]],
          ['nobody', []],
        ]),
      );
      await write(again, changesOf({ execution: keyed(2, 'k', 'COMPLETED').execution }));
      const admitted = keyed(4, 'k', 'RUNNING');
      await write(again, changesOf({ execution: admitted.execution, activations: admitted.activations }));
      expect((await find('k')).get('k')).toEqual([ref(4, 'RUNNING')]);
    },
  },
  {
    name: 'listReruns: the reruns of one execution, the oldest first',
    run: async (store, reopen) => {
      const rerun = (index: number, of: number): Changes =>
        newExecution(index, { execution: { extra: { rerunOf: executionIdOf(of) } } });
      await write(store, newExecution(1), rerun(2, 1), newExecution(3), rerun(4, 2), rerun(5, 1));
      const again = await reopen();
      expect(await again.listReruns(executionIdOf(1))).toEqual([2, 5].map(executionIdOf));
      expect(await again.listReruns(executionIdOf(2))).toEqual([executionIdOf(4)]);
      expect(await again.listReruns(executionIdOf(3))).toEqual([]);
      expect(await again.listReruns('no execution id')).toEqual([]);
    },
  },
  {
    name: 'a FAILED execution and what failed or was cancelled in it may be opened again',
    run: async (store, reopen) => {
      const failed = changesOf({
        execution: executionOf(1, { status: 'FAILED', open: 0, failedNode: 'a', error: { code: 'X', message: 'x' } }),
        activations: [
          activationOf(1, { status: 'FAILED', detail: { error: { code: 'X', message: 'x' } } }),
          activationOf(1, { node: 'b', status: 'CANCELLED' }),
        ],
        events: [startedOf(1)],
      });
      await write(store, failed);
      const open = [activationOf(1), waitingOf(1, { node: 'b', handler: 'h' })];
      await write(await reopen(), changesOf({ execution: executionOf(1, { open: 2 }), activations: open }));
      const found = await read(await reopen(), 1);
      expect(found).toMatchObject({ execution: { status: 'RUNNING', open: 2 }, activations: open });
      expect(found.execution?.error).toBeUndefined();
    },
  },
  {
    name: 'a FAILED execution that fails again has the time and the error of the last failure',
    run: async (store, reopen) => {
      const failed = (finishedAtMs: number, message: string): Changes => {
        const end = {
          status: 'FAILED',
          open: 0,
          finishedAtMs,
          failedNode: 'a',
          error: { code: 'X', message },
        } as const;
        return changesOf({ execution: executionOf(1, end), activations: [activationOf(1, { status: 'FAILED' })] });
      };
      await write(store, { ...failed(AT_MS, 'first'), events: [startedOf(1)] });
      await write(store, failed(LATER, 'first'));
      expect(await store.findExecution(executionIdOf(1))).toMatchObject({ finishedAtMs: LATER });
      await write(store, failed(LATER, 'second'));
      const error = { code: 'X', message: 'second' };
      expect(await (await reopen()).findExecution(executionIdOf(1))).toMatchObject({ finishedAtMs: LATER, error });
    },
  },
  ...(['COMPLETED', 'SKIPPED'] as const).map((status): ConformanceCase => ({
    name: `an activation that is ${status} stays so`,
    run: async (store) => {
      const end = activationOf(1, { status, ...(status === 'COMPLETED' ? { attempt: 1, outputSeq: 1 } : {}) });
      const records = [end, activationOf(1, { node: 'b' })];
      await write(store, changesOf({ execution: executionOf(1), activations: records, events: [startedOf(1)] }));
      await expect(write(store, replaced(1, { open: 2 }, activationOf(1)))).rejects.toThrow();
      expect((await read(store, 1)).activations).toEqual(records);
    },
  })),
  ...(['COMPLETED', 'CANCELLED'] as const).map((status): ConformanceCase => ({
    name: `an execution that is ${status} stays so`,
    run: async (store) => {
      const closed = executionOf(1, { status, open: 0, finishedAtMs: LATER });
      await write(store, changesOf({ execution: closed, events: [startedOf(1)] }));
      await expect(write(store, newExecutionWithoutStart(1))).rejects.toThrow();
      expect(await read(store, 1)).toMatchObject({ execution: closed, activations: [] });
    },
  })),
  {
    name: 'a node or an item completes once, and each item for itself',
    run: async (store) => {
      const commit = (seq: number, item?: number): Promise<void> =>
        write(
          store,
          changesOf({
            execution: executionOf(1, { lastSeq: seq }),
            events: [completedOf(1, seq, '1', 'm', item)],
          }),
        );
      await write(store, newExecution(1));
      await commit(2, 0);
      await commit(3, 1);
      await commit(4);
      await expect(commit(5, 1)).rejects.toThrow();
      await expect(commit(5)).rejects.toThrow();
      await expect(write(store, changesOf({ events: [skipped(5)] }))).rejects.toThrow();
      const kinds = (await store.listEvents(executionIdOf(1), 1, 10)).map((event) => 'item' in event && event.item);
      expect(kinds).toEqual([0, 1, false]);
    },
  },
  {
    name: 'many payloads are brought into memory at once, also those that do not fit there for long',
    run: async (store, reopen) => {
      const count = 100;
      const payload = (seq: number): string => JSON.stringify(`${seq} ${'x'.repeat(1000)}`);
      const events = Array.from({ length: count }, (_, index) =>
        completedOf(1, index + 2, payload(index + 2), 'm', index),
      );
      await write(store, { ...newExecution(1), events: [startedOf(1), ...events] });
      const again = await reopen();
      const seqs = events.map(({ seq }) => seq);
      const found = await again.transact(async (transaction) => {
        const [stored] = await transaction.load([executionIdOf(1)]);
        return withPayloads(transaction, () => {
          stored?.preload(seqs);
          return seqs.map((seq) => stored?.payload(seq));
        });
      });
      expect(found).toEqual(seqs.map(payload));
    },
  },
];

function newExecutionWithoutStart(index: number): Changes {
  return changesOf({ execution: executionOf(index), activations: [activationOf(index)] });
}

function skipped(seq: number): ExecutionEvent {
  const place = { executionId: executionIdOf(1), seq, atMs: AT_MS };
  return { kind: 'node_skipped', ...place, node: 'm', iteration: 1, reason: 'condition', ready: [] };
}

function fullDetail(): Required<ActivationDetail> {
  return {
    error: { code: 'X', message: STRANGE },
    handled: true,
    child: executionIdOf(9),
    signal: STRANGE,
    items: { seq: 2, pageSize: 2, total: 4, opened: 3, completed: 1, failed: 0 },
    answer: { approved: false, approver: STRANGE },
    waitingSeq: 7,
    waitingSinceMs: AT_MS,
    loop: { round: 2, serial: 3, remaining: 1 },
    activated: { seq: 6, after: 2, open: 1 },
    usage: fullUsage(),
  };
}

function fullExtra(): Required<ExecutionExtra> {
  return {
    parent: { executionId: executionIdOf(9), node: STRANGE, iteration: 2, item: 3 },
    rerunOf: executionIdOf(8),
    rerunFrom: 'a',
    labels: { [STRANGE]: STRANGE, empty: '' },
    priority: -100,
    concurrency: { key: 'a key', limit: 3 },
    overrides: { n: { text: STRANGE, list: [1, null, { deep: true }] } },
    signals: [{ name: STRANGE, seq: 4 }],
    schedule: 'nightly',
    graph: {
      turns: 2,
      messages: 4,
      totalTurns: 5,
      said: [2, 9],
      next: ['a', STRANGE],
      met: [1],
      stoppedBy: { node: STRANGE, iteration: 2 },
      pausedBy: 'max_turns',
      unsatisfied: [{ node: 'a', group: STRANGE, remaining: 1 }],
      late: [{ node: STRANGE, iteration: 2, fired: [0, 2] }],
    },
    usage: fullUsage(),
    limits: { costNanoUsd: 2 ** 52, tokens: 3, runMs: 4, sinceMs: AT_MS, pausedBy: 'max_cost_usd' },
  };
}

function fullUsage(): Usage {
  const used = { calls: 2, inputTokens: 3, outputTokens: 4, cachedInputTokens: 1, unpricedCalls: 1 };
  return { [STRANGE]: { ...used, costNanoUsd: 2 ** 53 - 1 } };
}
