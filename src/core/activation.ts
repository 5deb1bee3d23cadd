/** What follows when a node has settled: joins, conditions, skips, and the end of the execution. */
import { errorMessage } from '../errors.js';
import type { DecisionEnvironment, ExpressionScope } from './command.js';
import { isClosed, type NodeError, type NodeRef } from './execution.js';
import type { Json } from './ir.js';
import type { Transition } from './transition.js';
import type { WorkflowNode } from './workflow.js';

interface SettledEvent extends NodeRef {
  readonly kind: 'node_completed' | 'node_skipped';
  readonly ready: readonly NodeRef[];
}

/**
 * Activates or skips everything downstream of one settled node. O(out-degree) without skips; a skip goes on to its own
 * targets, with a worklist instead of recursion so that a long chain of skips cannot overflow the stack.
 */
export function settle(
  transition: Transition,
  executionId: string,
  settled: SettledEvent,
  env: DecisionEnvironment,
): void {
  const worklist: SettledEvent[] = [settled];
  for (let event = worklist.pop(); event; event = worklist.pop()) {
    for (const edge of transition.workflow.nodes.get(event.node)?.outgoing ?? []) {
      const target = transition.workflow.nodes.get(edge.to);
      if (!target) continue;
      const size = target.groups.get(edge.group) ?? 1;
      const join = size === 1 ? undefined : transition.join(edge.to, edge.group);
      if (join && join.remaining > 0) continue;
      // Two settled events can see the same complete join: a node and the one below it that it made a skip of.
      if (join && transition.activation(edge.to, 1)) continue;
      // Join rule `all`: every dependency has settled and at least one of them COMPLETED.
      const taken = join ? join.taken > 0 : event.kind === 'node_completed';
      const skipped = activate(transition, executionId, target, taken, event, env);
      if (skipped) worklist.push(skipped);
      if (isExecutionClosed(transition)) return;
    }
  }
}

/** Activates the entry nodes of a new execution. */
export function activateEntries(
  transition: Transition,
  executionId: string,
  cause: { readonly ready: readonly NodeRef[] },
  env: DecisionEnvironment,
): void {
  for (const id of transition.workflow.entries) {
    const node = transition.workflow.nodes.get(id);
    if (!node) continue;
    const skipped = activate(transition, executionId, node, true, cause, env);
    if (skipped) settle(transition, executionId, skipped, env);
    if (isExecutionClosed(transition)) return;
  }
}

/** Opens the target, or skips it and returns that event for the caller to settle, or fails it with the execution. */
function activate(
  transition: Transition,
  executionId: string,
  target: WorkflowNode,
  taken: boolean,
  cause: { readonly ready: readonly NodeRef[] },
  env: DecisionEnvironment,
): SettledEvent | undefined {
  const ref: NodeRef = { node: target.id, iteration: 1 };
  if (!taken) {
    return transition.emit(executionId, { kind: 'node_skipped', ...ref, reason: 'dependencies_skipped', ready: [] });
  }
  const condition = target.behaviour.if;
  if (condition !== undefined) {
    // Outside of `try`: a payload that is not in memory is no failure of the expression.
    const scope = scopeOf(transition, target.dependencies);
    let holds: boolean;
    try {
      holds = env.expressions.evaluateCondition(condition, scope);
    } catch (error) {
      failNode(transition, executionId, ref, {
        code: 'EXPRESSION_FAILED',
        message: `the condition \`if\` of node ${target.id} failed: ${errorMessage(error)}`,
      });
      return undefined;
    }
    if (!holds) return transition.emit(executionId, { kind: 'node_skipped', ...ref, reason: 'condition', ready: [] });
  }
  transition.open(cause, ref);
  return undefined;
}

/** Ends the node and with it the execution: what was leased may still commit, nothing else starts. */
export function failNode(transition: Transition, executionId: string, ref: NodeRef, error: NodeError): void {
  transition.emit(executionId, { kind: 'node_failed', ...ref, error });
  if (isExecutionClosed(transition)) return;
  transition.emit(executionId, { kind: 'execution_failed', node: ref.node, error });
  cancelUnleased(transition, executionId);
}

/** Cancels every activation that no worker holds. */
export function cancelUnleased(transition: Transition, executionId: string): void {
  for (const record of [...transition.activations()]) {
    if (record.status === 'READY' || record.status === 'PENDING' || record.status === 'WAITING') {
      transition.emit(executionId, { kind: 'node_cancelled', node: record.node, iteration: record.iteration });
    }
  }
}

/** E2: closes the execution when nothing is ready, leased, waiting or parked any more. */
export function finishIfDone(transition: Transition, executionId: string, env: DecisionEnvironment): void {
  const { execution } = transition;
  if (!execution || isClosed(execution.status) || execution.open > 0) return;
  const template = transition.workflow.ir.pipeline?.output;
  if (template === undefined) {
    transition.emit(executionId, { kind: 'execution_completed', payload: outputOfLeaves(transition) });
    return;
  }
  const scope = scopeOf(transition, transition.workflow.nodes.keys());
  let output: string;
  try {
    output = JSON.stringify(env.expressions.renderTemplate(template, scope));
  } catch (error) {
    const message = `the \`output\` of the pipeline failed: ${errorMessage(error)}`;
    transition.emit(executionId, { kind: 'execution_failed', error: { code: 'EXPRESSION_FAILED', message } });
    return;
  }
  transition.emit(executionId, { kind: 'execution_completed', payload: output });
}

/** Without a declared output: that of the single leaf, or an object of the leaves' outputs by node. */
function outputOfLeaves(transition: Transition): string {
  const leaves = [...transition.workflow.nodes.values()].filter((node) => node.outgoing.length === 0);
  const outputs = leaves.flatMap((node) => {
    const record = transition.activation(node.id, 1);
    return record?.status === 'COMPLETED' ? [[node.id, transition.output(record)] as const] : [];
  });
  const only = outputs[0];
  if (leaves.length === 1) return only ? only[1] : 'null';
  return `{${outputs.map(([id, text]) => `${JSON.stringify(id)}:${text}`).join(',')}}`;
}

function scopeOf(transition: Transition, nodeIds: Iterable<string>): ExpressionScope {
  const nodes: Record<string, { output: Json; status: string }> = Object.create(null) as Record<string, never>;
  for (const id of nodeIds) {
    const record = transition.activation(id, 1);
    const output = record?.status === 'COMPLETED' ? (JSON.parse(transition.output(record)) as Json) : null;
    nodes[id] = { output, status: record?.status ?? 'PENDING' };
  }
  const envelope = JSON.parse(transition.input()) as Json;
  const { execution } = transition;
  return {
    inputs: envelope,
    nodes,
    run: {
      id: execution?.executionId ?? '',
      workflow: execution?.workflowId ?? '',
      version: execution?.versionHash ?? '',
    },
  };
}

function isExecutionClosed(transition: Transition): boolean {
  return transition.execution !== undefined && isClosed(transition.execution.status);
}
