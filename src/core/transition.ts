/** A draft of one decision: reads through to the loaded state, keeps every replaced record and every event apart from it. */
import { applyEvent, applyReady, type EventBody, type ExecutionEvent, type StateAccess } from './event.js';
import {
  activationKey,
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
}

export class Transition implements StateAccess {
  execution: ExecutionRecord | undefined;
  private readonly touchedActivations = new Map<string, ActivationRecord>();
  private readonly touchedJoins = new Map<string, JoinRecord>();
  private readonly events: ExecutionEvent[] = [];

  constructor(
    readonly view: ExecutionView,
    readonly nowMs: number,
  ) {
    this.execution = view.execution;
  }

  get workflow(): Workflow {
    return this.view.workflow;
  }

  activation(node: string, iteration: number): ActivationRecord | undefined {
    return this.touchedActivations.get(activationKey(node, iteration)) ?? this.view.activation(node, iteration);
  }

  *activations(): Iterable<ActivationRecord> {
    for (const record of this.view.activations()) {
      if (!this.touchedActivations.has(activationKey(record.node, record.iteration))) yield record;
    }
    yield* this.touchedActivations.values();
  }

  putActivation(record: ActivationRecord): void {
    this.touchedActivations.set(activationKey(record.node, record.iteration), record);
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.touchedJoins.get(`${target}\n${group}`) ?? this.view.join(target, group);
  }

  putJoin(record: JoinRecord): void {
    this.touchedJoins.set(`${record.target}\n${record.group}`, record);
  }

  /** Numbers the event, applies it, keeps it. The sequence orders events; times follow the clock, even backwards. */
  emit<B extends EventBody>(executionId: string, body: B): B {
    // The body was made for this call: completing it in place saves a copy on the hottest path of all.
    const event = Object.assign(body, { executionId, seq: (this.execution?.lastSeq ?? 0) + 1, atMs: this.nowMs });
    applyEvent(this, event);
    this.events.push(event);
    return event;
  }

  /** Opens an activation because of `cause`, which records it. */
  open(cause: { readonly ready: readonly NodeRef[] }, ref: NodeRef): void {
    (cause.ready as NodeRef[]).push(ref);
    applyReady(this, ref, this.nowMs);
  }

  /** The newest text of a COMPLETED activation, whether committed before or by this very decision. */
  output(record: ActivationRecord): string {
    const fresh = this.events.find((event) => event.seq === record.outputSeq);
    return fresh?.kind === 'node_completed' ? fresh.payload : this.view.output(record);
  }

  input(): string {
    const first = this.events[0];
    return first?.kind === 'execution_started' ? first.payload : this.view.input();
  }

  changes(): Changes {
    return {
      execution: this.execution,
      activations: [...this.touchedActivations.values()],
      joins: [...this.touchedJoins.values()],
      events: this.events,
    };
  }
}
