/** The compiled, immutable graph that `decide` walks, built from an IR. */
import { nexumError } from '../errors.js';
import { dispatchKey } from './dispatch-key.js';
import {
  DEFAULT_RETRY,
  type EdgeCondition,
  type GraphSpec,
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
  /** When it is taken; `routed`: when the router chose the target; `fires`: of a free graph. */
  readonly condition: NeedCondition | 'routed' | 'fires';
  /** Whether it counts for the join when it is taken: of a routed target only the routes do. */
  readonly counts: boolean;
  /** Free graph: absent: it fires whenever its source commits. */
  readonly when?: EdgeCondition | undefined;
}

/** The edges of one group into one node. */
export interface EdgeGroup {
  readonly size: number;
  readonly activation: 'all' | 'any';
}

/** Who runs an activation: a worker (`task`), or the engine itself. */
export type RunKind = 'task' | 'compute' | 'router' | 'timer' | 'signal' | 'approval' | 'child' | 'map' | 'loop';

export interface WorkflowNode {
  readonly id: string;
  readonly type: NodeType;
  readonly dependencies: readonly string[];
  /** Whose outputs it may read: its dependencies, and what it reads without waiting for it. */
  readonly reads: readonly string[];
  /** The loop that it belongs to. */
  readonly loop: string | undefined;
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
  /** Incoming edges; without any, and outside of a free graph, it starts with the execution or the round of its loop. */
  readonly groups: ReadonlyMap<string, EdgeGroup>;
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
  /** What an execution begins with, in IR order: nodes of no loop without incoming edges, or what the graph says. */
  readonly entries: readonly string[];
  readonly graph: GraphSpec | undefined;
}

/**
 * Reads an IR into the graph that `decide` walks. O(nodes + edges).
 * @throws NexumError INVALID_WORKFLOW listing everything that is wrong: no nodes, unknown names, cycles, bad types.
 */
export function buildWorkflow(workflowId: string, versionHash: string, irJson: string): Workflow {
  const { ir, problems } = parseIr(irJson);
  if (!ir) throw nexumError('INVALID_WORKFLOW', `workflow ${workflowId}: ${problems.join('; ')}`, { problems });
  const { graph } = ir.pipeline ?? {};
  const routedBy = findRouters(ir);
  const loops = findLoops(ir);
  const dependencies = new Map<string, readonly string[]>();
  const outgoing = new Map<string, Edge[]>();
  const incoming = new Map<string, Edge[]>();
  for (const [id, node] of Object.entries(ir.nodes)) {
    // In a free graph a fold reads its map; what activates it are edges.
    const all = graph ? [] : dependenciesOf(node, routedBy.get(id));
    dependencies.set(id, all);
    for (const from of all) {
      const edge = edgeOf(from, id, node, routedBy.get(id));
      append(outgoing, from, edge);
      append(incoming, id, edge);
    }
    for (const edge of graph ? edgesOf(id, node) : []) {
      append(outgoing, id, edge);
      append(incoming, edge.to, edge);
    }
  }
  const nodes = new Map<string, WorkflowNode>();
  for (const [id, node] of Object.entries(ir.nodes)) {
    const into = incoming.get(id) ?? [];
    const around = { dependencies: dependencies.get(id) ?? [], loop: loops.get(id) };
    nodes.set(id, buildNode(id, node, around, into, outgoing.get(id) ?? []));
  }
  const starts = [...nodes.values()].filter((node) => node.groups.size === 0 && node.loop === undefined);
  const entries = graph ? graph.entry : starts.map((node) => node.id);
  return { workflowId, versionHash, ir, nodes, entries, graph };
}

/** Loops by the nodes that they repeat. */
function findLoops(ir: WorkflowIr): ReadonlyMap<string, string> {
  const loops = new Map<string, string>();
  for (const [id, { 'x-nexum': behaviour }] of Object.entries(ir.nodes))
    for (const inner of behaviour?.loop?.nodes ?? []) loops.set(inner, id);
  return loops;
}

/** Of a free graph, in the order in which they stand there: events name them by position. */
function edgesOf(from: string, { 'x-nexum': behaviour }: IrNode): Edge[] {
  return (behaviour?.edges ?? []).map(({ to, when, group = to, activation = 'all' }) => ({
    from,
    to,
    group,
    activation,
    condition: 'fires',
    counts: true,
    when,
  }));
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
  { dependencies, loop }: Pick<WorkflowNode, 'dependencies' | 'loop'>,
  incoming: readonly Edge[],
  outgoing: readonly Edge[],
): WorkflowNode {
  const behaviour = node['x-nexum'] ?? {};
  return {
    id,
    type: node.type,
    dependencies,
    reads: [...new Set([...dependencies, ...(behaviour.reads ?? [])])],
    loop,
    behaviour,
    ir: node,
    dispatch: behaviour.handler === undefined ? undefined : dispatchKey(behaviour.handler, behaviour.queue),
    run: runKind(node, behaviour),
    itemRun: behaviour.child ? 'child' : behaviour.compute === undefined ? 'task' : 'compute',
    retry: behaviour.retry ?? DEFAULT_RETRY,
    join: behaviour.join ?? 'all',
    outgoing,
    groups: countGroups(incoming),
    counted: incoming.filter((edge) => edge.counts).length,
    mayFail:
      behaviour.continueOnError === true ||
      outgoing.some(({ condition }) => condition === 'failed' || condition === 'completed'),
  };
}

function countGroups(incoming: readonly Edge[]): ReadonlyMap<string, EdgeGroup> {
  const groups = new Map<string, EdgeGroup>();
  for (const { group, activation } of incoming)
    groups.set(group, { size: (groups.get(group)?.size ?? 0) + 1, activation });
  return groups;
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
      if (behaviour.loop) return 'loop';
      return behaviour.compute === undefined ? 'task' : 'compute';
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
