/** What a rerun takes over from another execution of the same version: everything that is not downstream of one node. */
import type { KeptNode } from './command.js';
import type { ActivationRecord } from './execution.js';
import { chosenTarget } from './task-result.js';
import type { Workflow } from './workflow.js';

/** Those of these records that are kept: what COMPLETED or was SKIPPED, and does not depend on `fromNode`. */
export function keptRecords(
  workflow: Workflow,
  records: Iterable<ActivationRecord>,
  fromNode: string,
): ActivationRecord[] {
  const again = downstreamOf(workflow, fromNode);
  return [...records].filter(
    ({ node, iteration, item, status }) =>
      item === undefined && iteration === 1 && !again.has(node) && (status === 'COMPLETED' || status === 'SKIPPED'),
  );
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
