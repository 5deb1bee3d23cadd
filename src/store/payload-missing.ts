/** Payloads that a store did not load in advance: they are asked for when a decision turns out to need them. */
import type { StoreTransaction } from './store.js';

/** Thrown by `payload` and `preload` of a loaded execution; `readPayloads` of its transaction brings them. */
export class PayloadMissing extends Error {
  override readonly name = 'PayloadMissing';

  constructor(
    readonly executionId: string,
    /** Of the events that hold them. */
    readonly seqs: readonly number[],
  ) {
    super(`payloads of ${executionId} are not in memory: events ${seqs.slice(0, 10).join(', ')}`);
  }
}

/** Runs `work` again after everything that it missed; so it must change nothing before it has read everything. */
export async function withPayloads<T>(transaction: Pick<StoreTransaction, 'readPayloads'>, work: () => T): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PayloadMissing)) throw error;
      await transaction.readPayloads(error);
    }
  }
}
