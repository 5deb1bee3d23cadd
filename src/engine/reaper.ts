/**
 * Takes back leases that have expired. Not at once after the database was away: meanwhile nobody could extend a lease or
 * hand in a result, and those who live do so now.
 */
import { errorMessage } from '../errors.js';
import type { WorkDesk } from './work-desk.js';

/**
 * After the end of an outage of the database, leases that ended during it are not taken back for that long. Shorter:
 * workers that live lose what they did; longer: the work of dead ones waits. A heartbeat of the default lease fits into it.
 */
const AFTER_OUTAGE_MS = 11_000;
/** A database that answers after so long was away in between. */
const HUNG_MS = 2000;

export interface ReaperOptions {
  readonly workDesk: Pick<WorkDesk, 'findExpired' | 'reapExpired'>;
  readonly nowMs: () => number;
  /** The store is a database, which can be away. */
  readonly isDatabase: boolean;
  /** For people: the database is away, or back. */
  readonly onWarning: ((text: string) => void) | undefined;
}

export class Reaper {
  private storeIsAway = false;
  /** On the monotonic clock. */
  private afterMs = 0;

  constructor(private readonly options: ReaperOptions) {}

  /** How long no lease is taken back, in milliseconds; 0 or less: none waits for that. */
  get pauseMs(): number {
    return this.afterMs - performance.now();
  }

  async reapExpired(): Promise<void> {
    if (this.pauseMs > 0) return;
    const { workDesk, nowMs, isDatabase } = this.options;
    const askedMs = performance.now();
    try {
      const expired = await workDesk.findExpired(nowMs());
      const answeredMs = performance.now();
      // The time begins when the database is back, and not when it went; the question may be one from before.
      const hung = isDatabase && answeredMs - askedMs > HUNG_MS;
      if (this.storeIsAway || hung) this.afterMs = answeredMs + AFTER_OUTAGE_MS;
      if (answeredMs >= this.afterMs) await workDesk.reapExpired(expired);
      this.tell(undefined);
    } catch (error) {
      this.tell(error);
      throw error;
    }
  }

  private tell(problem: unknown): void {
    const isAway = problem !== undefined;
    if (isAway === this.storeIsAway) return;
    this.storeIsAway = isAway;
    const text = isAway ? `${errorMessage(problem)}; work goes on when it is back` : 'the database answers again';
    this.options.onWarning?.(text);
  }
}
