/**
 * The clock of the database, without asking it each time: its distance from the monotonic clock of this process, measured
 * again and again. The wall clock of this machine may be wrong, or jump; it plays no part.
 */

/** Half of a round trip is the error of a measurement: a slow one is worse than the last good one. In milliseconds. */
const GOOD_ROUND_TRIP_MS = 50;
/** After that long even a bad measurement is better than an old one. In milliseconds. */
const MAX_AGE_MS = 60_000;

export class SharedClock {
  private offsetMs: number | undefined;
  private measuredAtMs = -Infinity;

  /** Epoch milliseconds. */
  nowMs(): number {
    return Math.floor(performance.now() + (this.offsetMs ?? performance.timeOrigin));
  }

  /** @param ask returns the epoch milliseconds of the database, as of now */
  async measure(ask: () => Promise<number>): Promise<void> {
    const beforeMs = performance.now();
    const databaseMs = await ask();
    const afterMs = performance.now();
    const good = afterMs - beforeMs <= GOOD_ROUND_TRIP_MS || afterMs - this.measuredAtMs > MAX_AGE_MS;
    if (!good && this.offsetMs !== undefined) return;
    this.offsetMs = databaseMs - (beforeMs + afterMs) / 2;
    this.measuredAtMs = afterMs;
  }
}
