/** The time of one run: how long it works, and how long it waits for host functions, each with its own end. */
import type { SandboxLimit } from './limits.js';

export type ClockPhase = 'wall' | 'wait';

export class RunClock {
  readonly #leftMs: Record<ClockPhase, number>;
  readonly #onEnd: (limit: SandboxLimit) => void;
  #timer: NodeJS.Timeout | undefined;
  #phase: ClockPhase | undefined;
  #sinceMs = 0;

  constructor(limits: { readonly wallMs: number; readonly waitMs: number }, onEnd: (limit: SandboxLimit) => void) {
    this.#leftMs = { wall: limits.wallMs, wait: limits.waitMs };
    this.#onEnd = onEnd;
  }

  /** From now on time counts as this. */
  enter(phase: ClockPhase): void {
    if (this.#phase === phase) return;
    this.stop();
    this.#phase = phase;
    this.#sinceMs = performance.now();
    this.#timer = setTimeout(() => this.#onEnd(phase), Math.max(0, this.#leftMs[phase]));
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (this.#phase !== undefined) this.#leftMs[this.#phase] -= performance.now() - this.#sinceMs;
    this.#phase = undefined;
  }
}
