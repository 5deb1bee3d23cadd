/**
 * What must hold of every loop after every command, against the records alone.
 *
 * R1  Nothing is open in a round unless it is the present one of a loop that waits for it; only what was leased when a
 *     loop ended with its execution may still commit.
 * R2  A loop counts the nodes of its round that have not settled. Of one that waits, some are open.
 * R3  A loop that has completed had all nodes of its last round settled, and no more rounds than it may have.
 */
import { equal, ok } from 'node:assert/strict';
import { isClosed, isFinal, type ActivationRecord } from '../../src/core/execution.js';
import type { WorkflowNode } from '../../src/core/workflow.js';
import type { Records } from './records.js';

export function assertLoops(records: Records): void {
  const { nodes } = records.workflow;
  for (const node of nodes.values()) {
    if (node.run !== 'loop') continue;
    const own = [...records.activations()].filter((record) => record.node === node.id);
    for (const record of own) assertLoop(records, node, record);
    const isOver = records.execution !== undefined && isClosed(records.execution.status);
    if (!isOver) assertRounds(records, node, own);
  }
}

/** R1 */
function assertRounds(records: Records, { id, behaviour }: WorkflowNode, own: readonly ActivationRecord[]): void {
  const waiting = own.find(({ status }) => status === 'WAITING');
  const inner = new Set(behaviour.loop?.nodes);
  for (const { node, iteration, status } of records.activations()) {
    if (!inner.has(node) || isFinal(status)) continue;
    const shown = `R1: ${node}#${iteration} is ${status}`;
    ok(waiting, `${shown}, but its loop ${id} waits for nothing`);
    equal(iteration, waiting.detail?.loop?.serial, `${shown}, but its loop ${id} is in another round`);
  }
}

function assertLoop(records: Records, { id, behaviour }: WorkflowNode, { status, detail }: ActivationRecord): void {
  const { loop } = detail ?? {};
  const { nodes = [], maxIterations = 0 } = behaviour.loop ?? {};
  const isOver = records.execution !== undefined && isClosed(records.execution.status);
  if (!loop) {
    ok(isFinal(status) || records.execution?.status === 'PAUSED', `R2: the loop ${id} is ${status} without a round`);
    return;
  }
  const inner = nodes.map((node) => records.activation(node, loop.serial));
  const settled = inner.filter((record) => record !== undefined && hasSettled(record)).length;
  equal(loop.remaining, nodes.length - settled, `R2: the loop ${id} does not count right`);
  ok(loop.round <= maxIterations, `R3: the loop ${id} is in round ${loop.round} of ${maxIterations}`);
  if (status === 'COMPLETED') equal(loop.remaining, 0, `R3: the loop ${id} completed too early`);
  if (status === 'WAITING' && !isOver)
    ok(
      inner.some((record) => record && !isFinal(record.status)),
      `R2: the loop ${id} waits, and nothing is open`,
    );
}

function hasSettled({ status, detail }: ActivationRecord): boolean {
  return status === 'COMPLETED' || status === 'SKIPPED' || (status === 'FAILED' && detail?.handled === true);
}
