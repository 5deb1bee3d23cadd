/** What a new version of a workflow means for its executions and callers, compared with another version. */
import type { WorkflowIr } from './ir.js';

export type Compatibility = 'NEW' | 'IDENTICAL' | 'SAFE' | 'BREAKING';

export interface VersionChange {
  readonly breaking: boolean;
  /** Absent: the change is not in a node. */
  readonly node?: string;
  readonly text: string;
}

export interface Comparison {
  readonly compatibility: Compatibility;
  readonly changes: readonly VersionChange[];
}

export function compareWorkflows(_from: WorkflowIr | undefined, _to: WorkflowIr): Comparison {
  return { compatibility: 'NEW', changes: [] };
}
