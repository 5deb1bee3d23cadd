/**
 * A free graph inside one transition: what follows from a commit. The order of a stop is fixed: nothing is left, the stop
 * condition, the limits (pipelines.md, "Free graphs").
 */
import { errorMessage } from '../errors.js';
import { findFired, needsScope } from './edge-conditions.js';
import type { EventBody } from './event.js';
import { isFinal, newestIteration, type NodeError, type NodeRef, type PauseReason } from './execution.js';
import { fire, graphProgress } from './graph-state.js';
import { scopeOf } from './scope.js';
import type { Step } from './step.js';
import type { Cause } from './transition.js';
import { findMet, isMet } from './stop-condition.js';
import { isStopMessage, textOf } from './thread.js';
import type { GraphSpec, Json } from './ir.js';
import type { WorkflowNode } from './workflow.js';

type Completed = EventBody & { readonly kind: 'node_completed' };

/** What a commit says about its edges and the stop condition; it is stored with the commit. */
export type Judgement = Required<Pick<Completed, 'fired'>> & Pick<Completed, 'late' | 'met' | 'stops'>;

/** Evaluates everything that depends on an output, once. An error fails the node: nothing would come after it. */
export function judge(
  progress: Step,
  ref: NodeRef,
  output: string,
  answers: Readonly<Record<number, boolean>> = {},
): Judgement | NodeError {
  const { transition } = progress;
  const node = transition.workflow.nodes.get(ref.node);
  const graph = transition.workflow.graph;
  if (!node || !graph) return { fired: [] };
  const missing = node.outgoing.find(({ when }, index) => when && 'handler' in when && answers[index] === undefined);
  if (missing) {
    const message = `node ${ref.node}: the worker did not ask the condition of the edge to ${missing.to}`;
    return { code: 'CONDITION_MISSING', message };
  }
  // Outside of `try`: a payload that is not in memory is no failure of an expression.
  const scope = needsScope(node) ? scopeWith(progress, node, ref, output) : { inputs: null, nodes: {}, run: {} };
  let fired: readonly number[];
  try {
    fired = findFired(node, { output, answers, scope }, progress.env.expressions);
  } catch (error) {
    return { code: 'EXPRESSION_FAILED', message: errorMessage(error) };
  }
  return { fired, ...judgeStop(progress, graph, ref.node, output), ...(progress.closed ? { late: true } : {}) };
}

/** What a condition sees: the newest outputs, and this one. */
function scopeWith(progress: Step, node: WorkflowNode, ref: NodeRef, output: string): ReturnType<typeof scopeOf> {
  const scope = scopeOf(progress.transition, undefined, node.reads);
  const own = { output: JSON.parse(output) as Json, status: 'COMPLETED' };
  return { ...scope, nodes: { ...scope.nodes, [node.id]: own }, iteration: ref.iteration };
}

function judgeStop(
  { transition }: Step,
  { stopWhen }: GraphSpec,
  source: string,
  output: string,
): Pick<Judgement, 'met' | 'stops'> {
  if (!stopWhen) return {};
  const { messages, met = [], stoppedBy } = graphProgress(transition.execution);
  const isStop = isStopMessage(JSON.parse(output) as Json);
  const said = { source, text: textOf(output), isStopMessage: isStop, messages: messages + 1 };
  const more = findMet(stopWhen, said, met);
  const stops = stoppedBy === undefined && isMet(stopWhen, [...met, ...more]);
  return { ...(more.length > 0 ? { met: more } : {}), ...(stops ? { stops } : {}) };
}

/** Says the task, which opens the entries. Returns what is wrong with the template of the task. */
export function enterGraph(progress: Step, graph: GraphSpec): NodeError | undefined {
  const { transition, executionId, env } = progress;
  const scope = scopeOf(transition, undefined, []);
  let task: Json;
  try {
    task = env.expressions.renderTemplate(graph.task, scope);
  } catch (error) {
    return { code: 'EXPRESSION_FAILED', message: `the \`task\` of the graph failed: ${errorMessage(error)}` };
  }
  const text = typeof task === 'string' ? task : task === null ? '' : JSON.stringify(task);
  const payload = JSON.stringify(text);
  const cause = transition.emit(executionId, { kind: 'message_added', ready: [], payload });
  openAll(progress, graph.entry, cause);
  return undefined;
}

/** What the edges of a commit activate, before it is emitted: the fold counts them with the event. */
export function activatedBy(progress: Step, node: string, { fired, late }: Judgement): readonly string[] {
  const { transition } = progress;
  if (late === true || transition.workflow.graph?.scheduling === 'barrier') return [];
  return fire(transition, transition.workflow.nodes.get(node), fired).activated;
}

/** After a commit (eager), or when a whole wave has committed (barrier): what stops, and what comes next. */
export function afterCommit(progress: Step, cause: Cause, activated: readonly string[]): void {
  const { transition, executionId } = progress;
  const { graph } = transition.workflow;
  const { stoppedBy, next = [] } = graphProgress(transition.execution);
  const isOpen = (transition.execution?.open ?? 0) > 0;
  if (graph?.scheduling === 'barrier') {
    if (isOpen || next.length === 0) return;
    if (stoppedBy) {
      stop(progress, stoppedBy);
      return;
    }
    openAll(progress, next, transition.emit(executionId, { kind: 'wave_started', ready: [] }));
  } else {
    if (!isOpen && activated.length === 0) return;
    if (stoppedBy) {
      stop(progress, stoppedBy);
      return;
    }
    openAll(progress, activated, cause);
  }
  const reason = limitOf(progress, graph);
  if (reason) transition.emit(executionId, { kind: 'execution_paused', reason });
}

function limitOf({ transition }: Step, graph: GraphSpec | undefined): PauseReason | undefined {
  const { turns, messages, pausedBy } = graphProgress(transition.execution);
  // Somebody may have paused it before: the limit counts all the same, or a resume would go beyond it.
  if (pausedBy !== undefined) return undefined;
  if (turns >= (graph?.maxTurns ?? Infinity)) return 'max_turns';
  return messages >= (graph?.maxMessages ?? Infinity) ? 'max_messages' : undefined;
}

/** Nobody needs any more what is under way. */
function stop(progress: Step, stoppedBy: NodeRef): void {
  for (const record of [...progress.transition.activations()]) if (!isFinal(record.status)) progress.cancel(record);
  progress.end(stoppedBy);
}

function openAll(progress: Step, ids: readonly string[], cause: Cause): void {
  const { transition } = progress;
  for (const node of ids) {
    const ref = { node, iteration: newestIteration(transition, node) + 1 };
    transition.open(cause, ref);
    progress.beginLater(ref);
  }
}
