/** What a purge of every store deletes, and what it keeps. */
import { expect } from 'vitest';
import type { ActivationRecord, ExecutionRecord } from '../../src/core/execution.js';
import type { Changes } from '../../src/core/transition.js';
import type { PurgeFilter, Store } from '../../src/store/store.js';
import {
  activationOf,
  AT_MS,
  changesOf,
  completedOf,
  executionIdOf,
  executionOf,
  leasedOf,
  read,
  startedOf,
  write,
} from '../support/store-records.js';
import type { ConformanceCase } from './conformance-case.js';

const RETENTION: PurgeFilter = { nowMs: AT_MS + 1000, limit: 100, dryRun: false };
const BY_AGE: PurgeFilter = { ...RETENTION, finishedBeforeMs: AT_MS + 100 };

/** COMPLETED long ago, with an activation, a join and two events. */
function ended(
  index: number,
  execution: Partial<ExecutionRecord> = {},
  activation: Partial<ActivationRecord> = {},
): Changes {
  return changesOf({
    execution: executionOf(index, { status: 'COMPLETED', open: 0, lastSeq: 2, finishedAtMs: AT_MS, ...execution }),
    activations: [activationOf(index, { status: 'COMPLETED', outputSeq: 2, ...activation })],
    joins: [{ executionId: executionIdOf(index), target: 'j', group: 'j', remaining: 0, taken: 2 }],
    events: [startedOf(index), completedOf(index, 2, '"out"')],
  });
}

/** Ended, and its retention is over at `AT_MS + at`. */
function due(index: number, at: number, execution: Partial<ExecutionRecord> = {}): Changes {
  return ended(index, { purgeAtMs: AT_MS + at, ...execution });
}

/** The only call of a session of execution `owner`. */
function callOf(index: number, owner: number, execution: Partial<ExecutionRecord> = {}): Changes {
  return ended(index, {
    workflowId: 'nexum.call',
    idempotencyKey: `${executionIdOf(owner)}/agent#1/${index}`,
    requestHash: 'r',
    ...execution,
  });
}

/** Purges until nothing is left, and returns what went. */
async function purgeAll(store: Store, filter: PurgeFilter): Promise<string[]> {
  const gone: string[] = [];
  let afterExecutionId: string | undefined;
  for (;;) {
    const purged = await store.purge({ ...filter, ...(afterExecutionId === undefined ? {} : { afterExecutionId }) });
    expect(purged.executionIds.length).toBeLessThanOrEqual(filter.limit);
    gone.push(...purged.executionIds);
    afterExecutionId = purged.lastExecutionId;
    if (!purged.more) return gone;
  }
}

const ids = (...indexes: number[]): string[] => indexes.map(executionIdOf);

export const PURGE_CONFORMANCE: readonly ConformanceCase[] = [
  {
    name: 'a purge deletes everything of an execution, and the others stay as they are',
    run: async (store, reopen) => {
      await write(store, due(1, 0, { idempotencyKey: 'k', requestHash: 'r' }), ended(2));
      const kept = await read(store, 2);
      expect(await store.purge(RETENTION)).toMatchObject({ executionIds: ids(1), more: false });
      const check = async (one: Store): Promise<void> => {
        expect(await one.findExecution(executionIdOf(1))).toBeUndefined();
        expect(await one.listEvents(executionIdOf(1), 0, 10)).toEqual([]);
        expect(await one.listActivations(executionIdOf(1))).toEqual([]);
        expect(await one.listExecutions({ limit: 10 })).toHaveLength(1);
        expect(await read(one, 2)).toEqual(kept);
        expect(await one.listEvents(executionIdOf(2), 0, 10)).toHaveLength(2);
      };
      await check(store);
      await check(await reopen());
    },
  },
  {
    name: 'large payloads go with the last execution that has them',
    run: async (store) => {
      const large = JSON.stringify('x'.repeat(300_000));
      const withLarge = (index: number, at: number): Changes => ({
        ...due(index, at),
        events: [startedOf(index, large), completedOf(index, 2, large)],
      });
      await write(store, withLarge(1, 0), withLarge(2, 5000), withLarge(3, 0));
      expect(await purgeAll(store, RETENTION)).toEqual(ids(1, 3));
      expect(await read(store, 2)).toMatchObject({ input: large, outputs: [large] });
      expect(await purgeAll(store, { ...RETENTION, nowMs: AT_MS + 5000 })).toEqual(ids(2));
    },
  },
  {
    name: 'the idempotency key of a purged execution may be used again',
    run: async (store) => {
      const key = { idempotencyKey: 'k', requestHash: 'r' };
      await write(store, due(1, 0, key));
      await store.purge(RETENTION);
      expect(await store.transact((transaction) => transaction.findByIdempotencyKeys(['k']))).toEqual(new Map());
      await write(store, ended(2, key));
      const found = await store.transact((transaction) => transaction.findByIdempotencyKeys(['k']));
      expect(found).toEqual(new Map([['k', executionIdOf(2)]]));
    },
  },
  {
    name: 'by retention: only what is due, the longest due first, and never what has no retention',
    run: async (store) => {
      await write(store, due(1, 30), due(2, 10), due(3, 20), due(4, 2000), ended(5));
      expect((await store.purge({ ...RETENTION, limit: 2 })).executionIds).toEqual(ids(2, 3));
      expect(await purgeAll(store, { ...RETENTION, limit: 1 })).toEqual(ids(1));
      expect((await store.listExecutions({ limit: 10 })).map(({ executionId }) => executionId)).toEqual(ids(5, 4));
    },
  },
  {
    name: 'by age: what ended before, in the order of the ids, retention or not',
    run: async (store) => {
      await write(store, ended(3), due(1, 5000), ended(2, { finishedAtMs: AT_MS + 100 }), ended(4));
      expect(await purgeAll(store, { ...BY_AGE, limit: 1 })).toEqual(ids(1, 3, 4));
    },
  },
  {
    name: 'only of a workflow, only with a status',
    run: async (store) => {
      const failed = { status: 'FAILED', error: { code: 'X', message: 'x' } } as const;
      await write(store, ended(1, { workflowId: 'other' }), ended(2), ended(3, failed), due(4, 0), due(5, 0, failed));
      expect(await purgeAll(store, { ...BY_AGE, workflowId: 'other' })).toEqual(ids(1));
      expect(await purgeAll(store, { ...RETENTION, statuses: ['FAILED'] })).toEqual(ids(5));
      expect(await purgeAll(store, { ...BY_AGE, statuses: ['FAILED', 'CANCELLED'] })).toEqual(ids(3));
      expect(await purgeAll(store, BY_AGE)).toEqual(ids(2, 4));
    },
  },
  {
    name: 'a dry run says the same and deletes nothing',
    run: async (store) => {
      await write(store, due(1, 2), due(2, 1), due(3, 3), callOf(4, 1));
      expect(await purgeAll(store, { ...RETENTION, limit: 1, dryRun: true })).toEqual(ids(2, 1, 3));
      expect(await purgeAll(store, { ...BY_AGE, limit: 1, dryRun: true })).toEqual(ids(1, 2, 3));
      expect(await purgeAll(store, RETENTION)).toEqual(ids(2, 1, 3));
      expect(await store.listExecutions({ limit: 10 })).toEqual([]);
    },
  },
  {
    name: 'what has not ended is never purged, nor what failed while something of it is still leased',
    run: async (store) => {
      const open = (index: number, status: ExecutionRecord['status']): Changes =>
        changesOf({
          execution: executionOf(index, { status, purgeAtMs: AT_MS, finishedAtMs: AT_MS }),
          activations: [leasedOf(index)],
          events: [startedOf(index)],
        });
      await write(store, open(1, 'RUNNING'), open(2, 'PAUSED'), open(3, 'FAILED'), open(4, 'WAITING'));
      expect(await purgeAll(store, RETENTION)).toEqual([]);
      expect(await purgeAll(store, BY_AGE)).toEqual([]);
    },
  },
  {
    name: 'an execution stays while its parent or a child is open, and goes when they have ended',
    run: async (store) => {
      const extra = { parent: { executionId: executionIdOf(1), node: 'a', iteration: 1 } };
      const parent = (status: 'RUNNING' | 'FAILED', fields: Partial<ActivationRecord>): Changes =>
        changesOf({
          execution: executionOf(1, { status, ...(status === 'FAILED' ? { open: 0, purgeAtMs: AT_MS } : {}) }),
          activations: [activationOf(1, { ...fields, detail: { child: executionIdOf(3) } })],
        });
      const retried = changesOf({
        execution: executionOf(3, { extra }),
        activations: [leasedOf(3)],
        events: [startedOf(3)],
      });
      const waiting = parent('RUNNING', { status: 'WAITING', waitsFor: 'child' });
      await write(store, { ...waiting, events: [startedOf(1)] }, due(2, 0, { extra }), retried);
      expect(await purgeAll(store, RETENTION)).toEqual([]);
      await write(store, parent('FAILED', { status: 'FAILED' }));
      expect(await purgeAll(store, RETENTION)).toEqual(ids(2));
      await write(
        store,
        changesOf({
          execution: executionOf(3, { status: 'CANCELLED', open: 0, extra }),
          activations: [activationOf(3, { status: 'CANCELLED' })],
        }),
      );
      expect(await purgeAll(store, RETENTION)).toEqual(ids(1));
    },
  },
  {
    name: 'an execution stays while a consequence of it was not carried out',
    run: async (store) => {
      await write(store, { ...due(1, 0), outbox: [2] });
      expect(await purgeAll(store, RETENTION)).toEqual([]);
      await store.transact((transaction) => transaction.settleOutbox([{ executionId: executionIdOf(1), seq: 2 }]));
      expect(await purgeAll(store, RETENTION)).toEqual(ids(1));
    },
  },
  {
    name: 'D1: durable calls go with the execution that made them, ended or not, and never before it',
    run: async (store) => {
      const abandoned = changesOf({
        execution: executionOf(5, {
          workflowId: 'nexum.call',
          idempotencyKey: `${executionIdOf(1)}/agent#1/5`,
          requestHash: 'r',
        }),
        activations: [activationOf(5, { handler: 'nexum.call' })],
        events: [startedOf(5)],
      });
      const own = { idempotencyKey: `${executionIdOf(1)}/mine`, requestHash: 'r' };
      await write(store, due(1, 0), ended(2), callOf(3, 1), callOf(4, 2), abandoned, ended(6, own));
      expect(await purgeAll(store, { ...BY_AGE, workflowId: 'nexum.call' })).toEqual([]);
      expect(await purgeAll(store, RETENTION)).toEqual(ids(1));
      expect((await store.listExecutions({ limit: 10 })).map(({ executionId }) => executionId)).toEqual(ids(6, 4, 2));
      expect((await read(store, 5)).execution).toBeUndefined();
    },
  },
  {
    name: 'D1: calls of an execution that does not exist any more go by their age',
    run: async (store) => {
      await write(
        store,
        callOf(1, 99),
        ended(2, { workflowId: 'nexum.call', idempotencyKey: 'mine/x', requestHash: 'r' }),
      );
      expect(await purgeAll(store, RETENTION)).toEqual([]);
      expect(await purgeAll(store, BY_AGE)).toEqual(ids(1, 2));
    },
  },
];
