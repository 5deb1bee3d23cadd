/** Deletes what has ended: on demand, and by itself what has been kept for as long as its pipeline says. */
import { isClosed } from '../core/execution.js';
import { nexumError } from '../errors.js';
import type { PurgeFilter, Purged, Store } from '../store/store.js';
import type { CommitLoop } from './commit-loop.js';
import type { EngineCalls } from './engine-port.js';

/** How late the end of a retention may be noticed; in milliseconds. Each look is one search in an index. */
const SWEEP_MS = 60_000;
/** Executions of one transaction at most. More would make commands wait: one takes about as long as a batch. */
const MAX_EXECUTIONS = 100;

export class Purger {
  /** Executions that this server has deleted. */
  purged = 0;
  private timer: NodeJS.Timeout | undefined;
  private sweeping = false;
  private stopped = false;

  constructor(
    private readonly store: Store,
    private readonly loop: CommitLoop,
    private readonly nowMs: () => number,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
    void this.sweep();
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** One small transaction's worth. @throws NexumError INVALID_REQUEST when asked for what has not ended */
  async purge(request: EngineCalls['purge']['args']): Promise<EngineCalls['purge']['result']> {
    const open = request.statuses?.find((status) => !isClosed(status));
    if (open !== undefined)
      throw nexumError('INVALID_REQUEST', `${open} executions are never purged: only COMPLETED, FAILED or CANCELLED`);
    const limit = request.limit > 0 ? Math.min(request.limit, MAX_EXECUTIONS) : MAX_EXECUTIONS;
    const { executionIds, ...rest } = await this.run({ ...request, nowMs: this.nowMs(), limit });
    return { purged: executionIds.length, ...rest };
  }

  /** Until nothing is due, one transaction after the other: commands run in between. */
  private async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      let after: string | undefined;
      for (let more = true; more && !this.stopped;) {
        const from = after === undefined ? {} : { afterExecutionId: after };
        const purged = await this.run({ nowMs: this.nowMs(), limit: MAX_EXECUTIONS, dryRun: false, ...from });
        ({ more, lastExecutionId: after } = purged);
      }
    } catch {
      // The database is away, or another server holds what is due: the next sweep is soon enough.
    } finally {
      this.sweeping = false;
    }
  }

  private async run(filter: PurgeFilter): Promise<Purged> {
    const purged = await this.loop.read(() => this.store.purge(filter));
    if (!filter.dryRun) this.purged += purged.executionIds.length;
    return purged;
  }
}
