/**
 * Code that runs once, in a sandbox that nothing ran in before and nothing runs in after. Owns the turns of what one instance
 * runs: a process per processor at a time, because each takes tens of megabytes and starting it takes a processor.
 */
import { availableParallelism } from 'node:os';
import { openSandbox, type SandboxOptions, type SandboxResult } from './sandbox.js';

export class OneOffRuns {
  readonly #maxRunning: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(maxRunning = availableParallelism()) {
    this.#maxRunning = maxRunning;
  }

  /** @throws what `Sandbox.run` throws */
  async run(code: string, options: SandboxOptions, signal: AbortSignal): Promise<SandboxResult> {
    await this.#turn();
    try {
      signal.throwIfAborted();
      const sandbox = openSandbox(options);
      try {
        return await sandbox.run(code, signal);
      } finally {
        await sandbox.close();
      }
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    // Whoever was aborted meanwhile finds out when its turn comes: turns are short.
    if (this.#running >= this.#maxRunning) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }
}
