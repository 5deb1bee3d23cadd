/** How a client behaves that may repeat its calls: it waits for a server, and takes no for an answer only once. */
import { setTimeout as pause } from 'node:timers/promises';
import { NexumError } from '../../src/errors.js';

/** What a caller may hear while servers, or the database behind them, come and go. Everything else is a defect. */
const AWAY: ReadonlySet<string> = new Set(['SERVER_UNREACHABLE', 'SERVER_STOPPING', 'STORE_UNAVAILABLE']);
const PAUSE_MS = 50;

export class Patience {
  /** How often a caller had to repeat its call, by the code that it heard. */
  readonly heard = new Map<string, number>();

  constructor(private readonly deadlineMs: number) {}

  /** Repeats the call until it is answered. @throws whatever is no reason to repeat it */
  async call<T>(work: () => Promise<T>): Promise<T> {
    const endMs = Date.now() + this.deadlineMs;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof NexumError) || !AWAY.has(error.code) || Date.now() > endMs) throw error;
        this.heard.set(error.code, (this.heard.get(error.code) ?? 0) + 1);
        await pause(PAUSE_MS);
      }
    }
  }
}

/** Runs all of it, so many at once; the results in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
