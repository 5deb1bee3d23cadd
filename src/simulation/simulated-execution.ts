/** One execution in memory, decided by the core alone. */
import type { Command, DecisionEnvironment, ExpressionScope, Reply } from '../core/command.js';
import { decide } from '../core/decide.js';
import { isClosing, type ExecutionEvent } from '../core/event.js';
import {
  activationKey,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionView,
  type JoinRecord,
  type NodeRef,
} from '../core/execution.js';
import { itemScope } from '../core/map-items.js';
import { scopeOf } from '../core/scope.js';
import { heardBy, messageOf, type Message } from '../core/thread.js';
import { Transition, type Changes } from '../core/transition.js';
import type { Workflow } from '../core/workflow.js';
import { nexumError } from '../errors.js';
import type { RenderedAttempt } from '../pipeline/attempt.js';
import type { Script } from './script.js';

export class SimulatedExecution implements ExecutionView {
  execution: ExecutionRecord | undefined;
  readonly events: ExecutionEvent[] = [];
  /** What the newest attempt of each activation was given, by activation key. */
  readonly rendered = new Map<string, RenderedAttempt>();
  private readonly records = new Map<string, ActivationRecord>();
  private readonly joins = new Map<string, JoinRecord>();

  constructor(
    readonly id: string,
    readonly workflow: Workflow,
    readonly script: Script,
    private readonly onChanges: (execution: SimulatedExecution, changes: Changes) => void,
  ) {}

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
    const event = this.events[seq - 1];
    if (event && 'payload' in event) return event.payload;
    throw nexumError('INTERNAL', `event ${seq} of a simulated execution has no payload`);
  }

  preload(): void {
    // Everything is in memory.
  }

  send(command: Command, env: DecisionEnvironment): Reply {
    const { reply, changes } = decide(this, command, env);
    if (changes) this.apply(changes);
    return reply;
  }

  /** What the expressions of an activation see. */
  scope(ref: NodeRef, nowMs: number): ExpressionScope {
    const transition = new Transition(this, nowMs);
    const scope = scopeOf(transition, ref, this.workflow.nodes.get(ref.node)?.reads ?? []);
    return ref.item === undefined ? scope : itemScope(transition, ref, scope);
  }

  /** What an agent in a graph was told when its node was activated. */
  heard(ref: NodeRef): readonly Message[] {
    return heardBy(this, ref).flatMap(({ seq }) => {
      const event = this.events[seq - 1];
      return (event && messageOf(event)) ?? [];
    });
  }

  /** The event that ended the execution. */
  get closing(): ExecutionEvent | undefined {
    return this.events.findLast(isClosing);
  }

  private apply(changes: Changes): void {
    if (changes.execution) this.execution = changes.execution;
    for (const record of changes.activations)
      this.records.set(activationKey(record.node, record.iteration, record.item), record);
    for (const record of changes.joins) this.joins.set(`${record.target}\n${record.group}`, record);
    for (const event of changes.events) this.events.push(event);
    this.onChanges(this, changes);
  }
}
