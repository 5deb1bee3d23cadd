/** What an event asks for in another execution, when it cannot be done at once. */
import { expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/core/event.js';
import { Consequences, type ConsequencesOptions } from '../../../src/engine/consequences.js';
import { nexumError } from '../../../src/errors.js';
import type { OutboxRef } from '../../../src/store/store.js';

const EVENT: ExecutionEvent = {
  executionId: 'exec-1',
  seq: 3,
  atMs: 1000,
  kind: 'node_waiting',
  node: 'call',
  iteration: 1,
  waitsFor: 'child',
  child: 'exec-2',
  childWorkflowId: 'child',
  payload: '{"n":1}',
};

it('stays in the outbox when the disk is full, is done at the next look, and leaves it then', async () => {
  const starts: unknown[] = [];
  const settled: unknown[] = [];
  const troubles: unknown[] = [];
  let isFull = true;
  const options = {
    store: {
      listOutbox: (beforeMs: number) => Promise.resolve(EVENT.atMs <= beforeMs && settled.length === 0 ? [EVENT] : []),
      listEvents: () => Promise.resolve([EVENT]),
    },
    loop: {
      read: (work: () => Promise<unknown>) => work(),
      settleOutbox: (ref: unknown) => settled.push(ref),
    },
    submissions: {
      start: (order: unknown) => {
        if (isFull) return Promise.reject(nexumError('STORE_FULL', 'the disk is full'));
        starts.push(order);
        return Promise.resolve({});
      },
    },
    queries: { findRecord: () => Promise.resolve(undefined) },
    onTrouble: () => troubles.push(1),
  };
  const consequences = new Consequences(options as unknown as ConsequencesOptions);
  consequences.committed([EVENT], () => undefined);
  await expect.poll(() => troubles.length).toBe(1);
  expect(settled).toEqual([]);
  isFull = false;
  // The engine looks again a second later, and nobody else would: it must not be too young then.
  await consequences.recover(EVENT.atMs + 1000);
  await expect.poll(() => settled).toEqual([{ executionId: 'exec-1', seq: 3 }]);
  expect(starts).toMatchObject([{ executionId: 'exec-2', idempotencyKey: 'child:exec-2', inputJson: '{"n":1}' }]);
  await consequences.recover(EVENT.atMs + 2000);
  expect(starts).toHaveLength(1);
});

it('takes up every event of one execution that an earlier process left', async () => {
  const second: ExecutionEvent = { ...EVENT, seq: 4, node: 'other', child: 'exec-3' };
  const starts: string[] = [];
  const settled: unknown[] = [];
  const options = {
    store: {
      listOutbox: () => Promise.resolve([EVENT, second]),
      listEvents: (_id: string, afterSeq: number) => Promise.resolve(afterSeq < 3 ? [EVENT] : [second]),
    },
    loop: { read: (work: () => Promise<unknown>) => work(), settleOutbox: (ref: unknown) => settled.push(ref) },
    submissions: {
      start: (order: { executionId: string }) => {
        starts.push(order.executionId);
        return Promise.resolve({});
      },
    },
    queries: { findRecord: () => Promise.resolve(undefined) },
    onTrouble: () => undefined,
  };
  await new Consequences(options as unknown as ConsequencesOptions).recover(EVENT.atMs);
  await expect.poll(() => settled).toHaveLength(2);
  expect(starts).toEqual(['exec-2', 'exec-3']);
});

it('is not done again by a look between being done and leaving the outbox', async () => {
  let starts = 0;
  const done: OutboxRef[] = [];
  const options = {
    store: { listOutbox: () => Promise.resolve([EVENT]), listEvents: () => Promise.resolve([EVENT]) },
    loop: { read: (work: () => Promise<unknown>) => work(), settleOutbox: (ref: OutboxRef) => done.push(ref) },
    submissions: { start: () => Promise.resolve({ starts: (starts += 1) }) },
    queries: { findRecord: () => Promise.resolve(undefined) },
    onTrouble: () => undefined,
  };
  const consequences = new Consequences(options as unknown as ConsequencesOptions);
  consequences.committed([EVENT], () => undefined);
  await expect.poll(() => done).toHaveLength(1);
  await consequences.recover(EVENT.atMs);
  expect(starts).toBe(1);
  // Once it was said to have left, whoever finds it there again has to do it.
  consequences.settled(done);
  await consequences.recover(EVENT.atMs);
  await expect.poll(() => starts).toBe(2);
});
