/** Counts what is open towards this engine, by kind. */
export class OpenStreams {
  private readonly counts = { work: 0, poll: 0, execute: 0, watch: 0 };

  /** Returns the session, counted until its first `close`. */
  counted<Session extends { close(): void }>(kind: keyof OpenStreams['counts'], session: Session): Session {
    this.counts[kind] += 1;
    let open = true;
    return {
      ...session,
      close: () => {
        if (open) this.counts[kind] -= 1;
        open = false;
        session.close();
      },
    };
  }

  get open(): Readonly<Record<'work' | 'poll' | 'execute' | 'watch', number>> {
    return { ...this.counts };
  }
}
