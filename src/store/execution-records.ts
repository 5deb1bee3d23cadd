/**
 * The records of one execution in memory: what commands of a batch read, and what their changes replace. How they came
 * here, and where a payload is that is not here, is the business of each store.
 */
import { activationKey, type ActivationRecord, type ExecutionRecord, type JoinRecord } from '../core/execution.js';
import type { Changes } from '../core/transition.js';
import type { StoredExecution } from './store.js';

/** Payloads of one execution kept in memory, in characters; larger ones are read when a task or condition needs them. */
export const MAX_PAYLOAD_CHARS = 16 * 1024;

export abstract class ExecutionRecords implements StoredExecution {
  execution: ExecutionRecord | undefined;
  private readonly activationsByKey = new Map<string, ActivationRecord>();
  private readonly joins = new Map<string, JoinRecord>();
  /** Payloads by sequence number of their event. */
  private readonly payloads = new Map<number, string>();
  /** Characters of the payloads held there. */
  private payloadChars = 0;
  /** Payloads over the limit that this transaction wrote or read: nowhere else to have them until it ends. */
  private readonly transient = new Map<number, string>();

  constructor(readonly executionId: string) {}

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.activationsByKey.get(activationKey(node, iteration, item));
  }

  activations(): Iterable<ActivationRecord> {
    return this.activationsByKey.values();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.joins.get(`${target}\n${group}`);
  }

  payload(seq: number): string {
    const known = this.payloads.get(seq) ?? this.transient.get(seq);
    if (known !== undefined) return known;
    const payload = this.readPayload(seq);
    this.keep(seq, payload);
    return payload;
  }

  preload(seqs: readonly number[]): void {
    const missing = seqs.filter((seq) => !this.holds(seq));
    if (missing.length > 0) this.readPayloads(missing);
  }

  apply(changes: Changes): void {
    if (changes.execution) this.execution = changes.execution;
    for (const record of changes.activations) this.putActivation(record);
    for (const record of changes.joins) this.putJoin(record);
    for (const event of changes.events) {
      if ('payload' in event) this.keep(event.seq, event.payload);
    }
  }

  /** Whether the payload is in memory. */
  holds(seq: number): boolean {
    return this.payloads.has(seq) || this.transient.has(seq);
  }

  /** The transaction has ended: large payloads can be read from the database now. */
  forgetTransient(): void {
    this.transient.clear();
  }

  putActivation(record: ActivationRecord): void {
    this.activationsByKey.set(activationKey(record.node, record.iteration, record.item), record);
  }

  putJoin(record: JoinRecord): void {
    this.joins.set(`${record.target}\n${record.group}`, record);
  }

  /** Holds the payload: as long as the execution is here when it is small, otherwise until the transaction ends. */
  keep(seq: number, payload: string): void {
    if (this.payloadChars + payload.length > MAX_PAYLOAD_CHARS) {
      this.transient.set(seq, payload);
    } else if (!this.payloads.has(seq)) {
      this.payloads.set(seq, payload);
      this.payloadChars += payload.length;
    }
  }

  /** The payload of an event that is not in memory; may throw PayloadMissing. */
  protected abstract readPayload(seq: number): string;

  /** Brings several into memory, or throws PayloadMissing. */
  protected abstract readPayloads(seqs: readonly number[]): void;
}
