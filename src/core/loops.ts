/** Loops: rounds of a sub-graph, until a condition holds. Each round opens the nodes anew, with the next iteration. */
import { errorMessage, NexumError } from '../errors.js';
import { isFinal, refOf, type NodeRef } from './execution.js';
import { readOf } from './reads.js';
import { outputOfRecords, scopeOfRecords } from './scope.js';
import type { Step } from './step.js';
import type { Cause, Transition } from './transition.js';
import type { WorkflowNode } from './workflow.js';

export function beginLoop(progress: Step, ref: NodeRef): void {
  startRound(progress, ref, 1);
}

/** All nodes of a round have settled, or the loop was opened again: it ends, or the next round begins. */
export function afterRound(progress: Step, { node: id, iteration }: NodeRef): void {
  const { transition } = progress;
  const record = transition.activation(id, iteration);
  const node = transition.workflow.nodes.get(id);
  const loop = record?.detail?.loop;
  const spec = node?.behaviour.loop;
  if (!node || !spec || !loop || record.status !== 'WAITING') return;
  const ref = { node: id, iteration };
  if (loop.round === 0) {
    startRound(progress, ref, 1);
    return;
  }
  if (loop.remaining > 0) return;
  const isDone = evaluateUntil(progress, node, ref, loop.serial);
  if (isDone === undefined) return;
  if (!isDone && loop.round < spec.maxIterations) {
    startRound(progress, ref, loop.round + 1);
  } else if (isDone || spec.onExhausted === 'continue') {
    const output = outputOf(transition, spec.nodes, loop.serial, id);
    if (output instanceof NexumError) progress.fail(ref, { code: output.code, message: output.message });
    else progress.complete(ref, { attempt: 0, output });
  } else {
    const message = `loop ${id}: its condition did not hold after ${spec.maxIterations} rounds`;
    progress.fail(ref, { code: 'LOOP_EXHAUSTED', message });
  }
}

/** Opens those of a round that wait for no other node of it, as far as they are not open yet. */
export function enterRound(progress: Step, loop: NodeRef, cause: Cause): void {
  const { transition } = progress;
  const { serial = 0 } = transition.activation(loop.node, loop.iteration)?.detail?.loop ?? {};
  for (const id of transition.workflow.nodes.get(loop.node)?.behaviour.loop?.nodes ?? []) {
    const node = transition.workflow.nodes.get(id);
    if (node?.groups.size === 0 && !progress.closed && !transition.activation(id, serial))
      progress.activate(node, serial, true, cause);
  }
}

/** The loop has ended with a failure that the execution survives: nobody needs its nodes any more. */
export function cancelRound(progress: Step, loop: NodeRef): void {
  const { transition } = progress;
  const record = transition.activation(loop.node, loop.iteration);
  const { serial } = record?.detail?.loop ?? {};
  if (serial === undefined) return;
  for (const id of transition.workflow.nodes.get(loop.node)?.behaviour.loop?.nodes ?? []) {
    const inner = transition.activation(id, serial);
    if (!inner) continue;
    if (!isFinal(inner.status)) progress.cancel(inner);
    // Also of one that has ended: a loop that failed in here left its other nodes to this one.
    progress.cancelBelow(refOf(inner));
  }
}

function startRound(progress: Step, ref: NodeRef, round: number): void {
  const { transition, executionId } = progress;
  const serial = lastSerial(transition, ref) + 1;
  const event = transition.emit(executionId, { kind: 'round_started', ...refOf(ref), round, serial, ready: [] });
  enterRound(progress, ref, event);
}

/** Rounds are counted over all activations of a loop: those of a loop in a loop have iterations of their own. */
function lastSerial(transition: Transition, { node, iteration }: NodeRef): number {
  for (let before = iteration; before > 0; before -= 1) {
    const serial = transition.activation(node, before)?.detail?.loop?.serial;
    if (serial !== undefined) return serial;
  }
  return 0;
}

function evaluateUntil(progress: Step, node: WorkflowNode, ref: NodeRef, serial: number): boolean | undefined {
  const { transition } = progress;
  const { nodes = [], until = 'true' } = node.behaviour.loop ?? {};
  // Outside of `try`: a payload that is not in memory is no failure of the expression.
  const { round = 0 } = transition.activation(ref.node, ref.iteration)?.detail?.loop ?? {};
  const base = scopeOfRecords(transition, ref, [
    ...node.reads.map((id) => [id, readOf(transition, ref, id)] as const),
    ...nodes.map((id) => [id, transition.activation(id, serial)] as const),
  ]);
  const scope = { ...base, iteration: round };
  try {
    return progress.env.expressions.evaluateCondition(until, scope);
  } catch (error) {
    const message = `the condition \`until\` of loop ${node.id} failed: ${errorMessage(error)}`;
    progress.fail(ref, { code: 'EXPRESSION_FAILED', message });
    return undefined;
  }
}

/** That of the single last node of the round, or an object of the outputs of the last nodes. */
function outputOf(transition: Transition, ids: readonly string[], serial: number, loop: string): string | NexumError {
  const leaves = ids.filter((id) => transition.workflow.nodes.get(id)?.outgoing.length === 0);
  const completed = leaves.flatMap((id) => {
    const record = transition.activation(id, serial);
    return record?.status === 'COMPLETED' ? [record] : [];
  });
  return outputOfRecords(transition, leaves.length, completed, `the output of loop ${loop}`);
}
