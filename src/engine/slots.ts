/** Concurrency keys: who of one key runs, who waits for a turn, as one batch sees and changes it. */
import type { ExecutionStatus } from '../core/execution.js';
import type { ConcurrencySpec } from '../core/ir.js';
import { nexumError } from '../errors.js';
import type { ConcurrentRef } from '../store/store.js';

export interface WantedSlot {
  /** With the workflow in it: keys of different pipelines never meet. */
  readonly key: string;
  readonly limit: number;
  readonly onConflict: ConcurrencySpec['onConflict'];
}

export class Slots {
  private readonly byKey: Map<string, ConcurrentRef[]>;

  constructor(
    found: ReadonlyMap<string, readonly ConcurrentRef[]>,
    /** What the batch has made of an execution; undefined: nothing. */
    private readonly statusOf: (executionId: string) => ExecutionStatus | undefined,
  ) {
    this.byKey = new Map([...found].map(([key, refs]) => [key, [...refs]]));
  }

  /**
   * A start asks for a slot: undefined when it may run, else how it waits, or why it is refused.
   */
  ask(wanted: WantedSlot, executionId: string): { readonly cancels: readonly string[] } | Error | undefined {
    const { key, limit, onConflict } = wanted;
    const running = this.running(key);
    const waiting = this.waiting(key);
    const free = running.length < limit && waiting.length === 0;
    if (!free && onConflict === 'reject') {
      const holder = running[0] ?? waiting[0] ?? '';
      return nexumError('CONCURRENCY_LIMIT', `execution ${holder} holds the concurrency key ${key}`, { holder });
    }
    this.byKey.set(key, [...(this.byKey.get(key) ?? []), { executionId, status: free ? 'RUNNING' : 'WAITING' }]);
    if (free) return undefined;
    if (onConflict === 'queue') return { cancels: [] };
    // Whoever still waits is out of date, too.
    return { cancels: [...waiting, ...running.slice(0, Math.max(running.length - limit + 1, 0))] };
  }

  hasRoom(key: string, limit: number): boolean {
    return this.running(key).length < limit;
  }

  /** Oldest first. */
  waiting(key: string): string[] {
    return this.withStatus(key, (status) => status === 'WAITING');
  }

  private running(key: string): string[] {
    return this.withStatus(key, (status) => status === 'RUNNING' || status === 'PAUSED');
  }

  private withStatus(key: string, holds: (status: ExecutionStatus) => boolean): string[] {
    const refs = this.byKey.get(key) ?? [];
    return refs.flatMap(({ executionId, status }) =>
      holds(this.statusOf(executionId) ?? status) ? [executionId] : [],
    );
  }
}
