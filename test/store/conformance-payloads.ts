/** What every store must do with payloads, however large: further cases of conformance.ts. */
import { expect } from 'vitest';
import type { Changes } from '../../src/core/transition.js';
import { MAX_INLINE_BYTES } from '../../src/store/blob.js';
import { PAGE_BYTES } from '../../src/store/event-page.js';
import type { Store } from '../../src/store/store.js';
import {
  activationOf,
  changesOf,
  completedOf,
  executionIdOf,
  executionOf,
  newExecution,
  read,
  write,
} from '../support/store-records.js';
import type { ConformanceCase } from './conformance-case.js';

/** JSON text of this many bytes. */
function textOf(bytes: number, letter = 'x'): string {
  return JSON.stringify(letter.repeat(bytes - 2));
}

const LARGE = textOf(3 * MAX_INLINE_BYTES);

/** The outputs of further nodes of an execution whose start is event 1. */
function outputs(index: number, payloads: readonly string[]): Changes {
  return changesOf({
    execution: executionOf(index, { lastSeq: payloads.length + 1, open: 1 }),
    activations: payloads.map((_payload, place) =>
      activationOf(index, { node: `n${place}`, status: 'COMPLETED', outputSeq: place + 2 }),
    ),
    events: payloads.map((payload, place) => completedOf(index, place + 2, payload, `n${place}`)),
  });
}

async function payloadsOf(store: Store, index: number, afterSeq = 0, limit = 100): Promise<unknown[]> {
  const events = await store.listEvents(executionIdOf(index), afterSeq, limit);
  return events.map((event) => ('payload' in event ? event.payload : undefined));
}

export const PAYLOAD_CONFORMANCE: readonly ConformanceCase[] = [
  {
    name: 'payloads of every size come back byte for byte, in memory, as events, and after the store was opened again',
    run: async (store, reopen) => {
      const payloads = [
        textOf(MAX_INLINE_BYTES),
        textOf(MAX_INLINE_BYTES + 1),
        LARGE,
        JSON.stringify('ü😀'.repeat(MAX_INLINE_BYTES / 3)),
        `{"hash":"${'0'.repeat(64)}", "n":9007199254740993,"n":1e400,"half":"\\ud800","nul":"\\u0000"}`,
      ];
      await write(store, newExecution(1, { payload: LARGE }), outputs(1, payloads));
      expect(await payloadsOf(store, 1)).toEqual([LARGE, ...payloads]);
      const again = await reopen();
      expect(await payloadsOf(again, 1)).toEqual([LARGE, ...payloads]);
      expect(await read(again, 1)).toMatchObject({ input: LARGE, outputs: payloads });
    },
  },
  {
    name: 'one content in many places is the same everywhere: two outputs, two executions, a later transaction',
    run: async (store, reopen) => {
      await write(store, newExecution(1, { payload: LARGE }), newExecution(2, { payload: LARGE }));
      await write(store, outputs(1, [LARGE, LARGE]));
      const again = await reopen();
      expect(await payloadsOf(again, 1)).toEqual([LARGE, LARGE, LARGE]);
      expect(await payloadsOf(again, 2)).toEqual([LARGE]);
    },
  },
  {
    name: 'S1: an error undoes a large payload too, and the same one can be written afterwards',
    run: async (store) => {
      const broken = store.transact(async (transaction) => {
        const [stored] = await transaction.create([executionIdOf(1)]);
        const changes = newExecution(1, { payload: LARGE });
        stored?.apply(changes);
        await transaction.apply([changes]);
        throw new Error('after it was written');
      });
      await expect(broken).rejects.toThrow('after it was written');
      expect(await payloadsOf(store, 1)).toEqual([]);
      await write(store, newExecution(1, { payload: LARGE }));
      expect(await payloadsOf(store, 1)).toEqual([LARGE]);
    },
  },
  {
    name: 'a page of events ends with the one that makes it large, and is never empty while there is one',
    run: async (store) => {
      const half = textOf(PAGE_BYTES / 2);
      const whole = textOf(PAGE_BYTES, 'y');
      await write(store, newExecution(1, { payload: '1' }), outputs(1, [half, half, whole, '2', '3']));
      const seqs = async (afterSeq: number, limit: number): Promise<number[]> =>
        (await store.listEvents(executionIdOf(1), afterSeq, limit)).map(({ seq }) => seq);
      expect(await seqs(0, 100)).toEqual([1, 2, 3]);
      expect(await seqs(1, 1)).toEqual([2]);
      expect(await seqs(2, 100)).toEqual([3, 4]);
      expect(await seqs(3, 100)).toEqual([4]);
      expect(await seqs(4, 100)).toEqual([5, 6]);
      expect(await seqs(6, 100)).toEqual([]);
    },
  },
];
