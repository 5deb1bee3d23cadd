/** The nodes that the engine runs itself: what happens at the moment when one of them is open. */
import { errorMessage, isErrorCode, NexumError } from '../errors.js';
import type { ExpressionScope } from './command.js';
import type { EventBody } from './event.js';
import { refOf, type NodeRef } from './execution.js';
import type { Json } from './ir.js';
import { completeWith, expand, itemScope } from './map-items.js';
import { beginLoop } from './loops.js';
import { findSizeProblem } from './payload-limit.js';
import { scopeOf } from './scope.js';
import type { WorkflowNode } from './workflow.js';
import type { Step } from './step.js';

export function begin(progress: Step, ref: NodeRef): void {
  const node = progress.transition.workflow.nodes.get(ref.node);
  if (!node) return;
  const run = ref.item === undefined ? node.run : node.itemRun;
  switch (run) {
    case 'task':
      return;
    case 'compute':
      computed(progress, ref, node, (scope) => ({ output: render(progress, node.behaviour.compute ?? null, scope) }));
      return;
    case 'router':
      computed(progress, ref, node, (scope) => route(progress, node, scope));
      return;
    case 'map':
      beginMap(progress, ref, node);
      return;
    case 'timer':
      beginTimer(progress, ref, node);
      return;
    case 'signal':
      beginSignal(progress, ref, node);
      return;
    case 'approval':
      beginApproval(progress, ref, node);
      return;
    case 'child':
      beginChild(progress, ref, node);
      return;
    case 'loop':
      beginLoop(progress, ref);
      return;
  }
}

interface Computed {
  readonly output: string;
  readonly routedTo?: string | null;
}

/** Completes the node with what `compute` gives; what it throws fails the node. */
function computed(
  progress: Step,
  ref: NodeRef,
  node: WorkflowNode,
  compute: (scope: ExpressionScope) => Computed,
): void {
  const result = attempt(progress, ref, node, compute);
  if (result) progress.complete(ref, { attempt: 0, ...result });
}

/** Reads the scope outside of `try`: a payload that is not in memory is no failure of the expression. */
function attempt<T>(
  progress: Step,
  ref: NodeRef,
  node: WorkflowNode,
  evaluate: (scope: ExpressionScope) => T,
): T | undefined {
  const base = scopeOf(progress.transition, ref, node.reads);
  const scope = ref.item === undefined ? base : itemScope(progress.transition, ref, base);
  try {
    return evaluate(scope);
  } catch (error) {
    const code = error instanceof NexumError && isErrorCode(error.code) ? error.code : 'EXPRESSION_FAILED';
    progress.fail(ref, { code, message: `node ${node.id}: ${errorMessage(error)}` });
    return undefined;
  }
}

/** @throws NexumError OUTPUT_TOO_LARGE: what a worker may hand in, the engine may compute */
function render(progress: Step, template: Json, scope: ExpressionScope): string {
  const text = JSON.stringify(progress.env.expressions.renderTemplate(template, scope));
  const problem = findSizeProblem('OUTPUT_TOO_LARGE', text, 'what it gives');
  if (problem) throw problem;
  return text;
}

function route(progress: Step, { behaviour }: WorkflowNode, scope: ExpressionScope): Computed {
  const { routes = [], otherwise = null } = behaviour.router ?? {};
  const chosen = routes.find((one) => progress.env.expressions.evaluateCondition(one.if, scope));
  const routedTo = chosen?.to ?? otherwise;
  return { output: JSON.stringify({ routed_to: routedTo }), routedTo };
}

function beginMap(progress: Step, ref: NodeRef, node: WorkflowNode): void {
  const { map, compute } = node.behaviour;
  if (!map) return;
  const { expressions } = progress.env;
  const items = attempt(progress, ref, node, (scope) => {
    const value = expressions.evaluateExpression(map.over, scope);
    if (!isList(value)) throw new Error(`\`over\` must give a list, not ${JSON.stringify(value).slice(0, 60)}`);
    if (node.itemRun !== 'compute') return value.map((item) => JSON.stringify(item));
    return value.map((item, index) => render(progress, compute ?? null, { ...scope, item, index }));
  });
  if (!items) return;
  if (node.itemRun === 'compute') completeWith(progress, ref, items);
  else expand(progress, ref, items);
}

function beginTimer(progress: Step, ref: NodeRef, node: WorkflowNode): void {
  const { wait } = node.behaviour;
  const fixedMs = wait ? wait.durationMs : (node.ir.delay_seconds ?? 0) * 1000;
  const untilMs =
    fixedMs === undefined
      ? attempt(progress, ref, node, (scope) => dueTime(progress, node, scope))
      : progress.transition.nowMs + Math.round(fixedMs);
  if (untilMs !== undefined) waitFor(progress, ref, { waitsFor: 'timer', untilMs });
}

function dueTime(progress: Step, { behaviour }: WorkflowNode, scope: ExpressionScope): number {
  const { wait } = behaviour;
  const { expressions } = progress.env;
  if (wait?.until !== undefined) {
    const value = expressions.renderTemplate(wait.until, scope);
    const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15)
      throw new Error(`\`until\` is no time: ${JSON.stringify(value)}`);
    return Math.round(ms);
  }
  const value = expressions.renderTemplate(wait?.duration ?? '', scope);
  const ms = typeof value === 'string' ? expressions.parseDuration(value) : undefined;
  if (ms === undefined) throw new Error(`\`wait\` is no duration such as 30s or 3d: ${JSON.stringify(value)}`);
  return progress.transition.nowMs + ms;
}

function beginSignal(progress: Step, ref: NodeRef, { behaviour }: WorkflowNode): void {
  const { signal = '', timeoutMs } = behaviour.wait ?? {};
  const received = progress.transition.execution?.extra?.signals?.find(({ name }) => name === signal);
  if (received) {
    const output = progress.transition.payload(received.seq);
    progress.complete(ref, { attempt: 0, output, signalSeq: received.seq });
    return;
  }
  waitFor(progress, ref, { waitsFor: 'signal', signal, ...deadline(progress, timeoutMs) });
}

function beginApproval(progress: Step, ref: NodeRef, node: WorkflowNode): void {
  const { message, timeoutMs } = node.behaviour.approval ?? {};
  const text = message === undefined ? '' : attempt(progress, ref, node, (scope) => render(progress, message, scope));
  if (text === undefined) return;
  waitFor(progress, ref, {
    waitsFor: 'approval',
    ...deadline(progress, timeoutMs),
    ...(text === '' ? {} : { payload: text }),
  });
}

function beginChild(progress: Step, ref: NodeRef, node: WorkflowNode): void {
  const { child } = node.behaviour;
  if (!child) return;
  const input = attempt(progress, ref, node, (scope) => render(progress, child.with ?? {}, scope));
  if (input === undefined) return;
  startChild(progress, ref, { workflowId: child.workflowId, versionHash: child.versionHash, input });
}

/** The child starts when this is committed: the outbox remembers it. `input`: JSON text. */
export function startChild(
  progress: Step,
  ref: NodeRef,
  child: { readonly workflowId: string; readonly versionHash: string | undefined; readonly input: string },
): void {
  waitFor(progress, ref, {
    waitsFor: 'child',
    child: progress.env.mintExecutionId(),
    childWorkflowId: child.workflowId,
    ...(child.versionHash === undefined ? {} : { childVersion: child.versionHash }),
    payload: child.input,
  });
}

type Waiting = Omit<EventBody & { readonly kind: 'node_waiting' }, 'kind' | keyof NodeRef>;

function waitFor(progress: Step, ref: NodeRef, waiting: Waiting): void {
  progress.transition.emit(progress.executionId, { kind: 'node_waiting', ...refOf(ref), ...waiting });
}

function deadline(progress: Step, timeoutMs: number | undefined): { untilMs?: number } {
  return timeoutMs === undefined ? {} : { untilMs: progress.transition.nowMs + timeoutMs };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
