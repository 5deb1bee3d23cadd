/** One execution as `--json` shows it everywhere: stable names, ISO 8601 times, null for what does not exist (yet). */
import { NEVER_MS } from '../core/execution.js';
import type { Json } from '../core/ir.js';
import { ERRORS, isErrorCode, nexumError } from '../errors.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import type { AttemptDetail__Output } from '../rpc/generated/nexum/AttemptDetail.js';
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import type { ExecutionSummary__Output } from '../rpc/generated/nexum/ExecutionSummary.js';
import type { NodeDetail__Output } from '../rpc/generated/nexum/NodeDetail.js';
import { graphReport, type GraphReport } from './graph-report.js';
import { isoTime } from './text-format.js';
import { limitReport, usageReport, type LimitReport } from './usage-report.js';

export interface ExecutionError {
  readonly node: string | null;
  readonly code: string | null;
  readonly message: string;
  readonly attempt: number | null;
  readonly fix: string | null;
}

export interface NodeReport {
  readonly node: string;
  readonly iteration: number;
  readonly status: string;
  /** Number of attempts so far. */
  readonly attempts: number;
  /** Of the newest attempt. */
  readonly worker: string | null;
  /** Of the newest attempt. */
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

export interface SummaryReport {
  readonly executionId: string;
  readonly workflowId: string;
  readonly versionHash: string;
  readonly status: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
}

export interface ExecutionReport extends SummaryReport {
  readonly error: ExecutionError | null;
  readonly output: Json;
  /** Null without a free graph. */
  readonly graph: GraphReport | null;
  /** Null when no model was called. */
  readonly usage: Json;
  /** Null without limits. */
  readonly budget: LimitReport | null;
  readonly nodes: readonly NodeReport[];
}

/** The summary and the nodes of a detail; proto3 messages may be absent, ours never are. */
export function summaryOf(detail: ExecutionDetail__Output): ExecutionSummary__Output {
  if (!detail.summary) throw nexumError('INTERNAL', 'the server sent an execution without a summary');
  return detail.summary;
}

export function summaryReport(summary: ExecutionSummary__Output): SummaryReport {
  const { executionId, workflowId, versionHash, status, createdAtMs, finishedAtMs } = summary;
  return {
    executionId,
    workflowId,
    versionHash,
    status,
    startedAt: isoTime(createdAtMs),
    finishedAt: isoTime(finishedAtMs),
    durationMs: finishedAtMs > 0 ? finishedAtMs - createdAtMs : null,
  };
}

/** Dependencies before dependents, as far as possible in the order in which nodes started; the wire order is by name. */
export function inRunningOrder(nodes: readonly NodeDetail__Output[]): NodeDetail__Output[] {
  const depths = new Map<string, number>();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  // Each node waits on the stack for its dependencies; no recursion, because a chain may have 10,000 nodes.
  for (const { nodeId } of nodes) {
    const stack = [nodeId];
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      const dependencies = byId.get(id)?.dependencies ?? [];
      const open = depths.has(id) ? [] : dependencies.filter((name) => !depths.has(name) && byId.has(name));
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      if (!depths.has(id)) depths.set(id, 1 + Math.max(0, ...dependencies.map((name) => depths.get(name) ?? 0)));
      stack.pop();
    }
  }
  // What the engine runs itself has no attempts; its end stands near enough.
  const startOf = ({ attempts, finishedAtMs }: NodeDetail__Output): number =>
    attempts[0]?.startedAtMs ?? (finishedAtMs > 0 ? finishedAtMs : Infinity);
  const depthOf = (node: NodeDetail__Output): number => depths.get(node.nodeId) ?? 0;
  return [...nodes].sort(
    (a, b) => compare(startOf(a), startOf(b)) || depthOf(a) - depthOf(b) || a.iteration - b.iteration,
  );
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Where an execution comes from and how it is marked: what `nexum ps` and `nexum get` show beyond `summaryReport`. */
export function originReport(summary: ExecutionSummary__Output): Readonly<Record<string, Json>> {
  const { labels, priority, parentExecutionId, parentNodeId, rerunOf, schedule } = summary;
  return {
    labels,
    priority,
    parent: parentExecutionId === '' ? null : { executionId: parentExecutionId, node: parentNodeId },
    rerunOf: rerunOf === '' ? null : rerunOf,
    schedule: schedule === '' ? null : schedule,
  };
}

export function executionReport(detail: ExecutionDetail__Output): ExecutionReport {
  return {
    ...summaryReport(summaryOf(detail)),
    error: executionError(detail),
    output: parseJson(detail.outputJson),
    graph: graphReport(detail),
    usage: usageReport(detail.usage),
    budget: limitReport(detail),
    nodes: inRunningOrder(detail.nodes).map(nodeReport),
  };
}

export function nodeReport(node: NodeDetail__Output): NodeReport {
  const newest = node.attempts.at(-1);
  return {
    node: node.nodeId,
    iteration: node.iteration,
    status: node.status,
    attempts: node.attempts.length,
    worker: newest?.workerId ?? null,
    startedAt: isoTime(newest?.startedAtMs ?? 0),
    completedAt: node.status === 'COMPLETED' ? isoTime(node.finishedAtMs) : null,
  };
}

/** Everything that `nexum get --json` shows of a node beyond `nodeReport`. */
export function nodeDetailReport(node: NodeDetail__Output): NodeReport & Readonly<Record<string, Json>> {
  return {
    ...nodeReport(node),
    type: node.nodeType === '' ? null : node.nodeType,
    handler: node.handler === '' ? null : node.handler,
    dependencies: node.dependencies,
    leaseExpiresAt: isoTime(node.leaseExpiresAtMs),
    waitsFor: node.waitsFor === '' ? null : node.waitsFor,
    dueAt: isDue(node.dueAtMs) ? isoTime(node.dueAtMs) : null,
    message: node.message === '' ? null : node.message,
    child: node.childExecutionId === '' ? null : node.childExecutionId,
    rounds: node.rounds === 0 ? null : node.rounds,
    items: node.items ? { ...node.items } : null,
    usage: usageReport(node.usage),
    error: node.errorCode === '' ? null : { code: node.errorCode, message: node.errorMessage },
    output: parseJson(node.outputJson),
    history: node.attempts.map(attemptReport),
  };
}

/** False for what waits without a deadline. */
export function isDue(dueAtMs: number): boolean {
  return dueAtMs > 0 && dueAtMs < NEVER_MS;
}

/** The failure of an execution: the node, its last attempt, the text, and the cure if the code is in the table. */
export function executionError(detail: ExecutionDetail__Output): ExecutionError | null {
  const summary = summaryOf(detail);
  if (summary.status !== 'FAILED') return null;
  const failed = detail.nodes.findLast((node) => node.nodeId === summary.failedNode && node.errorCode !== '');
  const code = failed?.errorCode ?? null;
  return {
    node: summary.failedNode === '' ? null : summary.failedNode,
    code,
    message: failed?.errorMessage ?? summary.errorMessage,
    attempt: failed?.attempts.at(-1)?.attempt ?? null,
    fix: code !== null && isErrorCode(code) ? ERRORS[code].fix : null,
  };
}

/** Empty text on the wire is an absent value: null. */
export function parseJson(text: string): Json {
  return text === '' ? null : (JSON.parse(text) as Json);
}

/** What a command prints as the result of an execution: a text as it is, the path of a written file, else JSON. */
export function resultText(output: Json): string {
  if (typeof output === 'string') return output;
  if (isJsonMap(output) && typeof output['path'] === 'string') return output['path'];
  return JSON.stringify(output, null, 2);
}

function attemptReport(attempt: AttemptDetail__Output): Readonly<Record<string, Json>> {
  return {
    attempt: attempt.attempt,
    worker: attempt.workerId,
    startedAt: isoTime(attempt.startedAtMs),
    finishedAt: isoTime(attempt.finishedAtMs),
    outcome: attempt.outcome,
    error: attempt.errorCode === '' ? null : { code: attempt.errorCode, message: attempt.errorMessage },
  };
}
