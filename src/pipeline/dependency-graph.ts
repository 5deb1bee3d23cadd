/** The graph of the nodes: which needs which, and the cycles in it. */
import { DirectedGraph } from 'graphology';
import { hasCycle } from 'graphology-dag';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';

/** One reason why a node waits for another: an item of `needs`, or an expression. */
export interface Dependency {
  readonly on: string;
  readonly path: YamlPath;
  /** For an expression: where in the text at `path` it names the node. */
  readonly index?: number;
  /** Implied by something inside a loop: not worth a warning. */
  readonly quiet?: true;
}

/** Dependencies by node, both in the order of the file; every `on` is a node of the map. */
export type Dependencies = ReadonlyMap<string, readonly Dependency[]>;

/** Tangled graphs have exponentially many cycles; breaking these comes first anyway. */
const MAX_CYCLES = 20;

/** Reports cycles with their full path. Each node is named in one of them at most; running it again finds the rest. */
export function reportCycles(dependencies: Dependencies, issues: IssueList): void {
  const graph = new DirectedGraph();
  for (const node of dependencies.keys()) graph.addNode(node);
  for (const [node, list] of dependencies) {
    for (const { on } of list) {
      if (on === node) reportCycle([node], dependencies, issues);
      else graph.mergeDirectedEdge(on, node);
    }
  }
  if (!hasCycle(graph)) return;
  for (const cycle of findCycles(graph)) reportCycle(cycle, dependencies, issues);
}

/** `cycle` goes from upstream to downstream; its last node feeds its first. */
function reportCycle(cycle: readonly string[], dependencies: Dependencies, issues: IssueList): void {
  const [first] = cycle;
  const last = cycle.at(-1);
  if (first === undefined) return;
  const closing = dependencies.get(first)?.find(({ on }) => on === last);
  const message = cycle.length === 1 ? `the node ${first} waits for itself` : 'the nodes wait for each other';
  const path = closing?.path ?? ['nodes', first];
  const index = closing?.index === undefined ? {} : { index: closing.index };
  issues.report('CYCLE', path, `${message}: ${[...cycle, first].join(' -> ')}`, index);
}

/** Cycles, each from upstream to downstream. O(nodes + edges) without cycles. */
export function cyclesOf(edges: Iterable<{ readonly from: string; readonly to: string }>): string[][] {
  const graph = new DirectedGraph();
  for (const { from, to } of edges) graph.mergeDirectedEdge(from, to);
  return findCycles(graph);
}

/** Depth-first search, iterative so that long chains cannot overflow the stack. O(nodes + edges) without cycles. */
function findCycles(graph: DirectedGraph): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const named = new Set<string>();
  for (const root of graph.nodes()) {
    if (finished.has(root)) continue;
    const path: string[] = [];
    const depth = new Map<string, number>();
    const stack: { readonly node: string; readonly next: Iterator<string> }[] = [];
    const enter = (node: string): void => {
      depth.set(node, path.length);
      path.push(node);
      stack.push({ node, next: graph.outNeighbors(node)[Symbol.iterator]() });
    };
    enter(root);
    for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
      const step = frame.next.next();
      if (step.done === true) {
        finished.add(frame.node);
        depth.delete(frame.node);
        path.pop();
        stack.pop();
        continue;
      }
      const start = depth.get(step.value);
      if (start === undefined) {
        if (!finished.has(step.value)) enter(step.value);
        continue;
      }
      if (named.has(step.value) || named.has(frame.node)) continue;
      const cycle = path.slice(start);
      if (cycle.some((node) => named.has(node))) continue;
      for (const node of cycle) named.add(node);
      cycles.push(cycle);
      if (cycles.length >= MAX_CYCLES) return cycles;
    }
  }
  return cycles;
}
