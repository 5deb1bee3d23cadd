/**
 * One stream of the events of one execution: each event once, in order, without a gap. Events come from commits of this
 * server as they happen; whatever does not follow on the last one seen (the past, commits of other servers) is read from
 * the store.
 */
import { isClosed, type ExecutionRecord } from '../core/execution.js';
import { leavesClosed, type ExecutionEvent } from '../core/event.js';

export type EventSink = (events: readonly ExecutionEvent[]) => void;

export interface EventReader {
  /** Everything that there is after `afterSeq`; no page is empty. */
  eventPages(executionId: string, afterSeq: number): AsyncIterable<readonly ExecutionEvent[]>;
  findRecord(executionId: string): Promise<ExecutionRecord | undefined>;
}

export class EventWatch {
  /** False until the past was read once. */
  private begun = false;
  private reading = false;
  private readAgain = false;
  private ended = false;

  /** @param sink an empty push ends the stream */
  constructor(
    readonly executionId: string,
    private afterSeq: number,
    private readonly reader: EventReader,
    private readonly sink: EventSink,
    /** `lag`: events are missing before the ones that were offered; answered by `catchUp` when reading is allowed (C1). */
    private readonly owner: { readonly lag: (watch: EventWatch) => void; readonly end: (watch: EventWatch) => void },
  ) {}

  /** Sequence number of the newest event that was pushed; -1 while not even the past could be read. */
  get lastSeq(): number {
    return this.begun ? this.afterSeq : -1;
  }

  /** Events of one commit, in order. */
  offer(events: readonly ExecutionEvent[]): void {
    const fresh = events.filter((event) => event.seq > this.afterSeq);
    const [first] = fresh;
    if (this.ended || !first) return;
    if (this.reading) this.readAgain = true;
    else if (first.seq === this.afterSeq + 1) this.push(fresh);
    else this.owner.lag(this);
  }

  /** Reads what there is after the last event seen. @throws NexumError STORE_UNAVAILABLE: then ask again later */
  async catchUp(): Promise<void> {
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    this.reading = true;
    try {
      do await this.readOnce();
      while (this.wantsMore());
    } finally {
      this.reading = false;
    }
  }

  private async readOnce(): Promise<void> {
    this.readAgain = false;
    const before = this.afterSeq;
    let events: readonly ExecutionEvent[] = [];
    for await (const page of this.reader.eventPages(this.executionId, this.afterSeq)) {
      events = [...events, ...page];
      // A page may end between the end of an execution and its retry: then it is not over.
      if (leavesClosed(events)) continue;
      this.push(events);
      events = [];
      if (this.ended) return;
    }
    if (events.length > 0) this.push(events);
    else if (this.afterSeq === before && (await this.isOver())) this.end();
    this.begun = true;
  }

  private wantsMore(): boolean {
    return this.readAgain && !this.ended;
  }

  close(): void {
    this.ended = true;
    this.owner.end(this);
  }

  private push(events: readonly ExecutionEvent[]): void {
    if (this.ended) return;
    this.afterSeq = events.at(-1)?.seq ?? this.afterSeq;
    this.sink(events);
    if (leavesClosed(events)) this.end();
  }

  /** Also for an execution that does not exist. */
  private async isOver(): Promise<boolean> {
    const record = await this.reader.findRecord(this.executionId);
    return !record || (isClosed(record.status) && record.lastSeq <= this.afterSeq);
  }

  private end(): void {
    if (this.ended) return;
    this.close();
    this.sink([]);
  }
}
