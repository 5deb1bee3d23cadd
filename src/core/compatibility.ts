/** What a new version of a workflow means for its executions and callers, compared with another version. */
import type { WorkflowIr } from './ir.js';
import { nodeChanges } from './node-changes.js';
import { pipelineChanges } from './pipeline-changes.js';
import { sameJson, type VersionChange } from './version-change.js';

export type { VersionChange } from './version-change.js';

export type Compatibility = 'NEW' | 'IDENTICAL' | 'SAFE' | 'BREAKING';

export interface Comparison {
  readonly compatibility: Compatibility;
  readonly changes: readonly VersionChange[];
}

/**
 * Compares two versions; without `from`, `to` is NEW. BREAKING: a caller of the old version, or one of its executions that
 * is retried or rerun with the new one, may not get what it got before. Executions under way are pinned to their version
 * and never affected. Breaking changes come first, each kind in the order of the documents. O(size of both).
 */
export function compareWorkflows(from: WorkflowIr | undefined, to: WorkflowIr): Comparison {
  if (!from) return { compatibility: 'NEW', changes: [] };
  const changes = [...pipelineChanges(from.pipeline ?? {}, to.pipeline ?? {}), ...graphChanges(from, to)];
  if (changes.length === 0) {
    if (sameJson(from, to)) return { compatibility: 'IDENTICAL', changes: [] };
    changes.push({ breaking: false, text: 'the workflow is written differently' });
  }
  const breaking = changes.filter((change) => change.breaking);
  return {
    compatibility: breaking.length > 0 ? 'BREAKING' : 'SAFE',
    changes: [...breaking, ...changes.filter((change) => !change.breaking)],
  };
}

function graphChanges(from: WorkflowIr, to: WorkflowIr): VersionChange[] {
  const change = (node: string, breaking: boolean, text: string): VersionChange => ({
    node,
    breaking,
    text: `node ${node}: ${text}`,
  });
  const before = new Map(Object.entries(from.nodes));
  const after = new Map(Object.entries(to.nodes));
  const removed = [...before.keys()].filter((id) => !after.has(id)).map((id) => change(id, true, 'was removed'));
  const others = [...after].flatMap(([id, node]) => {
    const old = before.get(id);
    // A new node that an old one waits for shows as a change of the old one.
    if (!old) return [change(id, false, 'was added')];
    return nodeChanges(old, node).map(({ breaking, text }) => change(id, breaking, text));
  });
  return [...removed, ...others];
}
