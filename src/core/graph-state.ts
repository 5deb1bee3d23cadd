/** The counters of a free graph: what fired edges activate, and when a group begins anew. Used by the fold alike. */
import {
  newestIteration,
  type ActivationRecord,
  type ExecutionRecord,
  type GraphProgress,
  type JoinRecord,
  type UnsatisfiedJoin,
} from './execution.js';
import type { StateAccess } from './state-access.js';
import type { Edge, Workflow, WorkflowNode } from './workflow.js';

export const NO_PROGRESS: GraphProgress = { turns: 0, messages: 0, totalTurns: 0, said: [] };

export function graphProgress(execution: ExecutionRecord | undefined): GraphProgress {
  return execution?.extra?.graph ?? NO_PROGRESS;
}

/** What these edges of one commit do. */
export interface Firing {
  readonly joins: readonly JoinRecord[];
  /** Targets, one entry per group that is complete. */
  readonly activated: readonly string[];
}

/**
 * An `all` group is complete when it has counted as many firings as it has edges, an `any` group with the first one. A
 * complete group begins anew: at once (eager: each commit is a wave of its own), or with the next wave.
 */
export function fire(state: StateAccess, node: WorkflowNode | undefined, fired: readonly number[]): Firing {
  const joins = new Map<string, JoinRecord>();
  const activated: string[] = [];
  const isBarrier = state.workflow.graph?.scheduling === 'barrier';
  for (const index of fired) {
    const edge = node?.outgoing[index];
    if (!edge) continue;
    const size = sizeOf(state.workflow, edge);
    if (!isBarrier && (size === 1 || edge.activation === 'any')) {
      activated.push(edge.to);
      continue;
    }
    const key = `${edge.to}\n${edge.group}`;
    const before = joins.get(key) ?? state.join(edge.to, edge.group) ?? freshJoin(state, edge, size);
    const after = { ...before, remaining: before.remaining - 1, taken: before.taken + 1 };
    const completes = edge.activation === 'all' ? after.remaining === 0 : after.taken === 1;
    if (completes) activated.push(edge.to);
    joins.set(key, completes && !isBarrier ? freshJoin(state, edge, size) : after);
  }
  return { joins: [...joins.values()], activated };
}

/** Barrier: the groups that activated what begins now begin anew. */
export function rearm(state: StateAccess, begins: readonly string[]): void {
  for (const node of begins) {
    for (const [group, { size, activation }] of state.workflow.nodes.get(node)?.groups ?? []) {
      const join = state.join(node, group);
      if (!join) continue;
      const completed = activation === 'all' ? join.remaining <= 0 : join.taken > 0;
      if (completed) state.putJoin({ ...join, remaining: size, taken: 0 });
    }
  }
}

/** Joins of which some edges have fired, when nothing can fire any more. O(edges). */
export function findUnsatisfied(state: StateAccess): UnsatisfiedJoin[] {
  const found: UnsatisfiedJoin[] = [];
  for (const [node, { groups }] of state.workflow.nodes) {
    for (const [group, { size, activation }] of groups) {
      const remaining = state.join(node, group)?.remaining ?? size;
      if (activation === 'all' && remaining < size) found.push({ node, group, remaining });
    }
  }
  return found;
}

/**
 * What was said just now reaches each node once: with its newest activation, if that has not been started, and otherwise
 * with its next one.
 */
export function letHear(state: StateAccess, seq: number): void {
  for (const id of state.workflow.nodes.keys()) {
    const record = state.activation(id, newestIteration(state, id));
    const { activated } = record?.detail ?? {};
    if (!record || !activated || record.attempt > 0 || !isUnstarted(record.status)) continue;
    state.putActivation({ ...record, detail: { ...record.detail, activated: { ...activated, seq } } });
  }
}

function isUnstarted(status: ActivationRecord['status']): boolean {
  return status === 'READY' || status === 'PENDING';
}

function freshJoin(state: StateAccess, { to, group }: Edge, size: number): JoinRecord {
  const executionId = state.execution?.executionId ?? '';
  return { executionId, target: to, group, remaining: size, taken: 0 };
}

function sizeOf(workflow: Workflow, { to, group }: Edge): number {
  return workflow.nodes.get(to)?.groups.get(group)?.size ?? 1;
}
