/** Gathers what one turn has for each receiver and hands it over once: a commit of 100 results is one message, not 100. */
export interface Mailbox {
  flush(): void;
}

export class Outbox {
  private readonly touched = new Set<Mailbox>();

  /** The mailbox is flushed when the running turn has ended. */
  touch(mailbox: Mailbox): void {
    this.touched.add(mailbox);
    if (this.touched.size === 1) queueMicrotask(() => this.flush());
  }

  private flush(): void {
    const mailboxes = [...this.touched];
    this.touched.clear();
    for (const mailbox of mailboxes) mailbox.flush();
  }
}
