/** When to beat: as often as the shortest lease needs it. */

/** Heartbeats per lease: two may be lost before the lease is. */
const BEATS_PER_LEASE = 3;

export interface HeldLease {
  readonly taskId: string;
  /** Its length in milliseconds. */
  readonly leaseMs: number;
}

/** One beat renews every lease. Nothing held means no timer at all. */
export class HeartbeatPace {
  private readonly leases = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  /** On the monotonic clock. */
  private dueMs = 0;

  /** @param beat gets everything that is held, and how long it is until the next beat in milliseconds */
  constructor(private readonly beat: (taskIds: readonly string[], intervalMs: number) => void) {}

  /** @param lateMs how long they have been held already */
  hold(leases: readonly HeldLease[], lateMs = 0): void {
    for (const { taskId, leaseMs } of leases) this.leases.set(taskId, leaseMs);
    if (leases.length > 0) this.beatWithin(Math.max(0, intervalOf(leases.map(({ leaseMs }) => leaseMs)) - lateMs));
  }

  drop(taskIds: readonly string[]): void {
    for (const taskId of taskIds) this.leases.delete(taskId);
  }

  private beatWithin(intervalMs: number): void {
    const dueMs = performance.now() + intervalMs;
    if (this.timer && this.dueMs <= dueMs) return;
    clearTimeout(this.timer);
    this.dueMs = dueMs;
    this.timer = setTimeout(() => this.fire(), intervalMs);
  }

  private fire(): void {
    this.timer = undefined;
    if (this.leases.size === 0) return;
    const intervalMs = intervalOf([...this.leases.values()]);
    this.beatWithin(intervalMs);
    this.beat([...this.leases.keys()], intervalMs);
  }
}

function intervalOf(leasesMs: readonly number[]): number {
  return leasesMs.reduce((shortest, leaseMs) => Math.min(shortest, leaseMs)) / BEATS_PER_LEASE;
}
