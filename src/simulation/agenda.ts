/** What is going to happen, in the order of time. What is due at the same time happens in the order in which it was noted. */
interface Entry {
  readonly atMs: number;
  readonly act: () => void;
}

export class Agenda {
  private readonly entries: Entry[] = [];
  /** Entries before it are done; shifting the list itself would cost its length each time. */
  private head = 0;

  add(atMs: number, act: () => void): void {
    let low = this.head;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.atMs ?? Infinity) <= atMs) low = middle + 1;
      else high = middle;
    }
    this.entries.splice(low, 0, { atMs, act });
  }

  next(): Entry | undefined {
    const entry = this.entries[this.head];
    if (entry) this.head += 1;
    if (this.head > 1000 && this.head * 2 > this.entries.length) {
      this.entries.splice(0, this.head);
      this.head = 0;
    }
    return entry;
  }
}
