/** Durable calls in every store: how they are listed, and which of them can be forgotten. */
import { expect } from 'vitest';
import type { ActivationRecord, ExecutionRecord } from '../../src/core/execution.js';
import type { Changes } from '../../src/core/transition.js';
import {
  activationOf,
  AT_MS,
  changesOf,
  completedOf,
  executionIdOf,
  executionOf,
  leasedOf,
  startedOf,
  write,
} from '../support/store-records.js';
import type { ConformanceCase } from './conformance-case.js';

type Fields = Partial<ExecutionRecord>;

function callOf(
  index: number,
  key: string,
  execution: Fields = {},
  activation: Partial<ActivationRecord> = {},
): Changes {
  const fields = { workflowId: 'nexum.call', idempotencyKey: key, requestHash: 'r', ...execution };
  return changesOf({
    execution: executionOf(index, fields),
    activations: [activationOf(index, { handler: 'nexum.call', ...activation })],
    events: [startedOf(index)],
  });
}

/** COMPLETED with this result. */
function storedOf(index: number, key: string, result = '"out"', execution: Fields = {}): Changes {
  const ended = { status: 'COMPLETED', open: 0, lastSeq: 2, finishedAtMs: AT_MS, ...execution } as const;
  const { events, ...changes } = callOf(index, key, ended, { status: 'COMPLETED', outputSeq: 2 });
  return { ...changes, events: [...events, completedOf(index, 2, result)] };
}

const ids = (...indexes: number[]): string[] => indexes.map(executionIdOf);

export const CALLS_CONFORMANCE: readonly ConformanceCase[] = [
  {
    name: 'calls of a session are listed oldest first, by pages, with their node and the bytes of their result',
    run: async (store) => {
      const large = JSON.stringify('ä'.repeat(200_000));
      await write(
        store,
        storedOf(1, 's/c', large),
        storedOf(2, 's2/a'),
        callOf(
          3,
          's/a@2#7',
          {},
          { status: 'LEASED', nonce: 'n', workerId: 'w1', leaseMs: 1, leaseExpiresAtMs: AT_MS, attempt: 3 },
        ),
        storedOf(4, 's/b', '"ä"'),
        storedOf(5, 's/x', '1', { workflowId: 'pipeline' }),
      );
      const all = await store.listCalls({ session: 's', limit: 10 });
      expect(all.map(({ execution }) => execution.executionId)).toEqual(ids(1, 3, 4));
      expect(all.map(({ resultBytes }) => resultBytes)).toEqual([400_002, 0, 4]);
      expect(all[1]).toMatchObject({
        execution: { idempotencyKey: 's/a@2#7', status: 'RUNNING' },
        activation: { status: 'LEASED', attempt: 3, workerId: 'w1' },
      });
      const first = await store.listCalls({ session: 's', limit: 2 });
      expect(first).toEqual(all.slice(0, 2));
      const next = await store.listCalls({ session: 's', limit: 2, afterExecutionId: executionIdOf(3) });
      expect(next).toEqual(all.slice(2));
      expect(await store.listCalls({ session: 'none', limit: 2 })).toEqual([]);
    },
  },
  {
    name: 'the session of an activation is listed by its name, which has a slash',
    run: async (store) => {
      const session = `${executionIdOf(9)}/agent#1`;
      await write(store, storedOf(1, `${session}/a`), storedOf(2, `${executionIdOf(9)}/agent#2/a`));
      const calls = await store.listCalls({ session, limit: 10 });
      expect(calls.map(({ execution }) => execution.executionId)).toEqual(ids(1));
    },
  },
  {
    name: 'sessions are listed by name, by pages, without those of activations and without plain keys',
    run: async (store) => {
      await write(
        store,
        storedOf(1, 'b/1'),
        storedOf(2, `${executionIdOf(9)}/agent#1/a`),
        callOf(3, 'b/2'),
        storedOf(4, 'Z/1'),
        storedOf(5, 'exed/1'),
        storedOf(6, `${executionIdOf(8)}/agent#1/a`),
        storedOf(7, 'c/1', '1', { workflowId: 'pipeline' }),
      );
      const expected = [
        { session: 'Z', calls: 1, newestAtMs: AT_MS + 4 },
        { session: 'b', calls: 2, newestAtMs: AT_MS + 3 },
        { session: 'exed', calls: 1, newestAtMs: AT_MS + 5 },
      ];
      expect(await store.listSessions('', 10)).toEqual(expected);
      expect(await store.listSessions('', 2)).toEqual(expected.slice(0, 2));
      expect(await store.listSessions('b', 2)).toEqual(expected.slice(2));
    },
  },
  {
    name: 'G1: forgotten is what has ended and what waits for a caller, never what somebody is at',
    run: async (store, reopen) => {
      const remote = { workflowId: 'nexum.remote' };
      await write(
        store,
        storedOf(1, 's/1'),
        callOf(2, 's/2'),
        callOf(3, 's/3', {}, leasedOf(3)),
        callOf(4, 's/4', remote),
        storedOf(5, 's/5', '1', remote),
        storedOf(6, 's/6', '1', { workflowId: 'pipeline' }),
        callOf(7, 's/7', { status: 'CANCELLED', open: 0 }, { status: 'CANCELLED' }),
      );
      const gone = await store.forgetCalls([...ids(1, 2, 3, 4, 5, 6, 7), executionIdOf(99)]);
      expect([...gone].sort()).toEqual(ids(1, 2, 5, 7));
      const reopened = await reopen();
      const left = await reopened.listExecutions({ limit: 10 });
      expect(left.map(({ executionId }) => executionId)).toEqual(ids(6, 4, 3));
      expect(await reopened.listEvents(executionIdOf(1), 0, 10)).toEqual([]);
      expect(await reopened.forgetCalls(ids(1))).toEqual([]);
    },
  },
  {
    name: 'the key of a forgotten call may be used again, and a large result goes with it',
    run: async (store) => {
      const large = JSON.stringify('x'.repeat(300_000));
      await write(store, storedOf(1, 's/1', large));
      await store.forgetCalls(ids(1));
      const found = await store.transact((transaction) => transaction.findByIdempotencyKeys(['s/1']));
      expect(found).toEqual(new Map());
      await write(store, storedOf(2, 's/1', large));
      const [call] = await store.listCalls({ session: 's', limit: 10 });
      expect(call).toMatchObject({ execution: { executionId: executionIdOf(2) }, resultBytes: 300_002 });
    },
  },
];
