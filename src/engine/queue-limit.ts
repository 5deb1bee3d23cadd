/**
 * Refuses starts while too much waits for workers. Counting what waits costs something, so it is counted at most once a
 * second, only while starts come in, and starts that were accepted since are added. Another server's starts show with the
 * next count: the limit is kept within what all servers start in about a second.
 */
import { INTERNAL_PREFIX } from '../core/ids.js';
import { nexumError } from '../errors.js';
import type { Outcome } from './pending.js';
import type { StartOrder, Submissions } from './submissions.js';

/** Between two counts; in milliseconds. */
const COUNT_MS = 1000;
/** A count that takes long is repeated that many times its own length later at the earliest. */
const REST = 20;

/** Nodes that wait for a worker, unless somebody says otherwise. */
const DEFAULT_MAX_QUEUE = 1_000_000;

type Settle = (outcome: Outcome | Error) => void;

export interface QueueLimitOptions {
  readonly submissions: Submissions;
  /** Nodes of pipelines that wait for a worker at most; 0: no limit; default 1,000,000. */
  readonly maxQueue: number | undefined;
  /** Counts them between two batches: what was accepted before is either committed or still pending then. */
  readonly count: (read: () => void) => Promise<number>;
}

export class QueueLimit {
  /** Starts that this server has refused. */
  refused = 0;
  private counted = 0;
  /** Accepted, and not in the count. */
  private since = 0;
  /** Accepted, and not yet committed. */
  private pending = 0;
  /** On the monotonic clock. */
  private countAfterMs = 0;
  private counting: Promise<void> | undefined;
  private readonly maxQueue: number;

  constructor(private readonly options: QueueLimitOptions) {
    this.maxQueue = options.maxQueue ?? DEFAULT_MAX_QUEUE;
  }

  /** For starts of clients. Children and durable calls belong to executions under way, and are never refused. */
  pushStart(order: StartOrder, settle: Settle): void {
    const { submissions } = this.options;
    const belongs = order.claim !== undefined || order.workflowId.startsWith(INTERNAL_PREFIX);
    if (this.maxQueue === 0 || belongs) {
      submissions.pushStart(order, settle);
      return;
    }
    const isOld = performance.now() >= this.countAfterMs;
    if (isOld) this.recount();
    // An old count may be far too high: work goes on while nobody counts.
    if (isOld && this.isFull && this.counting) void this.counting.then(() => this.decide(order, settle));
    else this.decide(order, settle);
  }

  async start(order: StartOrder): Promise<Outcome> {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      this.pushStart(order, (result) => (result instanceof Error ? reject(result) : resolve(result)));
    });
    if (!outcome.reply.ok) throw nexumError(outcome.reply.code, outcome.reply.message);
    return outcome;
  }

  private get isFull(): boolean {
    return this.counted + this.since >= this.maxQueue;
  }

  private decide(order: StartOrder, settle: Settle): void {
    const { maxQueue } = this;
    if (this.isFull) {
      this.refused += 1;
      settle(
        nexumError('QUEUE_FULL', `${this.counted + this.since} nodes wait for a worker; the limit is ${maxQueue}`),
      );
      return;
    }
    this.since += 1;
    this.pending += 1;
    this.options.submissions.pushStart(order, (outcome) => {
      this.pending -= 1;
      settle(outcome);
    });
  }

  private recount(): void {
    this.counting ??= this.count()
      // Without a count the last one stands; the start itself will say what is wrong with the store.
      .catch(() => undefined)
      .finally(() => {
        this.counting = undefined;
      });
  }

  private async count(): Promise<void> {
    const begunMs = performance.now();
    try {
      let covered = 0;
      const counted = await this.options.count(() => {
        covered = this.since - this.pending;
      });
      this.counted = counted;
      this.since -= covered;
    } finally {
      const now = performance.now();
      this.countAfterMs = now + Math.max(COUNT_MS, REST * (now - begunMs));
    }
  }
}
