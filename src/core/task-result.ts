/** What a worker's result means for the kind of its node: routers choose, maps list their items, children are named. */
import type { ActivationRecord } from './execution.js';
import { splitJsonArray } from './json-array.js';
import { routeTargets, type WorkflowNode } from './workflow.js';

export type TaskResult =
  | { readonly kind: 'output'; readonly choice: { readonly routedTo?: string | null } }
  /** JSON texts. */
  | { readonly kind: 'items'; readonly items: readonly string[] }
  | { readonly kind: 'child'; readonly workflowId: string; readonly versionHash: undefined; readonly input: string }
  | { readonly kind: 'invalid'; readonly message: string };

const PLAIN: TaskResult = { kind: 'output', choice: {} };

/** Reads the output of a node that a worker executes. `output`: valid JSON text. */
export function readResult(node: WorkflowNode | undefined, record: ActivationRecord, output: string): TaskResult {
  if (!node || record.item !== undefined) return PLAIN;
  switch (node.type) {
    case 'MAP':
      return output.trim().startsWith('[')
        ? { kind: 'items', items: splitJsonArray(output) }
        : { kind: 'invalid', message: `node ${node.id} is a MAP: its first output must be the list of its items` };
    case 'ROUTER':
      return readChoice(node, output);
    case 'SUBWORKFLOW':
      return readChild(node, output);
    default:
      return PLAIN;
  }
}

/** What a router that COMPLETED with this output chose. */
export function chosenTarget(output: string): string | null {
  const routedTo = membersOf(output)['routed_to'];
  return typeof routedTo === 'string' ? routedTo : null;
}

function readChoice(node: WorkflowNode, output: string): TaskResult {
  const routedTo = membersOf(output)['routed_to'] ?? null;
  if (routedTo === null) return { kind: 'output', choice: { routedTo: null } };
  const targets = routeTargets(node.ir);
  if (typeof routedTo === 'string' && targets.includes(routedTo)) return { kind: 'output', choice: { routedTo } };
  const message = `node ${node.id} is a ROUTER: routed_to must be one of ${targets.join(', ')}, not ${JSON.stringify(routedTo)}`;
  return { kind: 'invalid', message };
}

function readChild(node: WorkflowNode, output: string): TaskResult {
  const members = membersOf(output);
  const workflowId = members['subWorkflowId'] ?? node.ir.subWorkflowId;
  if (typeof workflowId !== 'string' || workflowId === '')
    return { kind: 'invalid', message: `node ${node.id} is a SUBWORKFLOW: its output names no subWorkflowId` };
  const input = JSON.stringify(members['childInput'] ?? null);
  return { kind: 'child', workflowId, versionHash: undefined, input };
}

function membersOf(output: string): Readonly<Record<string, unknown>> {
  const value = JSON.parse(output) as unknown;
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
