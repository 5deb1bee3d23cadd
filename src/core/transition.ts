/** A draft of one decision: reads through to the loaded state, keeps every replaced record and every event apart from it. */
import { applyEvent } from './apply-event.js';
import { applyReady } from './open-activation.js';
import type { StateAccess } from './state-access.js';
import { hasConsequence, type EventBody, type ExecutionEvent } from './event.js';
import {
  activationKey,
  INPUT_SEQ,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionView,
  type JoinRecord,
  type NodeRef,
} from './execution.js';
import type { Workflow } from './workflow.js';

/** What one decision changes: whole records (the last one per key wins) and the events that explain them. */
export interface Changes {
  readonly execution: ExecutionRecord | undefined;
  readonly activations: readonly ActivationRecord[];
  readonly joins: readonly JoinRecord[];
  readonly events: readonly ExecutionEvent[];
  /** Those of them about which something has to be done in another execution. */
  readonly outbox: readonly number[];
}

/** An event of this very transition that opens activations. */
export type Cause = Pick<ExecutionEvent, 'seq' | 'atMs'> & { readonly ready: readonly NodeRef[] };

export class Transition implements StateAccess {
  execution: ExecutionRecord | undefined;
  private readonly touchedActivations = new Map<string, ActivationRecord>();
  private readonly touchedJoins = new Map<string, JoinRecord>();
  private readonly events: ExecutionEvent[] = [];
  private readonly outbox: number[] = [];

  constructor(
    readonly view: ExecutionView,
    readonly nowMs: number,
  ) {
    this.execution = view.execution;
  }

  get workflow(): Workflow {
    return this.view.workflow;
  }

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    const touched = this.touchedActivations.get(activationKey(node, iteration, item));
    return touched ?? this.view.activation(node, iteration, item);
  }

  *activations(): Iterable<ActivationRecord> {
    for (const record of this.view.activations()) {
      if (!this.touchedActivations.has(keyOf(record))) yield record;
    }
    yield* this.touchedActivations.values();
  }

  putActivation(record: ActivationRecord): void {
    this.touchedActivations.set(keyOf(record), record);
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.touchedJoins.get(`${target}\n${group}`) ?? this.view.join(target, group);
  }

  putJoin(record: JoinRecord): void {
    this.touchedJoins.set(`${record.target}\n${record.group}`, record);
  }

  /** Numbers the event, applies it, keeps it. The sequence orders events; times follow the clock, even backwards. */
  emit<B extends EventBody>(executionId: string, body: B): B & Pick<ExecutionEvent, 'seq' | 'atMs'> {
    // The body was made for this call: completing it in place saves a copy on the hottest path of all.
    const event = Object.assign(body, { executionId, seq: (this.execution?.lastSeq ?? 0) + 1, atMs: this.nowMs });
    applyEvent(this, event);
    this.events.push(event);
    if (hasConsequence(event, this.execution)) this.outbox.push(event.seq);
    return event;
  }

  /** Opens an activation because of `cause`, which records it. */
  open(cause: Cause, ref: NodeRef): void {
    (cause.ready as NodeRef[]).push(ref);
    applyReady(this, ref, cause);
  }

  /** JSON text of a COMPLETED activation's output, whether committed before or by this very decision. */
  output(record: ActivationRecord): string {
    return this.payload(record.outputSeq ?? 0);
  }

  /** The same of many, in their order. */
  outputs(records: readonly ActivationRecord[]): string[] {
    const seqs = records.map(({ outputSeq }) => outputSeq ?? 0);
    this.view.preload(seqs.filter((seq) => !this.fresh(seq)));
    return seqs.map((seq) => this.payload(seq));
  }

  payload(seq: number): string {
    const fresh = this.fresh(seq);
    return fresh && 'payload' in fresh ? fresh.payload : this.view.payload(seq);
  }

  input(): string {
    return this.payload(INPUT_SEQ);
  }

  private fresh(seq: number): ExecutionEvent | undefined {
    const [first] = this.events;
    return first && this.events[seq - first.seq];
  }

  changes(): Changes {
    return {
      execution: this.execution,
      activations: [...this.touchedActivations.values()],
      joins: [...this.touchedJoins.values()],
      events: this.events,
      outbox: this.outbox,
    };
  }
}

function keyOf({ node, iteration, item }: ActivationRecord): string {
  return activationKey(node, iteration, item);
}
