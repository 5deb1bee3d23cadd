/**
 * A memo of pure computations with a bound: the oldest unused entry goes first. It changes how fast an answer comes,
 * never which answer.
 */
export class BoundedCache<V> {
  readonly #entries = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns the entry of `key`, computing it once; a computation that throws is not stored. */
  get(key: string, compute: (key: string) => V): V {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      // Re-inserting moves the entry to the young end of the Map's insertion order.
      this.#entries.delete(key);
      this.#entries.set(key, found);
      return found;
    }
    const value = compute(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    return value;
  }
}
