/** The crashes that `nexum agent` can be told to die of, so that people see what the next run reads back. */
import { armFailpoint } from '../../failpoint.js';
import type { CallWatcher, EndedCall, WatchedCall } from './watched-session.js';

export interface CrashOrder {
  readonly crashAfterCalls?: number;
  readonly crashPoint?: string;
}

/** Passes everything on, then dies after the ordered number of newly executed calls. Their commits are acknowledged. */
export class AgentCrash implements CallWatcher {
  readonly #order: CrashOrder;
  readonly #next: CallWatcher;
  readonly #kill: () => void;
  #executed = 0;

  constructor(order: CrashOrder, next: CallWatcher, kill: () => void = () => process.kill(process.pid, 'SIGKILL')) {
    this.#order = order;
    this.#next = next;
    this.#kill = kill;
  }

  /** Before the server of this process starts: its threads read the failpoint when they begin. */
  arm(): void {
    if (this.#order.crashPoint !== undefined) armFailpoint(this.#order.crashPoint);
  }

  submitted(call: WatchedCall): void {
    this.#next.submitted(call);
  }

  ended(call: EndedCall): void {
    this.#next.ended(call);
    if (call.outcome !== 'executed') return;
    this.#executed += 1;
    if (this.#executed === this.#order.crashAfterCalls) this.#kill();
  }

  /** Calls that this process ran and committed. */
  get executed(): number {
    return this.#executed;
  }

  /** What to say when the run has ended and nobody died; undefined when no crash was ordered. */
  get survived(): string | undefined {
    const { crashAfterCalls, crashPoint } = this.#order;
    if (crashAfterCalls !== undefined) {
      return `--crash-after-step ${crashAfterCalls} was not reached: ${this.#executed} calls were newly executed`;
    }
    return crashPoint === undefined ? undefined : `--crash-point ${crashPoint} was not reached`;
  }
}
