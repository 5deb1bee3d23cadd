/** Names that exist in one place, and the nearest of them to a mistyped one. */
import { distance } from 'fastest-levenshtein';

/**
 * Comparisons one index may make in its life. Beyond it no nearest name is offered: 10,000 wrong names against 10,000
 * right ones would take minutes, and nobody reads that many hints.
 */
const COMPARISON_BUDGET = 300_000;

export class NameIndex {
  readonly names: readonly string[];
  readonly #known: ReadonlySet<string>;
  #budget = COMPARISON_BUDGET;

  constructor(names: Iterable<string>) {
    this.#known = new Set(names);
    this.names = [...this.#known];
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  /** Finds the known name closest to `name`; undefined when none is close enough to be a typing mistake. */
  nearest(name: string): string | undefined {
    if (this.#budget < this.names.length || name.length > 100) return undefined;
    this.#budget -= this.names.length;
    const lower = name.toLowerCase();
    let best: string | undefined;
    let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
    for (const candidate of this.names) {
      if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
      // A name that differs only in case is always the one that was meant.
      const steps = candidate.toLowerCase() === lower ? 0 : distance(name, candidate);
      if (steps < bestDistance && (steps === 0 || steps < Math.min(candidate.length, name.length))) {
        best = candidate;
        bestDistance = steps;
      }
    }
    return best;
  }
}
