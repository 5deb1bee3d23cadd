/** Holds a simulated run against what its test expects. */
import { activationKey, isClosed, type ActivationRecord, type NodeError } from '../core/execution.js';
import type { Json } from '../core/ir.js';
import type { YamlPath } from '../pipeline/issue.js';
import { findDifference, shown, type Difference } from './difference.js';
import type { ErrorExpectation, Expectation, NodeExpectation } from './expectation.js';
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
    ...[...expect.nodes].flatMap(([node, each]) => judgeNode(run, node, undefined, each)),
  ];
  return found.filter((difference) => difference !== undefined);
}

/** How the run ended. */
export function statusOf({ execution }: SimulatedExecution): string {
  return execution && isClosed(execution.status) ? execution.status : 'WAITING';
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
  const why = error ? `${where}${error.code}: ${error.message}` : `for ${waitsFor.join(', ')}`;
  return { path: [...path, 'status'], expected: status, got: got === 'COMPLETED' ? got : `${got} (${why})` };
}

function judgeNode(
  run: SimulatedExecution,
  node: string,
  item: number | undefined,
  expect: NodeExpectation,
): (Difference | undefined)[] {
  const { path } = expect;
  const record = run.activation(node, 1, item);
  const rendered = run.rendered.get(activationKey(node, 1, item));
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
    compareDuration(startedAfterMs(run, node, item), expect.startedAfterMs, [...path, 'started_after']),
    ...compareError(record?.detail?.error, undefined, expect.error),
    ...(expect.items ?? []).flatMap((each, index) => judgeNode(run, node, index, each)),
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
    event.kind === 'node_completed' && event.item === undefined ? [event.node] : [],
  );
  let at = 0;
  for (const [index, node] of order.entries()) {
    at = completed.indexOf(node, at) + 1;
    if (at > 0) continue;
    const got = completed.length === 0 ? 'nothing completed' : completed.join(', ');
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

function startedAfterMs(run: SimulatedExecution, node: string, item: number | undefined): number | undefined {
  const begun = run.events.find(
    (event) =>
      'node' in event &&
      event.node === node &&
      ('item' in event ? event.item : undefined) === item &&
      event.kind !== 'node_skipped' &&
      event.kind !== 'node_cancelled' &&
      event.kind !== 'execution_failed',
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
