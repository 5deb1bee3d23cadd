/** A payload that a store did not load in advance: it is asked for when a decision turns out to need it. */
import type { StoreTransaction } from './store.js';

/** Thrown by `output()` and `input()` of a loaded execution; `readPayload` of its transaction brings the payload. */
export class PayloadMissing extends Error {
  override readonly name = 'PayloadMissing';

  constructor(
    readonly executionId: string,
    /** Of the event that holds it. */
    readonly seq: number,
  ) {
    super(`the payload of event ${seq} of ${executionId} is not in memory`);
  }
}

/** Runs `work` again after every payload that it missed; so it must change nothing before it has read everything. */
export async function withPayloads<T>(transaction: Pick<StoreTransaction, 'readPayload'>, work: () => T): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PayloadMissing)) throw error;
      await transaction.readPayload(error);
    }
  }
}
