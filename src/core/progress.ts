/**
 * What follows inside one transition when a node has settled: joins, conditions, skips, the nodes that the engine runs
 * itself, and the end of the execution. A worklist instead of recursion: a long chain cannot overflow the stack.
 */
import { errorMessage } from '../errors.js';
import { begin } from './begin.js';
import type { DecisionEnvironment, KeptNode } from './command.js';
import { isTaken, type EdgeSource } from './edges.js';
import { endExecution } from './end-execution.js';
import type { ExecutionEvent } from './event.js';
import {
  isClosed,
  refOf,
  type ActivationRecord,
  type ApprovalAnswer,
  type NodeError,
  type NodeRef,
} from './execution.js';
import { activatedBy, afterCommit, enterGraph, judge } from './graph-progress.js';
import { graphProgress } from './graph-state.js';
import { pauseOverTime } from './limit-pause.js';
import { afterRound, cancelRound, enterRound } from './loops.js';
import { afterItem, cancelItems } from './map-items.js';
import { loopOf } from './reads.js';
import { scopeOf } from './scope.js';
import type { Completion, Step } from './step.js';
import { findSettled } from './settled.js';
import type { Cause, Transition } from './transition.js';
import type { Edge, WorkflowNode } from './workflow.js';

/** An event whose dependents have not been told yet. */
interface Told {
  readonly event: Cause & NodeRef;
  readonly source: EdgeSource;
}

/** A commit of a free graph, and what it activates. */
interface Commit {
  readonly cause: Cause;
  readonly activated: readonly string[];
}

export class Progress implements Step {
  private readonly worklist: Told[] = [];
  /** Items that have ended, and whose maps have not been told. */
  private readonly endedItems: NodeRef[] = [];
  /** Loops of which a node has settled. */
  private readonly rounds: NodeRef[] = [];
  private readonly commits: Commit[] = [];
  private readonly begins: NodeRef[] = [];
  /** Of these so many have begun: taking the first out of a long list would move all the others. */
  private begun = 0;

  constructor(
    readonly transition: Transition,
    readonly executionId: string,
    readonly env: DecisionEnvironment,
    private readonly kept: ReadonlyMap<string, KeptNode> = new Map(),
  ) {}

  /** Activates the entry nodes; `cause` records what it opens. */
  enter(cause: Cause): void {
    const { graph, entries, nodes } = this.transition.workflow;
    if (graph) {
      if (graphProgress(this.transition.execution).said.length > 0) return;
      const error = enterGraph(this, graph);
      if (error) this.transition.emit(this.executionId, { kind: 'execution_failed', error });
    }
    for (const id of graph ? [] : entries) {
      const node = nodes.get(id);
      if (node && !this.closed && !this.transition.activation(id, 1)) this.activate(node, 1, true, cause);
    }
    this.run();
  }

  /** An activation ends well. Its dependents, or the map that it is an item of, go on. */
  complete(ref: NodeRef, { output, conditions, ...how }: Completion): void {
    const wasClosed = this.closed;
    const isCommit = ref.item === undefined && this.transition.workflow.graph !== undefined;
    const judgement = isCommit ? judge(this, ref, output, conditions) : undefined;
    if (judgement && 'code' in judgement) {
      this.fail(ref, judgement);
      return;
    }
    const activated = judgement ? activatedBy(this, ref.node, judgement) : [];
    const event = this.transition.emit(this.executionId, {
      kind: 'node_completed',
      ...refOf(ref),
      ...how,
      ...judgement,
      payload: output,
      ready: [],
    });
    if (wasClosed) return;
    if (ref.item !== undefined) this.endedItems.push(ref);
    else if (judgement) this.commits.push({ cause: event, activated });
    else this.tell(event, { outcome: 'COMPLETED', routedTo: how.routedTo });
  }

  /**
   * An activation ends badly: so does its map, its loop and the execution, unless somebody said what happens then.
   * @param origin what the execution is told that failed
   */
  fail(ref: NodeRef, error: NodeError, answer?: ApprovalAnswer, origin = { node: ref.node, error }): void {
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
    const loop = loopOf(this.transition, ref);
    if (ref.item !== undefined) {
      this.endedItems.push(ref);
    } else if (handled) {
      cancelRound(this, ref);
      this.tell(event, { outcome: 'FAILED' });
    } else if (loop) {
      this.fail(loop, { code: error.code, message: `node ${ref.node}: ${error.message}` }, undefined, origin);
    } else {
      this.transition.emit(this.executionId, { kind: 'execution_failed', ...origin });
      this.cancelUnleased();
    }
  }

  /** Tells again what has settled: the failure of the execution kept some dependents from hearing of it. */
  catchUp(cause: Cause): void {
    if (this.transition.workflow.graph) this.tellLate();
    else this.tellSettled(cause);
    this.enter(cause);
  }

  private tellSettled({ seq, atMs, ready }: Cause): void {
    for (const { ref, source } of findSettled(this.transition))
      this.worklist.push({ event: { ...ref, seq, atMs, ready }, source });
  }

  /** Of a free graph: what committed after the execution had failed. */
  private tellLate(): void {
    for (const { fired, ...ref } of graphProgress(this.transition.execution).late ?? []) {
      const activated = activatedBy(this, ref.node, { fired });
      const cause = this.transition.emit(this.executionId, { kind: 'edges_fired', ...refOf(ref), fired, ready: [] });
      this.commits.push({ cause, activated });
    }
  }

  /** A map that was opened again: what its items did meanwhile counts now. */
  revisit(map: NodeRef): void {
    this.endedItems.push(map);
  }

  /** The same of a loop; nodes that nobody had opened are opened because of `cause`. */
  revisitRound(loop: NodeRef, cause: Cause): void {
    enterRound(this, loop, cause);
    this.rounds.push(loop);
  }

  /** Like `begin` after a retry: what failed by its condition fails by it again. */
  beginAgain(ref: NodeRef): void {
    const node = this.transition.workflow.nodes.get(ref.node);
    if (this.closed || !node) return;
    if (ref.item !== undefined || this.holds(node, ref) !== undefined) this.beginLater(refOf(ref));
  }

  /** What is open now begins, as far as the engine runs it. */
  begin(ref: NodeRef): void {
    if (!this.closed && this.transition.execution?.status !== 'PAUSED') begin(this, ref);
  }

  /** When all that has ended until then has been followed up: it may cancel this, or pause the execution. */
  beginLater(ref: NodeRef): void {
    this.begins.push(ref);
  }

  /** Carries on until nothing follows any more. */
  run(): void {
    while (!this.closed && this.advance());
  }

  /** A commit is done with before anything else begins: in a free graph each is a wave of its own. */
  private advance(): boolean {
    const commit = this.commits.shift();
    const item = commit ? undefined : this.endedItems.pop();
    const told = (commit ?? item) ? undefined : this.worklist.pop();
    const round = (commit ?? item ?? told) ? undefined : this.rounds.pop();
    const ref = (commit ?? item ?? told ?? round) ? undefined : this.nextBegin();
    if (commit) afterCommit(this, commit.cause, commit.activated);
    else if (item) afterItem(this, item);
    else if (told) this.tellDependents(told);
    else if (round) afterRound(this, round);
    else if (ref) this.beginIfReady(ref);
    else return false;
    return true;
  }

  private beginIfReady(ref: NodeRef): void {
    if (this.transition.activation(ref.node, ref.iteration, ref.item)?.status === 'READY') this.begin(ref);
  }

  private nextBegin(): NodeRef | undefined {
    const ref = this.begins[this.begun];
    this.begun += 1;
    return ref;
  }

  cancelBelow(ref: NodeRef): void {
    cancelItems(this, ref);
    cancelRound(this, ref);
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
    const { execution } = this.transition;
    if (!execution || this.closed || execution.status === 'WAITING') return;
    if (execution.open > 0) pauseOverTime(this.transition);
    else this.end();
  }

  end(stoppedBy?: NodeRef): void {
    endExecution(this, stoppedBy);
  }

  get closed(): boolean {
    const { execution } = this.transition;
    return execution !== undefined && isClosed(execution.status);
  }

  private tell(event: Cause & NodeRef, source: EdgeSource): void {
    this.worklist.push({ event, source });
    const loop = loopOf(this.transition, event);
    if (loop) this.rounds.push(loop);
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
    const { iteration } = event;
    if (!target || transition.activation(edge.to, iteration)) return;
    const taken = isTaken(edge, source, transition.workflow);
    const size = target.groups.get(edge.group)?.size ?? 1;
    if (size === 1) {
      this.activate(target, iteration, taken, event);
      return;
    }
    const join = transition.join(edge.to, edge.group);
    if (!join) return;
    const settled = join.remaining === 0;
    if (!settled && !(target.join === 'any' && join.taken > 0)) return;
    const goes = target.join === 'all_required' ? join.taken === target.counted : join.taken > 0;
    this.activate(target, iteration, goes, event);
  }

  /** Opens the target, or skips it, or fails it with the execution, or takes over what an earlier execution committed. */
  activate(target: WorkflowNode, iteration: number, goes: boolean, cause: Cause): void {
    const { transition } = this;
    const ref: NodeRef = { node: target.id, iteration };
    if (target.loop !== undefined && !this.isRoundOpen(ref)) return;
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

  /** A node of this very round may have failed the loop: then nothing of it begins any more. */
  private isRoundOpen(ref: NodeRef): boolean {
    const loop = loopOf(this.transition, ref);
    return loop !== undefined && this.transition.activation(loop.node, loop.iteration)?.status === 'WAITING';
  }

  /** Evaluates the author's `if`; undefined: it failed, and the node with it. */
  private holds({ id, behaviour, reads }: WorkflowNode, ref: NodeRef): boolean | undefined {
    if (behaviour.if === undefined) return true;
    // Outside of `try`: a payload that is not in memory is no failure of the expression.
    const scope = scopeOf(this.transition, ref, reads);
    try {
      return this.env.expressions.evaluateCondition(behaviour.if, scope);
    } catch (error) {
      const message = `the condition \`if\` of node ${id} failed: ${errorMessage(error)}`;
      this.fail(ref, { code: 'EXPRESSION_FAILED', message });
      return undefined;
    }
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
