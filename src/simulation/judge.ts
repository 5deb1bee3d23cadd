/** Holds a simulated run against what its test expects. */
import {
  activationKey,
  isClosed,
  newestIteration,
  type ActivationRecord,
  type NodeError,
  type NodeRef,
} from '../core/execution.js';
import type { Json } from '../core/ir.js';
import type { YamlPath } from '../pipeline/issue.js';
import { findDifference, shown, type Difference } from './difference.js';
import type { ErrorExpectation, Expectation, NodeExpectation } from './expectation.js';
import { compareThread, judgeGraph } from './graph-judge.js';
import { nodeName } from './node-name.js';
import type { SimulatedExecution } from './simulated-execution.js';

/** Everything that is not as expected. `waitsFor`: what an execution that cannot go on waits for. */
export function judge(run: SimulatedExecution, expect: Expectation, waitsFor: readonly string[]): Difference[] {
  const { path } = expect;
  const found = [
    compareStatus(run, expect, waitsFor),
    ...compareError(run.execution?.error, run.execution?.failedNode, expect.error),
    ...compareOutput(outputOf(run), expect),
    compareOrder(run, expect),
    compareDuration(elapsedMs(run), expect.elapsedMs, [...path, 'elapsed']),
    ...judgeGraph(run, expect.graph),
    ...[...expect.nodes].flatMap(([name, each]) => judgeNode(run, newest(run, name), each)),
  ];
  return found.filter((difference) => difference !== undefined);
}

/** How the run ended. */
export function statusOf({ execution }: SimulatedExecution): string {
  return execution && (isClosed(execution.status) || execution.status === 'PAUSED') ? execution.status : 'WAITING';
}

/** Without an iteration a name means the newest one. */
function newest(run: SimulatedExecution, name: string): NodeRef {
  const { node, iteration = Math.max(1, newestIteration(run, node)) } = nodeName(name, run.workflow);
  return { node, iteration };
}

function compareStatus(
  run: SimulatedExecution,
  { status, path }: Expectation,
  waitsFor: readonly string[],
): Difference | undefined {
  const got = statusOf(run);
  if (got === status) return undefined;
  const { error, failedNode } = run.execution ?? {};
  const where = failedNode === undefined ? '' : `node ${failedNode}: `;
  const limit = got === 'PAUSED' ? run.execution?.extra?.graph?.pausedBy : undefined;
  const open = limit === undefined ? `for ${waitsFor.join(', ')}` : `by ${limit}`;
  const why = error ? `${where}${error.code}: ${error.message}` : open;
  return { path: [...path, 'status'], expected: status, got: got === 'COMPLETED' ? got : `${got} (${why})` };
}

function judgeNode(run: SimulatedExecution, ref: NodeRef, expect: NodeExpectation): (Difference | undefined)[] {
  const { path } = expect;
  const { node, iteration, item } = ref;
  const record = run.activation(node, iteration, item);
  const rendered = run.rendered.get(activationKey(node, iteration, item));
  const waiting = payloadOf(run, record?.detail?.waitingSeq);
  const compare = (key: string, expected: Json | undefined, got: Json | undefined): Difference | undefined =>
    expected === undefined ? undefined : findDifference(expected, got, [...path, key]);
  return [
    compareNodeStatus(record, expect),
    ...compareOutput(payloadOf(run, record?.outputSeq), expect),
    compare('with', expect.with, rendered?.input ?? waiting),
    compare('prompt', expect.prompt, rendered?.prompt),
    compare('message', expect.message, waiting),
    compare('attempts', expect.attempts, record?.attempt ?? 0),
    compare('iterations', expect.iterations, newestIteration(run, node)),
    expect.messages && compareThread(run.heard(ref), expect.messages, run.workflow),
    compareDuration(startedAfterMs(run, ref), expect.startedAfterMs, [...path, 'started_after']),
    ...compareError(record?.detail?.error, undefined, expect.error),
    ...(expect.items ?? []).flatMap((each, index) => judgeNode(run, { node, iteration, item: index }, each)),
  ];
}

function compareNodeStatus(record: ActivationRecord | undefined, expect: NodeExpectation): Difference | undefined {
  const { status, path } = expect;
  const got = record?.status ?? 'PENDING';
  if (status === undefined || got === status) return undefined;
  const { error } = record?.detail ?? {};
  return { path: [...path, 'status'], expected: status, got: error ? `${got} (${error.code}: ${error.message})` : got };
}

function compareOutput(
  got: Json | undefined,
  { path, output, outputContains }: Pick<NodeExpectation, 'path' | 'output' | 'outputContains'>,
): (Difference | undefined)[] {
  return [
    output === undefined ? undefined : findDifference(output, got, [...path, 'output']),
    outputContains === undefined
      ? undefined
      : findDifference(outputContains, got, [...path, 'output_contains'], 'contains'),
  ];
}

function compareError(
  got: NodeError | undefined,
  gotNode: string | undefined,
  expect: ErrorExpectation | undefined,
): Difference[] {
  if (!expect) return [];
  const { path, node, code, message } = expect;
  if (!got) return [{ path, expected: 'an error', got: 'none' }];
  const wrong: Difference[] = [];
  if (node !== undefined && node !== gotNode)
    wrong.push({ path: [...path, 'node'], expected: node, got: gotNode ?? 'no node' });
  if (code !== undefined && code !== got.code) wrong.push({ path: [...path, 'code'], expected: code, got: got.code });
  if (message !== undefined && !got.message.includes(message))
    wrong.push({ path, expected: `a message with ${shown(message)}`, got: shown(got.message) });
  return wrong;
}

/** These completed one after the other, whatever else completed in between. */
function compareOrder(run: SimulatedExecution, { order, path }: Expectation): Difference | undefined {
  if (!order) return undefined;
  const completed = run.events.flatMap((event) =>
    event.kind === 'node_completed' && event.item === undefined ? [event] : [],
  );
  let at = 0;
  for (const [index, name] of order.entries()) {
    const { node, iteration } = nodeName(name, run.workflow);
    const found = completed.findIndex(
      (each, position) =>
        position >= at && each.node === node && (iteration === undefined || each.iteration === iteration),
    );
    at = found + 1;
    if (at > 0) continue;
    const names = completed.map((each) => (each.iteration > 1 ? `${each.node}#${each.iteration}` : each.node));
    const got = names.length === 0 ? 'nothing completed' : names.join(', ');
    return { path: [...path, 'order', index], expected: `${order.join(', ')} in this order`, got };
  }
  return undefined;
}

function compareDuration(
  gotMs: number | undefined,
  expectedMs: number | undefined,
  path: YamlPath,
): Difference | undefined {
  if (expectedMs === undefined || gotMs === expectedMs) return undefined;
  return {
    path,
    expected: durationText(expectedMs),
    got: gotMs === undefined ? 'it never began' : durationText(gotMs),
  };
}

function startedAfterMs(run: SimulatedExecution, { node, iteration, item }: NodeRef): number | undefined {
  const begun = run.events.find(
    (event) =>
      'iteration' in event &&
      event.node === node &&
      event.iteration === iteration &&
      event.item === item &&
      event.kind !== 'node_skipped' &&
      event.kind !== 'node_cancelled',
  );
  return begun && begun.atMs - (run.execution?.createdAtMs ?? 0);
}

/** Of an execution that waits: until the last thing that happened. */
function elapsedMs({ events, execution, closing }: SimulatedExecution): number {
  const last = closing ?? events.at(-1);
  return (last?.atMs ?? 0) - (execution?.createdAtMs ?? 0);
}

function outputOf({ closing }: SimulatedExecution): Json | undefined {
  return closing?.kind === 'execution_completed' ? (JSON.parse(closing.payload) as Json) : undefined;
}

function payloadOf(run: SimulatedExecution, seq: number | undefined): Json | undefined {
  const event = seq === undefined ? undefined : run.events[seq - 1];
  if (!event || !('payload' in event)) return undefined;
  return JSON.parse(event.payload) as Json;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** As `elapsed` would be written, in the largest unit that is exact. */
function durationText(ms: number): string {
  const [unit, factor] = UNITS.find(([, size]) => ms > 0 && ms % size === 0) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}
