/** What the nodes of loops wait for, and what they read without waiting: from the round before, or from outside. */
import type { Dependencies, Dependency } from './dependency-graph.js';
import type { IssueList } from './issue-list.js';
import type { LoopTree } from './loop-tree.js';

export interface Flow {
  readonly dependencies: Dependencies;
  /** `x-nexum.reads` by node; of nodes in loops only. */
  readonly reads: ReadonlyMap<string, readonly string[]>;
}

/**
 * A node in a loop that reads one beside it waits for it, unless that one comes behind it by `needs`, or is itself: then
 * it reads what the round before gave. What is outside, the loop waits for.
 *
 * @param found by node: everything that it needs and reads
 */
export function splitFeedback(found: Dependencies, tree: LoopTree, issues: IssueList): Flow {
  const dependencies = new Map<string, Dependency[]>();
  const reads = new Map<string, string[]>();
  const behind = downstreamByNeeds(found, tree);
  for (const [name, list] of found) {
    const loop = tree.loopOf(name);
    if (loop === undefined) {
      dependencies.set(name, [...list]);
      continue;
    }
    const waits: Dependency[] = [];
    const read: string[] = [];
    for (const dependency of list) {
      const { on, index, path } = dependency;
      if (tree.loopOf(on) !== loop || (index !== undefined && behind(name).has(on))) {
        read.push(on);
        continue;
      }
      waits.push(dependency);
      if (index === undefined || dependency.quiet === true) continue;
      const message = `the node ${name} reads \`${on}\` without it in \`needs\``;
      issues.report('IMPLICIT_DEPENDENCY', path, message, { severity: 'warning', index });
    }
    dependencies.set(name, waits);
    if (read.length > 0) reads.set(name, read);
  }
  return { dependencies, reads };
}

/** The node itself and those behind it, by what waits for it without an expression saying so. Once per node. */
function downstreamByNeeds(found: Dependencies, tree: LoopTree): (name: string) => ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const [name, list] of found) {
    for (const { on, index } of list) {
      if (index !== undefined || tree.loopOf(on) === undefined) continue;
      const known = next.get(on);
      if (known) known.push(name);
      else next.set(on, [name]);
    }
  }
  const cache = { name: '', found: new Set<string>() };
  return (name) => {
    if (cache.name === name) return cache.found;
    const reached = new Set([name]);
    for (const at of reached) for (const to of next.get(at) ?? []) reached.add(to);
    return Object.assign(cache, { name, found: reached }).found;
  };
}
