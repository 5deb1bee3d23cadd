/** What people see of an execution: attempts are folded from its events, so that no table has to keep them twice. */
import type { ActivationRecord, ExecutionRecord, MapProgress, NodeError, WaitsFor } from '../core/execution.js';
import { activationKey, NEVER_MS } from '../core/execution.js';
import type { Compatibility } from '../core/compatibility.js';
import type { ExecutionEvent } from '../core/event.js';
import type { Workflow } from '../core/workflow.js';

export interface WorkflowVersion {
  readonly workflowId: string;
  readonly versionHash: string;
  readonly registeredAtMs: number;
  readonly activeExecutions: number;
  /** Order of registration, over all workflows. */
  readonly ordinal?: number;
  /** Compared with the version registered before it. */
  readonly compatibility?: Compatibility;
  /** Why it is SAFE or BREAKING; breaking changes first. */
  readonly reasons?: readonly string[];
}

export interface ExecutionSummary {
  readonly executionId: string;
  readonly workflowId: string;
  readonly versionHash: string;
  readonly status: ExecutionRecord['status'];
  readonly createdAtMs: number;
  readonly finishedAtMs?: number;
  readonly error?: NodeError;
  readonly failedNode?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly priority?: number;
  /** The execution whose node started this one. */
  readonly parent?: { readonly executionId: string; readonly node: string };
  readonly rerunOf?: string;
  readonly schedule?: string;
}

export interface AttemptDetail {
  readonly attempt: number;
  readonly workerId: string;
  readonly startedAtMs: number;
  finishedAtMs?: number;
  outcome: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'LOST' | 'RELEASED' | 'CANCELLED';
  error?: NodeError;
}

export interface NodeDetail {
  readonly node: string;
  readonly iteration: number;
  readonly status: ActivationRecord['status'];
  readonly dependencies: readonly string[];
  readonly handler?: string;
  readonly readyAtMs?: number;
  readonly leaseExpiresAtMs?: number;
  readonly attempts: readonly AttemptDetail[];
  readonly finishedAtMs?: number;
  readonly outputJson?: string;
  readonly error?: NodeError;
  readonly nodeType?: string;
  readonly waitsFor?: WaitsFor;
  /** When a timer fires or a deadline ends. */
  readonly dueAtMs?: number;
  readonly childExecutionId?: string;
  readonly items?: {
    readonly total: number;
    readonly completed: number;
    readonly failed: number;
    readonly open: number;
  };
  /** Of an approval. */
  readonly message?: string;
}

export interface ExecutionDetail extends ExecutionSummary {
  readonly inputJson: string;
  readonly outputJson?: string;
  readonly lastSeq: number;
  /** Executions that are reruns of this one. */
  readonly reruns?: readonly string[];
  /** In the order of the workflow; later iterations after earlier ones. */
  readonly nodes: readonly NodeDetail[];
}

export function executionSummary(record: ExecutionRecord): ExecutionSummary {
  const { executionId, workflowId, versionHash, status, createdAtMs, finishedAtMs, error, failedNode } = record;
  return {
    executionId,
    workflowId,
    versionHash,
    status,
    createdAtMs,
    ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
    ...(error === undefined ? {} : { error }),
    ...(failedNode === undefined ? {} : { failedNode }),
    ...originOf(record),
  };
}

function originOf({ extra }: ExecutionRecord): Partial<ExecutionSummary> {
  if (!extra) return {};
  const { parent, labels, priority, rerunOf, schedule } = extra;
  return {
    ...(labels ? { labels } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(parent ? { parent: { executionId: parent.executionId, node: parent.node } } : {}),
    ...(rerunOf === undefined ? {} : { rerunOf }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

interface NodeHistory {
  readonly attempts: AttemptDetail[];
  outputJson?: string;
  finishedAtMs?: number;
  error?: NodeError;
}

/** Builds the detail from the records and the whole history. O(events). */
export function executionDetail(
  execution: ExecutionRecord,
  workflow: Workflow,
  activations: readonly ActivationRecord[],
  events: readonly ExecutionEvent[],
): ExecutionDetail {
  const histories = foldHistories(events);
  const byNode = new Map<string, ActivationRecord[]>();
  // The items of a map are counted in its own record.
  for (const record of activations.filter(({ item }) => item === undefined))
    byNode.set(record.node, [...(byNode.get(record.node) ?? []), record]);
  const nodes: NodeDetail[] = [];
  for (const node of workflow.nodes.values()) {
    const records = byNode.get(node.id) ?? [];
    const base = {
      node: node.id,
      nodeType: node.type,
      dependencies: node.dependencies,
      ...(node.behaviour.handler === undefined ? {} : { handler: node.behaviour.handler }),
    };
    if (records.length === 0) nodes.push({ ...base, iteration: 1, status: 'PENDING', attempts: [] });
    for (const record of [...records].sort((a, b) => a.iteration - b.iteration)) {
      const history = histories.get(activationKey(record.node, record.iteration));
      nodes.push({
        ...base,
        iteration: record.iteration,
        status: record.status,
        readyAtMs: record.readyAtMs,
        ...(record.status === 'LEASED' && record.leaseExpiresAtMs !== undefined
          ? { leaseExpiresAtMs: record.leaseExpiresAtMs }
          : {}),
        ...waitingOf(record, events),
        ...(history ?? { attempts: [] }),
      });
    }
  }
  const started = events.find((event) => event.kind === 'execution_started');
  const completed = events.find((event) => event.kind === 'execution_completed');
  return {
    ...executionSummary(execution),
    inputJson: started?.payload ?? 'null',
    ...(completed ? { outputJson: completed.payload } : {}),
    lastSeq: execution.lastSeq,
    nodes,
  };
}

function waitingOf(
  { status, waitsFor, readyAtMs, detail }: ActivationRecord,
  events: readonly ExecutionEvent[],
): Partial<NodeDetail> {
  const { child, items, waitingSeq } = detail ?? {};
  const waiting = events.find(({ seq }) => seq === waitingSeq);
  const message = waiting?.kind === 'node_waiting' && waiting.waitsFor === 'approval' ? waiting.payload : undefined;
  return {
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...(status === 'WAITING' && readyAtMs < NEVER_MS ? { dueAtMs: readyAtMs } : {}),
    ...(child === undefined ? {} : { childExecutionId: child }),
    ...(items ? { items: progressOf(items) } : {}),
    ...(message === undefined ? {} : { message: String(JSON.parse(message)) }),
  };
}

function progressOf({ total, opened, completed, failed }: MapProgress): NonNullable<NodeDetail['items']> {
  return { total, completed, failed, open: opened - completed - failed };
}

function foldHistories(events: readonly ExecutionEvent[]): Map<string, NodeHistory> {
  const histories = new Map<string, NodeHistory>();
  for (const event of events) {
    if (!('iteration' in event)) continue;
    if (event.item !== undefined) continue;
    const key = activationKey(event.node, event.iteration);
    const history = histories.get(key) ?? { attempts: [] };
    histories.set(key, history);
    applyToHistory(history, event);
  }
  return histories;
}

function applyToHistory(history: NodeHistory, event: ExecutionEvent): void {
  const end = (outcome: AttemptDetail['outcome'], error?: NodeError): void => {
    const current = history.attempts.at(-1);
    if (current?.outcome !== 'RUNNING') return;
    current.outcome = outcome;
    current.finishedAtMs = event.atMs;
    if (error) current.error = error;
  };
  switch (event.kind) {
    case 'node_leased':
      history.attempts.push({
        attempt: event.attempt,
        workerId: event.workerId,
        startedAtMs: event.atMs,
        outcome: 'RUNNING',
      });
      return;
    case 'attempt_failed':
      end('FAILED', event.error);
      return;
    case 'attempt_lost':
      end('LOST');
      return;
    case 'attempt_released':
      end('RELEASED');
      return;
    case 'node_completed':
      end('COMPLETED');
      history.outputJson = event.payload;
      history.finishedAtMs = event.atMs;
      return;
    case 'node_failed':
      end('FAILED', event.error);
      history.error = event.error;
      history.finishedAtMs = event.atMs;
      return;
    case 'node_skipped':
      history.finishedAtMs = event.atMs;
      return;
    case 'node_cancelled':
      end('CANCELLED');
      history.finishedAtMs = event.atMs;
      return;
    case 'node_reopened':
      delete history.error;
      delete history.finishedAtMs;
      return;
    case 'node_waiting':
      end('COMPLETED');
      return;
    case 'map_expanded':
      end('COMPLETED');
      return;
    case 'map_items':
    case 'items_opened':
    case 'node_settled':
    case 'signal_received':
    case 'execution_admitted':
    case 'execution_retried':
    case 'execution_started':
    case 'execution_paused':
    case 'execution_resumed':
    case 'execution_completed':
    case 'execution_failed':
    case 'execution_cancelled':
      return;
  }
}
