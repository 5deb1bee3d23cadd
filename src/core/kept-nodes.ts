/** What a rerun takes over from another execution of the same version: everything that is not downstream of one node. */
import { nexumError } from '../errors.js';
import type { KeptNode } from './command.js';
import type { ActivationRecord } from './execution.js';
import { chosenTarget } from './task-result.js';
import type { Workflow } from './workflow.js';

/**
 * Those of these records that are kept: what COMPLETED or was SKIPPED, and does not depend on `fromNode`. Of a loop only
 * the loop itself: its nodes belong to its rounds.
 */
export function keptRecords(
  workflow: Workflow,
  records: Iterable<ActivationRecord>,
  fromNode: string,
): ActivationRecord[] {
  const again = downstreamOf(workflow, fromNode);
  return [...records].filter(
    ({ node, iteration, item, status }) =>
      item === undefined &&
      iteration === 1 &&
      !again.has(node) &&
      workflow.nodes.get(node)?.loop === undefined &&
      (status === 'COMPLETED' || status === 'SKIPPED'),
  );
}

/**
 * That an execution of this workflow can be rerun from this node.
 * @throws NexumError NODE_NOT_FOUND; INVALID_REQUEST in a free graph, where nothing is downstream, and inside a loop
 */
export function requireRerunFrom(workflow: Workflow, fromNode: string): void {
  const { workflowId, nodes } = workflow;
  const node = nodes.get(fromNode);
  if (!node) {
    const names = [...nodes.keys()].slice(0, 20).join(', ');
    throw nexumError('NODE_NOT_FOUND', `workflow ${workflowId} has no node ${fromNode}; it has ${names}`);
  }
  if (workflow.graph) {
    const message = `workflow ${workflowId} is a free graph, whose nodes run again and again: rerun it whole, without a node`;
    throw nexumError('INVALID_REQUEST', message);
  }
  if (node.loop === undefined) return;
  let around = node.loop;
  for (let next = nodes.get(around)?.loop; next !== undefined; next = nodes.get(around)?.loop) around = next;
  throw nexumError('INVALID_REQUEST', `node ${fromNode} runs inside the loop ${around}: rerun from ${around} instead`);
}

/** @param output JSON text of a COMPLETED one's output */
export function keptNode(workflow: Workflow, record: ActivationRecord, output: string): KeptNode {
  if (record.status === 'SKIPPED') return { status: 'SKIPPED' };
  const isRouter = workflow.nodes.get(record.node)?.type === 'ROUTER';
  return { status: 'COMPLETED', output, ...(isRouter ? { routedTo: chosenTarget(output) } : {}) };
}

/** The node itself, and whatever depends on it. */
function downstreamOf(workflow: Workflow, from: string): ReadonlySet<string> {
  const found = new Set([from]);
  for (const id of found) for (const edge of workflow.nodes.get(id)?.outgoing ?? []) found.add(edge.to);
  return found;
}
