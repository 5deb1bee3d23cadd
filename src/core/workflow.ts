/** The compiled, immutable graph that `decide` walks, built from an IR. */
import { nexumError } from '../errors.js';
import { DEFAULT_RETRY, type NodeBehaviour, type NodeType, type RetryPolicy, type WorkflowIr } from './ir.js';
import { parseIr } from './ir-validation.js';

/** An edge upstream -> downstream. Edges of one group fire the target together (`all`) or one by one (`any`). */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly group: string;
  readonly activation: 'all' | 'any';
}

export interface WorkflowNode {
  readonly id: string;
  readonly type: NodeType;
  readonly dependencies: readonly string[];
  readonly behaviour: NodeBehaviour;
  readonly retry: RetryPolicy;
  readonly outgoing: readonly Edge[];
  /** Edges per incoming group; a node without any starts with the execution. */
  readonly groups: ReadonlyMap<string, number>;
}

export interface Workflow {
  readonly workflowId: string;
  readonly versionHash: string;
  readonly ir: WorkflowIr;
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  /** Node ids without incoming edges, in IR order. */
  readonly entries: readonly string[];
}

/**
 * Reads an IR into the graph that `decide` walks. O(nodes + edges).
 * @throws NexumError INVALID_WORKFLOW listing everything that is wrong: no nodes, unknown names, cycles, bad types.
 */
export function buildWorkflow(workflowId: string, versionHash: string, irJson: string): Workflow {
  const { ir, problems } = parseIr(irJson);
  if (!ir) throw nexumError('INVALID_WORKFLOW', `workflow ${workflowId}: ${problems.join('; ')}`, { problems });
  const outgoing = new Map<string, Edge[]>();
  const nodes = new Map<string, WorkflowNode>();
  for (const [id, node] of Object.entries(ir.nodes)) {
    const dependencies = [...new Set(node.dependencies)];
    for (const from of dependencies) {
      const edges = outgoing.get(from) ?? [];
      edges.push({ from, to: id, group: id, activation: 'all' });
      outgoing.set(from, edges);
    }
  }
  for (const [id, node] of Object.entries(ir.nodes)) {
    const dependencies = [...new Set(node.dependencies)];
    const behaviour = node['x-nexum'] ?? {};
    nodes.set(id, {
      id,
      type: node.type,
      dependencies,
      behaviour,
      retry: behaviour.retry ?? DEFAULT_RETRY,
      outgoing: outgoing.get(id) ?? [],
      groups: new Map(dependencies.length > 0 ? [[id, dependencies.length]] : []),
    });
  }
  const entries = [...nodes.values()].filter((node) => node.groups.size === 0).map((node) => node.id);
  return { workflowId, versionHash, ir, nodes, entries };
}
