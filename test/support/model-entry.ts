/** One execution of the model store. */
import type { ExecutionEvent } from '../../src/core/event.js';
import {
  activationKey,
  type ActivationRecord,
  type ExecutionRecord,
  type JoinRecord,
} from '../../src/core/execution.js';
import type { Changes } from '../../src/core/transition.js';
import type { StoredExecution } from '../../src/store/store.js';

const FINAL_ACTIVATION = new Set<string>(['COMPLETED', 'SKIPPED']);
const FINAL_EXECUTION = new Set<string>(['COMPLETED', 'CANCELLED']);

/** Everything that belongs to it. Events stand at their sequence number minus one. */
export class Entry implements StoredExecution {
  execution: ExecutionRecord | undefined;
  readonly records: Map<string, ActivationRecord>;
  readonly joins: Map<string, JoinRecord>;
  readonly events: ExecutionEvent[];
  /** Sequence numbers of events about which something has to be done. */
  readonly outbox: Set<number>;

  constructor(from?: Entry) {
    this.execution = from?.execution;
    this.records = new Map(from?.records);
    this.joins = new Map(from?.joins);
    this.events = [...(from?.events ?? [])];
    this.outbox = new Set(from?.outbox);
  }

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.records.get(activationKey(node, iteration, item));
  }

  activations(): Iterable<ActivationRecord> {
    return this.records.values();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.joins.get(`${target}\n${group}`);
  }

  payload(seq: number): string {
    const event = this.events.find((one) => one.seq === seq);
    if (!event || !('payload' in event)) throw new Error(`event ${seq} has no payload`);
    return event.payload;
  }

  preload(seqs: readonly number[]): void {
    for (const seq of seqs) this.payload(seq);
  }

  apply({ execution, activations, joins, events, outbox }: Changes): void {
    this.execution = execution ?? this.execution;
    for (const record of activations)
      this.records.set(activationKey(record.node, record.iteration, record.item), record);
    for (const record of joins) this.joins.set(`${record.target}\n${record.group}`, record);
    this.events.push(...events);
    for (const seq of outbox) this.outbox.add(seq);
  }

  /** What no database would take either: an event twice, an activation that ends for ever twice, an end that is undone. */
  check(before: Entry | undefined): void {
    const seen = new Set<string>();
    for (const event of this.events) {
      const keys = [`seq ${event.seq}`];
      if (event.kind === 'node_completed' || event.kind === 'node_skipped')
        keys.push(`end ${activationKey(event.node, event.iteration, event.item)}`);
      for (const key of keys) {
        if (seen.has(key)) throw new Error(`${event.executionId} has ${key} twice`);
        seen.add(key);
      }
    }
    for (const [key, { status }] of before?.records ?? []) {
      if (FINAL_ACTIVATION.has(status) && this.records.get(key)?.status !== status)
        throw new Error(`the final activation ${key} changes`);
    }
    const status = before?.execution?.status;
    if (status !== undefined && FINAL_EXECUTION.has(status) && this.execution?.status !== status)
      throw new Error(`the ${status} execution ${before?.execution?.executionId ?? ''} changes`);
  }
}
