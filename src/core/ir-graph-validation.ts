/** Checks the free graph of an IR: what stands at its nodes, that every name exists, and that each of its cycles ends. */
import { shown } from './ir-checks.js';
import { findCycle } from './ir-cycle.js';
import type { EdgeSpec, GraphSpec, IrNode, NodeBehaviour, StopSpec } from './ir.js';

type Nodes = ReadonlyMap<string, IrNode>;

/** What orders nodes that run once; in a free graph the edges say it. */
const ORDER_KEYS: readonly (keyof NodeBehaviour)[] = ['if', 'conditions', 'join', 'router', 'loop'];
/** As the source of a `history`: what the user said. */
const USER = 'user';

/** @param graph absent: nodes run in the order of their dependencies, and nothing of a graph may stand at them */
export function checkGraph(nodes: Nodes, graph: GraphSpec | undefined, problems: string[]): void {
  const edges = new Map<string, readonly EdgeSpec[]>();
  for (const [id, node] of nodes) {
    const own = node['x-nexum']?.edges ?? [];
    edges.set(id, own);
    checkNames(id, node, nodes, problems);
    if (graph) checkFreeNode(id, node, problems);
    else if (own.length > 0) problems.push(`node ${shown(id)} has edges, but the pipeline has no graph`);
    if (!graph && node['x-nexum']?.history)
      problems.push(`node ${shown(id)} has history, but the pipeline has no graph`);
  }
  if (!graph) return;
  checkEntry(graph, nodes, problems);
  for (const source of stopSources(graph.stopWhen)) {
    if (!nodes.has(source)) problems.push(`stopWhen of the graph names the unknown node ${shown(source)}`);
  }
  checkGroups(edges, problems);
  checkCycles(graph, nodes, edges, problems);
}

function checkNames(id: string, { 'x-nexum': behaviour = {} }: IrNode, nodes: Nodes, problems: string[]): void {
  const { edges = [], reads = [], history = [], handler } = behaviour;
  const unknown = (what: string, name: string): void => {
    problems.push(`node ${shown(id)} ${what} the unknown node ${shown(name)}`);
  };
  for (const { to } of edges) if (!nodes.has(to)) unknown('has an edge to', to);
  for (const name of reads) if (!nodes.has(name)) unknown('reads', name);
  for (const { source } of history) if (source !== USER && !nodes.has(source)) unknown('hears', source);
  const asksHandler = edges.some(({ when }) => when !== undefined && 'handler' in when);
  if (asksHandler && (nodes.get(id)?.type !== 'EFFECT' || handler === undefined))
    problems.push(`node ${shown(id)} has an edge with a handler, but no worker runs a handler for it`);
}

function checkFreeNode(
  id: string,
  { type, dependencies, mapNodeId, 'x-nexum': own = {} }: IrNode,
  problems: string[],
): void {
  const refuse = (what: string): void => {
    problems.push(`node ${shown(id)} has ${what}, which does not belong into a graph`);
  };
  if (dependencies.length > 0) refuse('dependencies');
  if (type === 'ROUTER' && own.router === undefined) refuse('routes');
  if (mapNodeId !== undefined) refuse('mapNodeId');
  for (const key of ORDER_KEYS) if (own[key] !== undefined) refuse(`\`${key}\``);
  if (own.continueOnError === true) refuse('`continueOnError`');
}

function checkEntry({ entry }: GraphSpec, nodes: Nodes, problems: string[]): void {
  const listed = new Set<string>();
  for (const name of entry) {
    if (!nodes.has(name)) problems.push(`entry of the graph names the unknown node ${shown(name)}`);
    else if (listed.has(name)) problems.push(`entry of the graph names ${shown(name)} twice`);
    listed.add(name);
  }
}

function stopSources(stop: StopSpec | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  const open: StopSpec[] = stop ? [stop] : [];
  for (let part = open.pop(); part; part = open.pop()) {
    if ('any' in part) open.push(...part.any);
    else if ('all' in part) open.push(...part.all);
    else if ('textMention' in part) for (const source of part.sources ?? []) found.add(source);
  }
  return found;
}

/** The engine counts per target and group: there, all edges must say the same. */
function checkGroups(edges: ReadonlyMap<string, readonly EdgeSpec[]>, problems: string[]): void {
  const rules = new Map<string, Map<string, 'all' | 'any' | 'told'>>();
  for (const own of edges.values()) {
    for (const { to, group = to, activation = 'all' } of own) {
      const groups = rules.get(to) ?? new Map<string, 'all' | 'any' | 'told'>();
      rules.set(to, groups);
      const known = groups.get(group);
      if (known === undefined) groups.set(group, activation);
      else if (known !== 'told' && known !== activation) {
        problems.push(`edges to ${shown(to)} of the group ${shown(group)} say both activation all and any`);
        groups.set(group, 'told');
      }
    }
  }
}

function checkCycles(
  { maxTurns, maxMessages, stopWhen }: GraphSpec,
  nodes: Nodes,
  edges: ReadonlyMap<string, readonly EdgeSpec[]>,
  problems: string[],
): void {
  if (maxTurns !== undefined) return;
  const atOnce = findCycle(upstreamAmong(edges, (id) => runsAtOnce(nodes.get(id))));
  if (atOnce) {
    problems.push(`the nodes ${pathOf(atOnce)} form a cycle that the engine runs by itself: the graph needs maxTurns`);
    return;
  }
  if (maxMessages !== undefined || stopWhen !== undefined) return;
  const cycle = findCycle(upstreamAmong(edges, (id) => nodes.has(id)));
  if (cycle)
    problems.push(`the nodes ${pathOf(cycle)} form a cycle: the graph needs maxTurns, maxMessages or stopWhen`);
}

/** Within the commit of another node, so that nothing else has its turn between two of them. A list may be empty. */
function runsAtOnce(node: IrNode | undefined): boolean {
  const behaviour = node?.['x-nexum'];
  if (node?.type === 'MAP') return behaviour?.map !== undefined;
  return behaviour?.compute !== undefined;
}

function upstreamAmong(
  edges: ReadonlyMap<string, readonly EdgeSpec[]>,
  counts: (id: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const upstream = new Map<string, string[]>([...edges.keys()].filter(counts).map((id) => [id, []]));
  for (const [from, own] of edges) {
    if (!upstream.has(from)) continue;
    for (const to of new Set(own.map((edge) => edge.to))) upstream.get(to)?.push(from);
  }
  return upstream;
}

function pathOf(cycle: readonly string[]): string {
  return cycle.map(shown).join(' -> ');
}
