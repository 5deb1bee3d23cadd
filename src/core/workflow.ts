/** The compiled, immutable graph that `decide` walks, built from an IR. */
import { nexumError } from '../errors.js';
import { dispatchKey } from './dispatch-key.js';
import {
  DEFAULT_RETRY,
  type IrNode,
  type JoinRule,
  type NeedCondition,
  type NodeBehaviour,
  type NodeType,
  type RetryPolicy,
  type WorkflowIr,
} from './ir.js';
import { parseIr } from './ir-validation.js';

/** An edge upstream -> downstream. Edges of one group fire the target together (`all`) or one by one (`any`). */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly group: string;
  readonly activation: 'all' | 'any';
  /** When it is taken; `routed`: when the router chose the target. */
  readonly condition: NeedCondition | 'routed';
  /** Whether it counts for the join when it is taken: of a routed target only the routes do. */
  readonly counts: boolean;
}

/** Who runs an activation: a worker (`task`), or the engine itself. */
export type RunKind = 'task' | 'compute' | 'router' | 'timer' | 'signal' | 'approval' | 'child' | 'map';

export interface WorkflowNode {
  readonly id: string;
  readonly type: NodeType;
  readonly dependencies: readonly string[];
  readonly behaviour: NodeBehaviour;
  readonly ir: IrNode;
  /** Where its tasks wait: the handler, of a queue if it names one. Absent: foreign, polled by version. */
  readonly dispatch: string | undefined;
  readonly run: RunKind;
  /** MAP: who runs one item. */
  readonly itemRun: 'task' | 'compute' | 'child';
  readonly retry: RetryPolicy;
  readonly join: JoinRule;
  readonly outgoing: readonly Edge[];
  /** Edges per incoming group; a node without any starts with the execution. */
  readonly groups: ReadonlyMap<string, number>;
  /** Incoming edges that count for the join. */
  readonly counted: number;
  /** Its failure does not end the execution. */
  readonly mayFail: boolean;
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
  const routedBy = findRouters(ir);
  const dependencies = new Map<string, readonly string[]>();
  const outgoing = new Map<string, Edge[]>();
  const incoming = new Map<string, Edge[]>();
  for (const [id, node] of Object.entries(ir.nodes)) {
    const all = dependenciesOf(node, routedBy.get(id));
    dependencies.set(id, all);
    for (const from of all) {
      const edge = edgeOf(from, id, node, routedBy.get(id));
      append(outgoing, from, edge);
      append(incoming, id, edge);
    }
  }
  const nodes = new Map<string, WorkflowNode>();
  for (const [id, node] of Object.entries(ir.nodes)) {
    const into = incoming.get(id) ?? [];
    nodes.set(id, buildNode(id, node, dependencies.get(id) ?? [], into, outgoing.get(id) ?? []));
  }
  const entries = [...nodes.values()].filter((node) => node.groups.size === 0).map((node) => node.id);
  return { workflowId, versionHash, ir, nodes, entries };
}

/** The targets that a router may choose. */
export function routeTargets(node: IrNode): readonly string[] {
  const router = node['x-nexum']?.router;
  if (!router) return (node.routes ?? []).map(({ target }) => target);
  const targets = router.routes.map(({ to }) => to);
  return router.otherwise === undefined ? targets : [...targets, router.otherwise];
}

/** Routers by the targets that they may choose. */
function findRouters(ir: WorkflowIr): ReadonlyMap<string, ReadonlySet<string>> {
  const routers = new Map<string, Set<string>>();
  for (const [id, node] of Object.entries(ir.nodes)) {
    if (node.type !== 'ROUTER') continue;
    for (const target of routeTargets(node)) {
      const known = routers.get(target);
      if (known) known.add(id);
      else routers.set(target, new Set([id]));
    }
  }
  return routers;
}

/** As written, and what a route or `mapNodeId` implies. */
function dependenciesOf(node: IrNode, routers: ReadonlySet<string> | undefined): readonly string[] {
  const map = node.type === 'REDUCE' && node.mapNodeId !== undefined ? [node.mapNodeId] : [];
  return [...new Set([...node.dependencies, ...map, ...(routers ?? [])])];
}

function edgeOf(from: string, to: string, node: IrNode, routers: ReadonlySet<string> | undefined): Edge {
  const behaviour = node['x-nexum'] ?? {};
  const routed = routers?.has(from) === true;
  return {
    from,
    to,
    group: to,
    activation: behaviour.join === 'any' ? 'any' : 'all',
    condition: routed ? 'routed' : (behaviour.conditions?.[from] ?? 'succeeded'),
    counts: routers === undefined || routed,
  };
}

function buildNode(
  id: string,
  node: IrNode,
  dependencies: readonly string[],
  incoming: readonly Edge[],
  outgoing: readonly Edge[],
): WorkflowNode {
  const behaviour = node['x-nexum'] ?? {};
  return {
    id,
    type: node.type,
    dependencies,
    behaviour,
    ir: node,
    dispatch: behaviour.handler === undefined ? undefined : dispatchKey(behaviour.handler, behaviour.queue),
    run: runKind(node, behaviour),
    itemRun: behaviour.child ? 'child' : behaviour.compute === undefined ? 'task' : 'compute',
    retry: behaviour.retry ?? DEFAULT_RETRY,
    join: behaviour.join ?? 'all',
    outgoing,
    groups: new Map(incoming.length > 0 ? [[id, incoming.length]] : []),
    counted: incoming.filter((edge) => edge.counts).length,
    mayFail:
      behaviour.continueOnError === true ||
      outgoing.some(({ condition }) => condition === 'failed' || condition === 'completed'),
  };
}

/** A foreign node without our own words goes to a worker, unless nothing could be done there. */
function runKind(node: IrNode, behaviour: NodeBehaviour): RunKind {
  switch (node.type) {
    case 'HUMAN_APPROVAL':
      return 'approval';
    case 'TIMER':
      return behaviour.wait?.signal === undefined ? 'timer' : 'signal';
    case 'MAP':
      return behaviour.map ? 'map' : 'task';
    case 'ROUTER':
      return behaviour.router ? 'router' : 'task';
    case 'SUBWORKFLOW':
      return behaviour.child ? 'child' : 'task';
    case 'COMPUTE':
    case 'REDUCE':
      return behaviour.compute === undefined ? 'task' : 'compute';
    case 'EFFECT':
      return 'task';
  }
}

function append(map: Map<string, Edge[]>, key: string, edge: Edge): void {
  const edges = map.get(key);
  if (edges) edges.push(edge);
  else map.set(key, [edge]);
}
