/** Reports what is wrong with the shape of a free graph, and the two traps of joins. */
import { cyclesOf } from './dependency-graph.js';
import { reachableFrom, structureOf, type EdgeGroup, type GraphEdge, type GraphStructure } from './graph-structure.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';

export interface CheckedGraph {
  readonly nodes: readonly string[];
  readonly edges: readonly GraphEdge[];
  /** As written; undefined: the nodes that no edge leads to. */
  readonly entry: readonly string[] | undefined;
  /** Whether anything ends a cycle from outside. */
  readonly limited: boolean;
}

/** Steps that the search for each of the two traps may take; a warning is not worth more of anybody's time. */
const SEARCH_BUDGET = 500_000;

const OWN_GROUP = 'Give the edge an `activation_group` of its own.';

/** Checks what holds for edges by themselves, even if others are wrong. */
export function checkEdges(edges: readonly GraphEdge[], issues: IssueList): void {
  mixedConditions(edges, issues);
  const groups = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.to, edge.group]);
    const first = groups.get(key);
    if (!first) groups.set(key, edge);
    else if (first.activation !== edge.activation) {
      const message =
        `the edges of the group ${edge.group} to ${edge.to} say different things: ` +
        `${edge.activation} here, ${first.activation} at ${first.from} -> ${first.to}`;
      issues.report('CONFLICTING_ACTIVATION', pathOf(edge), message);
    }
  }
}

function mixedConditions(edges: readonly GraphEdge[], issues: IssueList): void {
  const first = new Map<string, GraphEdge>();
  const reported = new Set<string>();
  for (const edge of edges) {
    const other = first.get(edge.from);
    if (!other) first.set(edge.from, edge);
    else if (other.conditional !== edge.conditional && !reported.has(edge.from)) {
      reported.add(edge.from);
      const message = `of the edges from ${edge.from}, some have a condition and some have none`;
      issues.report('MIXED_CONDITIONS', pathOf(edge), message);
    }
  }
}

/** Checks the graph as a whole; its edges and entries are all right by themselves. */
export function checkStructure(graph: CheckedGraph, issues: IssueList): void {
  const { nodes, edges } = graph;
  if (nodes.length === 0) return;
  const targets = new Set(edges.map(({ to }) => to));
  const entry = graph.entry ?? nodes.filter((node) => !targets.has(node));
  cycles(graph, issues);
  const sources = new Set(edges.map(({ from }) => from));
  if (nodes.every((node) => sources.has(node)))
    issues.report('NO_LEAF_NODE', ['graph', 'edges'], 'every node has edges, so the graph never ends', { at: 'key' });
  if (entry.length === 0) {
    issues.report('NO_START_NODE', ['graph'], 'an edge leads to every node, so none of them starts', { at: 'key' });
    return;
  }
  const structure = structureOf(nodes, entry, edges);
  for (const node of nodes) {
    if (structure.reachable.has(node)) continue;
    issues.report('UNREACHABLE_NODE', ['nodes', node], `no edge leads from ${entry.join(', ')} to ${node}`, {
      at: 'key',
    });
  }
  loopBacks(structure, issues);
  neverFiring(structure, issues);
  splits(structure, issues);
}

function cycles({ edges, limited }: CheckedGraph, issues: IssueList): void {
  for (const cycle of cyclesOf(edges.filter(({ conditional }) => !conditional))) {
    const closing = edges.find(({ from, to }) => from === cycle.at(-1) && to === cycle[0]);
    if (closing) issues.report('CYCLE_WITHOUT_EXIT', pathOf(closing), `nothing ends the cycle ${around(cycle)}`);
  }
  const [cycle] = limited ? [] : cyclesOf(edges);
  if (!cycle) return;
  const message = `the graph has a cycle and no limit: ${around(cycle)}`;
  issues.report('CYCLE_WITHOUT_LIMIT', ['graph'], message, { at: 'key' });
}

function around(cycle: readonly string[]): string {
  return [...cycle, ...cycle.slice(0, 1)].join(' -> ');
}

/** Finds edges that wait, together with others, for what can only run after their target. */
function loopBacks({ entry, outgoing, groups, back }: GraphStructure, issues: IssueList): void {
  let budget = SEARCH_BUDGET;
  for (const { activation, edges, name, target } of groups) {
    const candidates = edges.filter((edge) => back.has(edge));
    if (activation === 'any' || edges.length < 2 || candidates.length === 0) continue;
    const before = reachableFrom(entry, outgoing, target);
    budget -= before.size;
    if (budget < 0) return;
    for (const edge of candidates) {
      if (before.has(edge.from)) continue;
      const message =
        `${edge.from} -> ${target} leads back, in one group (${name}) with other edges: ${target} does not run before ` +
        `${edge.from}, which runs after it`;
      issues.report('LOOP_BACK_IN_ALL_GROUP', pathOf(edge), message, { severity: 'warning' });
    }
  }
}

/** Names one edge per node; nodes that only wait for such a node are not named. */
function neverFiring({ groups, runs, reachable }: GraphStructure, issues: IssueList): void {
  const reported = new Set<string>();
  for (const { target, edges } of groups) {
    if (!reachable.has(target) || (runs.get(target) ?? 0) > 0 || reported.has(target)) continue;
    const stuck = edges.filter(({ from }) => (runs.get(from) ?? 0) === 0);
    const [first] = stuck;
    if (!first || stuck.length === edges.length) continue;
    reported.add(target);
    const message = `${target} can never run: it waits for ${first.from}, which can never run before it`;
    const fix = `${OWN_GROUP} Or write \`activation_condition: any\` at all edges of the group.`;
    issues.report('JOIN_NEVER_FIRES', pathOf(first), message, { fix });
  }
}

/** Finds joins that wait for edges below different conditions of one node. */
function splits({ entry, outgoing, groups, back }: GraphStructure, issues: IssueList): void {
  const open = new Set(groups.filter(({ activation, edges }) => activation === 'all' && edges.length > 1));
  let budget = SEARCH_BUDGET;
  for (const [node, edges] of outgoing) {
    const conditional = edges.filter((edge) => edge.conditional);
    if (conditional.length < 2 || open.size === 0) continue;
    const elsewhere = reachableFrom(entry, outgoing, node);
    const below = new Map<string, GraphEdge[]>();
    for (const edge of conditional) {
      const reached = reachableFrom([edge.to], outgoing, node);
      for (const each of reached) {
        const list = below.get(each);
        if (list) list.push(edge);
        else below.set(each, [edge]);
      }
      budget -= reached.size;
    }
    budget -= elsewhere.size;
    for (const group of open) {
      budget -= group.edges.length;
      const waits = group.edges
        .filter((edge) => !back.has(edge) && !elsewhere.has(edge.from))
        .map((edge) => (edge.from === node ? [edge] : (below.get(edge.from) ?? [])))
        .filter((list) => list.length > 0)
        .sort((a, b) => a.length - b.length);
      const first = new Set(waits[0]);
      if (!waits.some((list) => !list.some((edge) => first.has(edge)))) continue;
      open.delete(group);
      reportSplit(group, node, issues);
    }
    if (budget < 0) return;
  }
}

function reportSplit({ edges, target }: EdgeGroup, node: string, issues: IssueList): void {
  const last = edges.at(-1);
  if (!last) return;
  const message = `${target} waits for all its edges, but the conditions of ${node} decide which of them fire`;
  const fix =
    'Write `activation_condition: any` at the edges of the join; with `scheduling: barrier` it runs once per wave.';
  issues.report('ALL_JOIN_BELOW_SPLIT', pathOf(last), message, { severity: 'warning', fix });
}

function pathOf({ index }: GraphEdge): YamlPath {
  return ['graph', 'edges', index];
}
