/** One timer for everything that becomes due: leases that expire, retries whose delay ends. Idle means no timer at all. */

/** Never fire more often than this, whatever the clock says: a due time that cannot be served must not spin. */
const MIN_DELAY_MS = 10;
/** setTimeout counts in 32 bits. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class DueTimer {
  private timer: NodeJS.Timeout | undefined;
  private atMs = Infinity;

  constructor(
    private readonly nowMs: () => number,
    private readonly onDue: () => void,
  ) {}

  /** Fires at `atMs` (epoch milliseconds), or earlier if something else asked for an earlier time. */
  at(atMs: number): void {
    if (atMs >= this.atMs) return;
    this.clear();
    this.atMs = atMs;
    const delayMs = Math.min(Math.max(atMs - this.nowMs(), MIN_DELAY_MS), MAX_DELAY_MS);
    this.timer = setTimeout(() => {
      this.atMs = Infinity;
      this.onDue();
    }, delayMs);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.atMs = Infinity;
  }
}
