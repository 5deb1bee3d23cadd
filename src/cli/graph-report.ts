/** How far a free graph has come and why it stopped: for `--json`, and in words. */
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import { nodeLabel } from './text-format.js';

/** A join of which some edges fired, and that can fire no more. */
export interface JoinReport {
  readonly code: 'JOIN_UNSATISFIED';
  readonly node: string;
  readonly group: string;
  /** Edges that have not fired. */
  readonly remaining: number;
  readonly message: string;
}

/** Why a graph has stopped. */
export type StopReason = 'complete' | 'stop_when' | Limit;
export type Limit = 'max_turns' | 'max_messages';

export interface GraphReport {
  readonly scheduling: string;
  /** Since the start, or the last resume after a limit. */
  readonly turns: number;
  readonly messages: number;
  /** Since the start. */
  readonly totalTurns: number;
  /** Null: it goes on, or ended otherwise. */
  readonly stopReason: StopReason | null;
  readonly stoppedBy: { readonly node: string; readonly iteration: number } | null;
  readonly unsatisfied: readonly JoinReport[];
}

/** Null for an execution of a pipeline without a graph. */
export function graphReport({ graph }: Pick<ExecutionDetail__Output, 'graph'>): GraphReport | null {
  if (!graph) return null;
  const { scheduling, turns, messages, totalTurns, stopReason, stoppedByNode, stoppedByIteration } = graph;
  return {
    scheduling,
    turns,
    messages,
    totalTurns,
    stopReason: stopReason === '' ? null : (stopReason as StopReason),
    stoppedBy: stoppedByNode === '' ? null : { node: stoppedByNode, iteration: stoppedByIteration },
    unsatisfied: graph.unsatisfied.map(({ nodeId: node, group, remaining }) => ({
      code: 'JOIN_UNSATISFIED',
      node,
      group,
      remaining,
      message: joinText(node, group, remaining),
    })),
  };
}

/** The limit by which the graph is paused. */
export function limitOf(graph: GraphReport | null): Limit | undefined {
  const reason = graph?.stopReason;
  return reason === 'max_turns' || reason === 'max_messages' ? reason : undefined;
}

/** `paused: max_turns (20) reached after 40 turns`; undefined when no limit paused it. */
export function limitText(graph: GraphReport | null): string | undefined {
  const limit = limitOf(graph);
  if (!graph || limit === undefined) return undefined;
  const turns = counted(graph.totalTurns, 'turn');
  // A wave may say more than what was left of the limit: then it is the count, not the limit, that is known here.
  return limit === 'max_turns'
    ? `paused: max_turns (${graph.turns}) reached after ${turns}`
    : `paused: max_messages reached with ${counted(graph.messages, 'message')}, after ${turns}`;
}

/** Why the graph has ended: `complete`, or `stop_when by reviewer#2`; undefined when it has not ended so. */
export function stopText(graph: GraphReport | null): string | undefined {
  if (graph?.stopReason === 'complete') return 'complete';
  if (graph?.stopReason !== 'stop_when') return undefined;
  const { stoppedBy } = graph;
  return stoppedBy ? `stop_when by ${nodeLabel(stoppedBy.node, stoppedBy.iteration)}` : 'stop_when';
}

/** `JOIN_UNSATISFIED: ...`, one for each. */
export function joinWarnings(graph: GraphReport | null): string[] {
  return (graph?.unsatisfied ?? []).map(({ code, message }) => `${code}: ${message}`);
}

function joinText(node: string, group: string, remaining: number): string {
  const edges = counted(remaining, 'edge');
  const name = group === node ? 'the edges into it' : `its activation group ${group}`;
  return `node ${node} was not activated: of ${name}, ${edges} did not fire`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
