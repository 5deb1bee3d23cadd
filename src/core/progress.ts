/**
 * What follows inside one transition when a node has settled: joins, conditions, skips, the nodes that the engine runs
 * itself, and the end of the execution. A worklist instead of recursion: a long chain cannot overflow the stack.
 */
import { errorMessage } from '../errors.js';
import { begin } from './begin.js';
import type { DecisionEnvironment, KeptNode } from './command.js';
import { isTaken, type EdgeSource } from './edges.js';
import type { ExecutionEvent, Settled } from './event.js';
import {
  isClosed,
  refOf,
  type ActivationRecord,
  type ApprovalAnswer,
  type NodeError,
  type NodeRef,
} from './execution.js';
import type { Json } from './ir.js';
import { afterItem, cancelItems } from './map-items.js';
import { findSizeProblem } from './payload-limit.js';
import { outputOfLeaves, scopeOf } from './scope.js';
import type { Completion, Step } from './step.js';
import { chosenTarget } from './task-result.js';
import type { Transition } from './transition.js';
import type { Edge, WorkflowNode } from './workflow.js';

interface Opening {
  readonly ready: readonly NodeRef[];
}

/** An event whose dependents have not been told yet. */
interface Told {
  readonly event: Settled;
  readonly source: EdgeSource;
}

export class Progress implements Step {
  private readonly worklist: Told[] = [];
  /** Items that have ended, and whose maps have not been told. */
  private readonly endedItems: NodeRef[] = [];

  constructor(
    readonly transition: Transition,
    readonly executionId: string,
    readonly env: DecisionEnvironment,
    private readonly kept: ReadonlyMap<string, KeptNode> = new Map(),
  ) {}

  /** Activates the entry nodes; `cause` records what it opens. */
  enter(cause: Opening): void {
    for (const id of this.transition.workflow.entries) {
      const node = this.transition.workflow.nodes.get(id);
      if (node && !this.closed && !this.transition.activation(id, 1)) this.activate(node, true, cause);
    }
    this.run();
  }

  /** An activation ends well. Its dependents, or the map that it is an item of, go on. */
  complete(ref: NodeRef, { output, ...how }: Completion): void {
    const wasClosed = this.closed;
    const event = this.transition.emit(this.executionId, {
      kind: 'node_completed',
      ...refOf(ref),
      ...how,
      payload: output,
      ready: [],
    });
    if (wasClosed) return;
    if (ref.item === undefined) this.tell(event, { outcome: 'COMPLETED', routedTo: how.routedTo });
    else this.endedItems.push(ref);
  }

  /** An activation ends badly: so does its map and the execution, unless somebody said what happens then. */
  fail(ref: NodeRef, error: NodeError, answer?: ApprovalAnswer): void {
    const node = this.transition.workflow.nodes.get(ref.node);
    const handled = ref.item === undefined && node?.mayFail === true && !this.closed;
    const event = this.transition.emit(this.executionId, {
      kind: 'node_failed',
      ...refOf(ref),
      error,
      ready: [],
      ...(handled ? { handled: true as const } : {}),
      ...(answer ? { answer } : {}),
    });
    if (ref.item === undefined) cancelItems(this, ref);
    if (this.closed) return;
    if (ref.item !== undefined) {
      this.endedItems.push(ref);
    } else if (handled) {
      this.tell(event, { outcome: 'FAILED' });
    } else {
      this.transition.emit(this.executionId, { kind: 'execution_failed', node: ref.node, error });
      this.cancelUnleased();
    }
  }

  /** Tells again what has settled: the failure of the execution kept some dependents from hearing of it. */
  catchUp(cause: Opening): void {
    const settled = [...this.transition.activations()].filter(
      ({ item, status, detail }) =>
        item === undefined && (status === 'COMPLETED' || status === 'SKIPPED' || detail?.handled === true),
    );
    const choices = this.choices(settled);
    for (const record of settled) {
      const outcome = record.status === 'COMPLETED' || record.status === 'SKIPPED' ? record.status : 'FAILED';
      const source: EdgeSource = { outcome, routedTo: choices.get(record.node) };
      this.worklist.push({ event: { ...refOf(record), ready: cause.ready }, source });
    }
    this.enter(cause);
  }

  /** A map that was opened again: what its items did meanwhile counts now. */
  revisit(map: NodeRef): void {
    this.endedItems.push(map);
  }

  /** Like `begin` after a retry: what failed by its condition fails by it again. */
  beginAgain(ref: NodeRef): void {
    const node = this.transition.workflow.nodes.get(ref.node);
    if (this.closed || !node) return;
    if (ref.item !== undefined || this.holds(node, ref) !== undefined) this.begin(ref);
  }

  /** What is open now begins, as far as the engine runs it. */
  begin(ref: NodeRef): void {
    if (!this.closed && this.transition.execution?.status !== 'PAUSED') begin(this, ref);
  }

  /** Carries on until nothing follows any more. */
  run(): void {
    while (!this.closed) {
      const item = this.endedItems.pop();
      const told = item ? undefined : this.worklist.pop();
      if (item) afterItem(this, item);
      else if (told) this.tellDependents(told);
      else return;
    }
  }

  cancelUnleased(): void {
    for (const record of [...this.transition.activations()]) {
      if (record.status === 'READY' || record.status === 'PENDING' || record.status === 'WAITING') this.cancel(record);
    }
  }

  cancel(record: ActivationRecord): void {
    const child = record.status === 'WAITING' && record.waitsFor === 'child' ? record.detail?.child : undefined;
    this.transition.emit(this.executionId, {
      kind: 'node_cancelled',
      ...refOf(record),
      ...(child === undefined ? {} : { child }),
    });
  }

  /** E2: closes the execution when nothing is ready, leased, waiting or parked any more. */
  finish(): void {
    this.run();
    const { transition, executionId } = this;
    const { execution } = transition;
    if (!execution || this.closed || execution.status === 'WAITING' || execution.open > 0) return;
    const template = transition.workflow.ir.pipeline?.output;
    const output = template === undefined ? outputOfLeaves(transition) : this.renderOutput(template);
    if (typeof output === 'string') {
      transition.emit(executionId, { kind: 'execution_completed', payload: output });
    } else {
      const { code, message } = output;
      transition.emit(executionId, { kind: 'execution_failed', error: { code, message } });
    }
  }

  private renderOutput(template: Json): string | NodeError {
    const scope = scopeOf(this.transition, this.transition.workflow.nodes.keys());
    try {
      const text = JSON.stringify(this.env.expressions.renderTemplate(template, scope));
      return findSizeProblem('OUTPUT_TOO_LARGE', text, 'the `output` of the pipeline') ?? text;
    } catch (error) {
      return {
        code: 'EXPRESSION_FAILED',
        message: `the \`output\` of the pipeline failed: ${errorMessage(error)}`,
      };
    }
  }

  get closed(): boolean {
    const { execution } = this.transition;
    return execution !== undefined && isClosed(execution.status);
  }

  private tell(event: Settled, source: EdgeSource): void {
    this.worklist.push({ event, source });
  }

  private tellDependents(told: Told): void {
    for (const edge of this.transition.workflow.nodes.get(told.event.node)?.outgoing ?? []) {
      if (this.closed) return;
      this.follow(edge, told);
    }
  }

  private follow(edge: Edge, { event, source }: Told): void {
    const { transition } = this;
    const target = transition.workflow.nodes.get(edge.to);
    // Two settled events can see the same complete join: a node and the one below it that it made a skip of.
    if (!target || transition.activation(edge.to, 1)) return;
    const taken = isTaken(edge, source, transition.workflow);
    const size = target.groups.get(edge.group) ?? 1;
    if (size === 1) {
      this.activate(target, taken, event);
      return;
    }
    const join = transition.join(edge.to, edge.group);
    if (!join) return;
    const settled = join.remaining === 0;
    if (!settled && !(target.join === 'any' && join.taken > 0)) return;
    const goes = target.join === 'all_required' ? join.taken === target.counted : join.taken > 0;
    this.activate(target, goes, event);
  }

  /** Opens the target, or skips it, or fails it with the execution, or takes over what an earlier execution committed. */
  private activate(target: WorkflowNode, goes: boolean, cause: Opening): void {
    const { transition } = this;
    const ref: NodeRef = { node: target.id, iteration: 1 };
    const kept = this.kept.get(target.id);
    if (kept) {
      this.keep(ref, kept);
      return;
    }
    if (!goes) {
      this.skip(ref, 'dependencies_skipped');
      return;
    }
    const holds = this.holds(target, ref);
    if (holds === false) this.skip(ref, 'condition');
    if (holds !== true) return;
    transition.open(cause, ref);
    if (target.run !== 'task') this.begin(ref);
  }

  /** Evaluates the author's `if`; undefined: it failed, and the node with it. */
  private holds({ id, behaviour, dependencies }: WorkflowNode, ref: NodeRef): boolean | undefined {
    if (behaviour.if === undefined) return true;
    // Outside of `try`: a payload that is not in memory is no failure of the expression.
    const scope = scopeOf(this.transition, dependencies);
    try {
      return this.env.expressions.evaluateCondition(behaviour.if, scope);
    } catch (error) {
      const message = `the condition \`if\` of node ${id} failed: ${errorMessage(error)}`;
      this.fail(ref, { code: 'EXPRESSION_FAILED', message });
      return undefined;
    }
  }

  /** What these routers chose, by node: it is in their outputs. */
  private choices(records: readonly ActivationRecord[]): ReadonlyMap<string, string | null> {
    const { transition } = this;
    const routers = records.filter(
      ({ node, status }) => status === 'COMPLETED' && transition.workflow.nodes.get(node)?.type === 'ROUTER',
    );
    const outputs = transition.outputs(routers);
    return new Map(routers.map(({ node }, index) => [node, chosenTarget(outputs[index] ?? 'null')]));
  }

  private keep(ref: NodeRef, kept: KeptNode): void {
    if (kept.status === 'SKIPPED') {
      this.skip(ref, 'kept');
      return;
    }
    const { output, routedTo } = kept;
    const event = this.transition.emit(this.executionId, {
      kind: 'node_completed',
      ...ref,
      attempt: 0,
      payload: output,
      kept: true,
      ready: [],
      ...(routedTo === undefined ? {} : { routedTo }),
    });
    this.tell(event, { outcome: 'COMPLETED', routedTo });
  }

  private skip(ref: NodeRef, reason: (ExecutionEvent & { kind: 'node_skipped' })['reason']): void {
    const event = this.transition.emit(this.executionId, { kind: 'node_skipped', ...ref, reason, ready: [] });
    this.tell(event, { outcome: 'SKIPPED' });
  }
}
