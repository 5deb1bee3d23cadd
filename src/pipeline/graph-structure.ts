/** What follows from the edges of a free graph alone: its cycles, what can be reached, and what can ever run. */

/** An edge of which both ends exist. */
export interface GraphEdge {
  /** Its place in `graph.edges`. */
  readonly index: number;
  readonly from: string;
  readonly to: string;
  readonly conditional: boolean;
  readonly group: string;
  readonly activation: 'all' | 'any';
}

/** The edges that activate one node together. */
export interface EdgeGroup {
  readonly target: string;
  readonly name: string;
  readonly activation: 'all' | 'any';
  readonly edges: readonly GraphEdge[];
}

export type EdgeLists = ReadonlyMap<string, readonly GraphEdge[]>;

export interface GraphStructure {
  readonly entry: readonly string[];
  readonly outgoing: EdgeLists;
  readonly groups: readonly EdgeGroup[];
  readonly reachable: ReadonlySet<string>;
  /** Nodes that lie on a cycle. */
  readonly cyclic: ReadonlySet<string>;
  /** Edges that lead back to where they came from. */
  readonly back: ReadonlySet<GraphEdge>;
  /** The most often that each node can run, by the counters of its groups; 0 for those that never run. */
  readonly runs: ReadonlyMap<string, number>;
}

export function structureOf(
  nodes: readonly string[],
  entry: readonly string[],
  edges: readonly GraphEdge[],
): GraphStructure {
  const outgoing = edgesBySource(edges);
  const groups = groupsOf(edges);
  const reachable = reachableFrom(entry, outgoing);
  const { components, back } = explore([...entry, ...nodes], outgoing);
  const cyclic = new Set(components.filter((component) => isCycle(component, outgoing)).flat());
  const runs = countRuns({ components, cyclic, entry: new Set(entry), reachable, outgoing, groups });
  return { entry, outgoing, groups, reachable, cyclic, back, runs };
}

export function edgesBySource(edges: readonly GraphEdge[]): EdgeLists {
  const lists = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const list = lists.get(edge.from);
    if (list) list.push(edge);
    else lists.set(edge.from, [edge]);
  }
  return lists;
}

/** Which nodes can be reached; edges into `without` are not followed. */
export function reachableFrom(starts: readonly string[], outgoing: EdgeLists, without?: string): Set<string> {
  const reached = new Set(starts.filter((start) => start !== without));
  // A set hands out what is added while it is walked.
  for (const node of reached) for (const { to } of outgoing.get(node) ?? []) if (to !== without) reached.add(to);
  return reached;
}

/** Groups in the order of their first edges; all edges of one group should say the same of its activation. */
function groupsOf(edges: readonly GraphEdge[]): EdgeGroup[] {
  const groups = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.to, edge.group]);
    const list = groups.get(key);
    if (list) list.push(edge);
    else groups.set(key, [edge]);
  }
  return [...groups.values()].flatMap((list) => {
    const [first] = list;
    return first ? [{ target: first.to, name: first.group, activation: first.activation, edges: list }] : [];
  });
}

interface Exploration {
  /** Nodes that reach each other; each component behind those that it leads to. */
  readonly components: readonly (readonly string[])[];
  readonly back: ReadonlySet<GraphEdge>;
}

/** Depth first by Tarjan, iterative so that long chains cannot overflow the stack. O(nodes + edges) */
function explore(roots: readonly string[], outgoing: EdgeLists): Exploration {
  const components: string[][] = [];
  const back = new Set<GraphEdge>();
  /** When each node was found, and the earliest node that it leads to. */
  const found = new Map<string, { readonly at: number; low: number; open: boolean; readonly node: string }>();
  const waiting: string[] = [];
  for (const root of roots) {
    if (found.has(root)) continue;
    const frames: {
      readonly node: string;
      readonly state: { at: number; low: number; open: boolean };
      next: number;
    }[] = [];
    const enter = (node: string): void => {
      const state = { at: found.size, low: found.size, open: true, node };
      found.set(node, state);
      waiting.push(node);
      frames.push({ node, state, next: 0 });
    };
    const onPath = new Set<string>();
    enter(root);
    onPath.add(root);
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const edge = outgoing.get(frame.node)?.[frame.next];
      frame.next += 1;
      const target = edge && found.get(edge.to);
      if (edge && !target) {
        enter(edge.to);
        onPath.add(edge.to);
      } else if (edge && target) {
        if (target.open) frame.state.low = Math.min(frame.state.low, target.at);
        if (onPath.has(edge.to)) back.add(edge);
      } else {
        frames.pop();
        onPath.delete(frame.node);
        const above = frames.at(-1);
        if (above) above.state.low = Math.min(above.state.low, frame.state.low);
        if (frame.state.low === frame.state.at) components.push(closeComponent(frame.node, waiting, found));
      }
    }
  }
  return { components, back };
}

function closeComponent(first: string, waiting: string[], found: ReadonlyMap<string, { open: boolean }>): string[] {
  const component = waiting.splice(waiting.lastIndexOf(first));
  for (const node of component) {
    const state = found.get(node);
    if (state) state.open = false;
  }
  return component;
}

function isCycle(component: readonly string[], outgoing: EdgeLists): boolean {
  const [node] = component;
  if (component.length > 1 || node === undefined) return true;
  return outgoing.get(node)?.some(({ to }) => to === node) === true;
}

interface Countable {
  readonly components: readonly (readonly string[])[];
  readonly cyclic: ReadonlySet<string>;
  readonly entry: ReadonlySet<string>;
  readonly reachable: ReadonlySet<string>;
  readonly outgoing: EdgeLists;
  readonly groups: readonly EdgeGroup[];
}

/**
 * An upper bound for the runs of each node, as if every condition held: a node on a cycle that runs once may run for
 * ever. Nodes that cannot be reached count as if they ran: they are a problem of their own. O(nodes + edges)
 */
function countRuns({ components, cyclic, entry, reachable, outgoing, groups }: Countable): Map<string, number> {
  const runs = new Map<string, number>();
  const fired = new Map<EdgeGroup, number>();
  const into = new Map<string, EdgeGroup[]>();
  const groupOf = new Map<GraphEdge, EdgeGroup>();
  for (const group of groups) {
    for (const edge of group.edges) groupOf.set(edge, group);
    const list = into.get(group.target);
    if (list) list.push(group);
    else into.set(group.target, [group]);
  }
  const activations = (group: EdgeGroup): number => {
    const sum = fired.get(group) ?? 0;
    return group.activation === 'any' ? sum : Math.floor(sum / group.edges.length);
  };
  const settle = (node: string, count: number): EdgeGroup[] => {
    runs.set(node, count);
    const touched = (outgoing.get(node) ?? []).flatMap((edge) => groupOf.get(edge) ?? []);
    for (const group of touched) fired.set(group, (fired.get(group) ?? 0) + count);
    return touched;
  };
  for (const component of components.toReversed()) {
    const runnable = component.filter(
      (node) =>
        !reachable.has(node) || entry.has(node) || (into.get(node) ?? []).some((group) => activations(group) > 0),
    );
    const [only] = component;
    if (only !== undefined && !cyclic.has(only)) {
      const activated = (into.get(only) ?? []).reduce(
        (sum, group) => sum + activations(group),
        entry.has(only) ? 1 : 0,
      );
      settle(only, reachable.has(only) ? activated : Infinity);
      continue;
    }
    const members = new Set(component);
    for (let node = runnable.pop(); node !== undefined; node = runnable.pop()) {
      if (runs.has(node)) continue;
      for (const group of settle(node, Infinity))
        if (members.has(group.target) && activations(group) > 0) runnable.push(group.target);
    }
  }
  return runs;
}
