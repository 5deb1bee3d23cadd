/** What a crash demo proves, computed from what the server stored and what the two workers said while they lived. */
import type { ExecutionDetail__Output } from '../../rpc/generated/nexum/ExecutionDetail.js';
import type { NodeDetail__Output } from '../../rpc/generated/nexum/NodeDetail.js';
import { nodeOfSwitch } from '../crash-nodes.js';
import { inRunningOrder } from '../execution-report.js';
import { nodeLabel } from '../text-format.js';
import type { ChildEvent } from './child.js';

export interface CrashScene {
  readonly executionId: string;
  /** As stored between the two workers. */
  readonly atCrash: ExecutionDetail__Output;
  /** As stored at the end. */
  readonly atEnd: ExecutionDetail__Output;
  readonly worker1: readonly ChildEvent[];
  readonly worker2: readonly ChildEvent[];
  readonly worker2SpawnedAtMs: number;
}

export interface CrashEvidence {
  /** In the order of their commits. */
  readonly committedBeforeCrash: readonly string[];
  /** Nodes that worker 2 took, in that order. */
  readonly ranAfterCrash: readonly string[];
  /** Nodes that were committed before the crash and ran again. */
  readonly reExecuted: readonly string[];
  /** From the spawn of worker 2 to the first node that it took; null when nothing was left. */
  readonly resumeMs: number | null;
}

export interface CallEvidence {
  /** Calls that worker 2 read back instead of running them. */
  readonly replayedCalls: number;
  /** Calls that ran and were committed, by both workers. */
  readonly executedCalls: number;
  /** Keys of calls that were executed and committed more than once. */
  readonly repeatedCalls: readonly string[];
}

export function crashEvidence(scene: CrashScene): CrashEvidence {
  const { executionId, atCrash, atEnd, worker2, worker2SpawnedAtMs } = scene;
  const committed = inRunningOrder(atCrash.nodes)
    .filter(({ status }) => status === 'COMPLETED')
    .sort((a, b) => a.finishedAtMs - b.finishedAtMs);
  const taken = worker2.filter((event) => event.event === 'taken' && event['executionId'] === executionId);
  const takenLabels = taken.map((event) => nodeLabel(String(event['node']), Number(event['iteration'])));
  const [first] = taken;
  return {
    committedBeforeCrash: committed.map(labelOf),
    ranAfterCrash: [...new Set(takenLabels)],
    reExecuted: committed
      .filter((node) => takenLabels.includes(labelOf(node)) || attemptsOf(atEnd, node) > node.attempts.length)
      .map(labelOf),
    resumeMs: first ? first.atMs - worker2SpawnedAtMs : null,
  };
}

/**
 * In which iteration of the node the crash came: the newest one that was committed, or (`during`) that had begun.
 * @param name as the user gave it, perhaps with an iteration
 */
export function crashedActivation(
  { atCrash }: CrashScene,
  name: string,
  during: boolean,
): { readonly node: string; readonly iteration: number } {
  const named = atCrash.nodes.some(({ nodeId }) => nodeId === name);
  const node = named ? name : nodeOfSwitch(name);
  const reached = atCrash.nodes.filter(
    ({ nodeId, status, attempts }) => nodeId === node && (during ? attempts.length > 0 : status === 'COMPLETED'),
  );
  return { node, iteration: Math.max(1, ...reached.map(({ iteration }) => iteration)) };
}

/** The durable calls of one node, compared by their keys. */
export function callEvidence({ executionId, worker1, worker2 }: CrashScene, node: string): CallEvidence {
  const callsOf = (events: readonly ChildEvent[], outcome: string): string[] =>
    events
      .filter(({ event, session }) => event === 'call' && String(session).startsWith(`${executionId}/${node}#`))
      .filter((event) => event['outcome'] === outcome)
      .map((event) => String(event['key']));
  const executed = [...callsOf(worker1, 'executed'), ...callsOf(worker2, 'executed')];
  return {
    replayedCalls: callsOf(worker2, 'replayed').length,
    executedCalls: executed.length,
    repeatedCalls: [...new Set(executed.filter((key, index) => executed.indexOf(key) !== index))],
  };
}

/** The path of the report in the output of the execution, wherever the pipeline put it. */
export function findReport(output: unknown): string | null {
  if (typeof output !== 'object' || output === null) return null;
  if ('path' in output && typeof output.path === 'string') return output.path;
  for (const value of Object.values(output)) {
    const found = findReport(value);
    if (found !== null) return found;
  }
  return null;
}

function labelOf(node: NodeDetail__Output): string {
  return nodeLabel(node.nodeId, node.iteration);
}

function attemptsOf(detail: ExecutionDetail__Output, { nodeId, iteration }: NodeDetail__Output): number {
  return detail.nodes.find((node) => node.nodeId === nodeId && node.iteration === iteration)?.attempts.length ?? 0;
}
