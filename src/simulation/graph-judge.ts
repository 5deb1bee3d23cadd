/** Holds what a free graph did against what its test expects. */
import type { Json } from '../core/ir.js';
import { messageOf, type Message } from '../core/thread.js';
import type { Workflow } from '../core/workflow.js';
import { findDifference, shown, type Difference } from './difference.js';
import type { GraphExpectation, JoinExpectation, MessageExpectation, ThreadExpectation } from './graph-expectation.js';
import { nodeName } from './node-name.js';
import type { SimulatedExecution } from './simulated-execution.js';

const NOTHING = 'nothing';

export function judgeGraph(run: SimulatedExecution, expect: GraphExpectation): (Difference | undefined)[] {
  const { path, stopReason, stoppedBy, messages } = expect;
  const thread = (): Message[] => run.events.flatMap((event) => messageOf(event) ?? []);
  return [
    stopReason === undefined ? undefined : compareText(stopReason, stopReasonOf(run), [...path, 'stop_reason']),
    stoppedBy === undefined ? undefined : compareStoppedBy(run, stoppedBy, [...path, 'stopped_by']),
    messages && compareThread(thread(), messages, run.workflow),
    ...compareJoins(run, expect),
  ];
}

/** Everything that was said, in its order. */
export function compareThread(
  got: readonly Message[],
  { path, messages }: ThreadExpectation,
  workflow: Workflow,
): Difference | undefined {
  for (const [index, expected] of messages.entries()) {
    const found = compareMessage(got[index], expected, workflow);
    if (found) return found;
  }
  const extra = got[messages.length];
  if (!extra) return undefined;
  return { path, expected: countOf(messages.length), got: `${countOf(got.length)}, then ${messageText(extra)}` };
}

function compareMessage(
  got: Message | undefined,
  { path, source, content }: MessageExpectation,
  workflow: Workflow,
): Difference | undefined {
  const { node, iteration } = nodeName(source, workflow);
  const same = got?.source === node && (iteration === undefined || got.iteration === iteration);
  if (!got || !same) {
    return { path, expected: `${source}: ${shown(content)}`, got: got ? messageText(got) : 'no further message' };
  }
  return findDifference(content, typeof content === 'string' ? got.content : parsed(got.content), path);
}

/** Messages of nodes whose outputs are no texts hold JSON. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function stopReasonOf({ execution }: SimulatedExecution): string {
  const { stoppedBy, pausedBy } = execution?.extra?.graph ?? {};
  if (execution?.status === 'COMPLETED') return stoppedBy ? 'stop_when' : 'complete';
  return (execution?.status === 'PAUSED' ? pausedBy : undefined) ?? `${NOTHING}: it is ${execution?.status ?? ''}`;
}

function compareStoppedBy(
  run: SimulatedExecution,
  expected: string,
  path: GraphExpectation['path'],
): Difference | undefined {
  const { stoppedBy } = run.execution?.extra?.graph ?? {};
  const { node, iteration } = nodeName(expected, run.workflow);
  const same = stoppedBy?.node === node && (iteration === undefined || stoppedBy.iteration === iteration);
  if (same) return undefined;
  return { path, expected, got: stoppedBy ? `${stoppedBy.node}#${stoppedBy.iteration}` : NOTHING };
}

function compareJoins(run: SimulatedExecution, { path, unsatisfied }: GraphExpectation): (Difference | undefined)[] {
  if (!unsatisfied) return [];
  const got = run.execution?.extra?.graph?.unsatisfied ?? [];
  const wrong = unsatisfied.map((expected) => {
    const found = got.some((join) => fits(expected, join));
    return found ? undefined : { path: expected.path, expected: joinText(expected), got: joinTexts(got) };
  });
  const extra = got.find((join) => !unsatisfied.some((expected) => fits(expected, join)));
  if (!extra) return wrong;
  return [...wrong, { path: [...path, 'unsatisfied'], expected: joinTexts(unsatisfied), got: joinTexts(got) }];
}

function fits(
  { node, group, remaining }: JoinExpectation,
  got: { readonly node: string; readonly group: string; readonly remaining: number },
): boolean {
  return got.node === node && (group ?? got.group) === got.group && (remaining ?? got.remaining) === got.remaining;
}

function joinTexts(joins: readonly Omit<JoinExpectation, 'path'>[]): string {
  return joins.length === 0 ? 'none' : joins.map(joinText).join(', ');
}

function joinText({ node, group, remaining }: Omit<JoinExpectation, 'path'>): string {
  const parts = [
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(remaining === undefined ? [] : [`${remaining} remaining`]),
  ];
  return parts.length === 0 ? node : `${node} (${parts.join(', ')})`;
}

function compareText(expected: string, got: string, path: GraphExpectation['path']): Difference | undefined {
  return expected === got ? undefined : { path, expected, got };
}

function messageText({ source, iteration, content }: Message): string {
  return `${iteration > 1 ? `${source}#${iteration}` : source}: ${shown(content)}`;
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? 'message' : 'messages'}`;
}
