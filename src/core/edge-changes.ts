/** What changed in the edges that leave a node of a free graph. All of it is breaking: other nodes run, or more often. */
import type { EdgeSpec } from './ir.js';
import { changedAspects, sameJson, type Aspect } from './version-change.js';

interface EdgeChange {
  readonly breaking: true;
  readonly text: string;
}

function aspectsOf(target: string): readonly Aspect<EdgeSpec>[] {
  const edge = `of the edge to ${target}`;
  return [
    { what: `the condition ${edge}`, breaking: true, of: ({ when }) => when },
    { what: `the group ${edge}`, breaking: true, of: ({ to, group = to }) => group },
    { what: `the activation ${edge}`, breaking: true, of: ({ activation = 'all' }) => activation },
  ];
}

/** Edges to the same target are compared in their order. The order of the targets means nothing by itself. */
export function edgeChanges(from: readonly EdgeSpec[], to: readonly EdgeSpec[]): EdgeChange[] {
  if (sameJson(from, to)) return [];
  const [before, after] = [byTarget(from), byTarget(to)];
  const changes: string[] = [];
  for (const [target, edges] of after) {
    const old = before.get(target) ?? [];
    edges.forEach((edge, index) => {
      const known = old[index];
      if (!known) changes.push(`has ${old.length > 0 ? 'another' : 'an'} edge to ${target} now`);
      else changes.push(...changedAspects(aspectsOf(target), known, edge).map(({ text }) => text));
    });
  }
  for (const [target, edges] of before) {
    const kept = after.get(target)?.length ?? 0;
    if (kept < edges.length) changes.push(`has ${kept === 0 ? 'no' : 'fewer'} edges to ${target}`);
  }
  return changes.map((text) => ({ breaking: true, text }));
}

function byTarget(edges: readonly EdgeSpec[]): ReadonlyMap<string, readonly EdgeSpec[]> {
  const targets = new Map<string, EdgeSpec[]>();
  for (const edge of edges) {
    const known = targets.get(edge.to);
    if (known) known.push(edge);
    else targets.set(edge.to, [edge]);
  }
  return targets;
}
