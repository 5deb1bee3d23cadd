/**
 * Conditions that are Python functions are not in a dump: `condition` is null there, as at an edge without one. Two things
 * give them away, because GraphFlow never runs such a graph; then nothing is imported. What is left is said as a warning.
 */
import { withoutEnds, type ImportedEdge, type ImportedGraph } from './graph-import.js';
import { someOf } from './place.js';

const FIX =
  'Write the conditions as texts, in AutoGen (`condition="APPROVE"`) or as `condition` of these edges in this file.';

/** Nobody reads more of them. */
const MAX_CYCLES = 20;

export function reportLostConditions({ nodes, edges }: ImportedGraph): void {
  const bySource = new Map<string, ImportedEdge[]>(nodes.map((node) => [node, []]));
  for (const edge of edges) bySource.get(edge.from)?.push(edge);
  const free: ImportedEdge[] = [];
  for (const [from, own] of bySource) {
    const unconditional = own.filter(({ condition }) => condition === undefined);
    if (unconditional.length < own.length) mixed(from, unconditional);
    else {
      free.push(...own);
      fanOut(from, own);
    }
  }
  cycles(nodes, free);
}

/** GraphFlow refuses a node some of whose edges have a condition, and some have none. */
function mixed(from: string, unconditional: readonly ImportedEdge[]): void {
  for (const { to, place } of unconditional) {
    const message =
      `the edge ${from} -> ${to} has no condition, but others of ${from} have one: GraphFlow allows no such mix, so its ` +
      'condition was a Python function, which a dump does not hold';
    place.refuse(message, FIX);
  }
}

/** GraphFlow refuses a cycle none of whose nodes has an edge with a condition. */
function cycles(nodes: readonly string[], edges: readonly ImportedEdge[]): void {
  let left = edges;
  for (let count = 0; count < MAX_CYCLES; count += 1) {
    const cyclic = withoutEnds(nodes, left);
    left = left.filter(({ from, to }) => cyclic.has(from) && cyclic.has(to));
    const cycle = firstCycle(left);
    const last = cycle.at(-1);
    if (!last) return;
    const path = [...cycle.map(({ from }) => from), last.to].join(' -> ');
    const message =
      `nothing ends the cycle ${path}: GraphFlow refuses it, so a condition was a Python function, which a dump does not ` +
      'hold';
    last.place.refuse(message, FIX);
    const seen = new Set(cycle.map(({ from }) => from));
    left = left.filter(({ from }) => !seen.has(from));
  }
}

/** Every node of `edges` has one that leads on, so following the first of each ends in a cycle. */
function firstCycle(edges: readonly ImportedEdge[]): readonly ImportedEdge[] {
  const next = new Map<string, ImportedEdge>();
  for (const edge of edges) if (!next.has(edge.from)) next.set(edge.from, edge);
  const walked: ImportedEdge[] = [];
  const at = new Map<string, number>();
  for (let edge = edges[0]; edge; edge = next.get(edge.to)) {
    const start = at.get(edge.from);
    if (start !== undefined) return walked.slice(start);
    at.set(edge.from, walked.length);
    const step = next.get(edge.from) ?? edge;
    walked.push(step);
    edge = step;
  }
  return [];
}

/** A fan-out looks the same as a choice by functions. */
function fanOut(from: string, edges: readonly ImportedEdge[]): void {
  const [first] = edges;
  if (!first || edges.length < 2) return;
  const targets = someOf(edges.map(({ to }) => to));
  const message = `${from} leads to ${targets} without a condition, so all of them run`;
  first.place.warn(
    message,
    `A dump does not hold conditions that are Python functions: if it had some, write them as \`when\`.`,
  );
}
