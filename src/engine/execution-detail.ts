/** What people see of an execution: attempts are folded from its events, so that no table has to keep them twice. */
import type {
  ActivationRecord,
  ExecutionRecord,
  MapProgress,
  NodeError,
  NodeRef,
  PauseReason,
  UnsatisfiedJoin,
  WaitsFor,
} from '../core/execution.js';
import { activationKey, NEVER_MS } from '../core/execution.js';
import type { LimitsSpec } from '../core/ir.js';
import { executionLimits, limitUse, type LimitUse } from '../core/limits.js';
import { addUsage, type Usage } from '../core/usage.js';
import type { Compatibility } from '../core/compatibility.js';
import type { Workflow } from '../core/workflow.js';
import type { AttemptDetail, ExecutionHistory, ShownPayload } from './execution-history.js';

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
  /** Instead of an output that is too large for this answer: then `getPayload` brings it. */
  readonly outputBytes?: number;
  /** Of the event that holds the output. */
  readonly outputSeq?: number;
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
  /** Of a loop: its rounds so far. */
  readonly rounds?: number;
  /** Over all attempts and items. */
  readonly usage?: Usage;
}

/** Of an execution that its pipeline limits. */
export interface LimitDetail extends LimitUse {
  readonly limits: LimitsSpec;
  readonly pausedBy?: PauseReason;
}

/** Of a free graph. */
export interface GraphDetail {
  readonly scheduling: 'eager' | 'barrier';
  /** Since the start, or the last resume after a limit. */
  readonly turns: number;
  readonly messages: number;
  /** Since the start. */
  readonly totalTurns: number;
  /** Absent: it goes on, or ended otherwise. */
  readonly stopReason?: 'complete' | 'stop_when' | PauseReason;
  readonly stoppedBy?: NodeRef;
  readonly unsatisfied: readonly UnsatisfiedJoin[];
}

export interface ExecutionDetail extends ExecutionSummary {
  /** Empty when it is too large for this answer: then there is `inputBytes`, and `getPayload` brings event 1. */
  readonly inputJson: string;
  readonly inputBytes?: number;
  /** As of a node. */
  readonly outputJson?: string;
  readonly outputBytes?: number;
  readonly outputSeq?: number;
  readonly lastSeq: number;
  /** Executions that are reruns of this one. */
  readonly reruns?: readonly string[];
  readonly graph?: GraphDetail;
  /** Over all nodes. */
  readonly usage?: Usage;
  readonly limits?: LimitDetail;
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

/** Builds the detail from the records and the whole history. */
export function executionDetail(
  execution: ExecutionRecord,
  workflow: Workflow,
  activations: readonly ActivationRecord[],
  history: ExecutionHistory,
  nowMs: number,
): ExecutionDetail {
  const byNode = new Map<string, ActivationRecord[]>();
  const itemUsage = new Map<string, Usage>();
  for (const record of activations) {
    // The items of a map are counted in its own record.
    if (record.item !== undefined) {
      addItem(itemUsage, record);
      continue;
    }
    const records = byNode.get(record.node);
    if (records) records.push(record);
    else byNode.set(record.node, [record]);
  }
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
    for (const record of records.sort((a, b) => a.iteration - b.iteration))
      nodes.push({ ...base, ...activationDetail(record, history), ...usageOf(record, itemUsage) });
  }
  const { input } = history;
  return {
    ...executionSummary(execution),
    inputJson: input ? (input.json ?? '') : 'null',
    ...(input && input.json === undefined ? { inputBytes: input.bytes } : {}),
    ...outputOf(history.output),
    lastSeq: execution.lastSeq,
    ...graphOf(execution, workflow),
    ...(execution.extra?.usage ? { usage: execution.extra.usage } : {}),
    ...limitsOf(execution, workflow, nowMs),
    nodes,
  };
}

function graphOf({ status, extra }: ExecutionRecord, workflow: Workflow): { graph?: GraphDetail } {
  const spec = workflow.ir.pipeline?.graph;
  if (!spec || !extra?.graph) return {};
  const { turns, messages, totalTurns, stoppedBy, pausedBy, unsatisfied = [] } = extra.graph;
  const ended = stoppedBy ? 'stop_when' : 'complete';
  const stopReason = status === 'COMPLETED' ? ended : status === 'PAUSED' ? pausedBy : undefined;
  return {
    graph: {
      scheduling: spec.scheduling,
      turns,
      messages,
      totalTurns,
      ...(stopReason === undefined ? {} : { stopReason }),
      ...(stopReason === 'stop_when' && stoppedBy ? { stoppedBy } : {}),
      unsatisfied,
    },
  };
}

function limitsOf(execution: ExecutionRecord, { ir }: Workflow, nowMs: number): { limits?: LimitDetail } {
  const limits = executionLimits(ir);
  if (!limits) return {};
  const pausedBy = execution.status === 'PAUSED' ? execution.extra?.limits?.pausedBy : undefined;
  return { limits: { limits, ...limitUse(execution, nowMs), ...(pausedBy === undefined ? {} : { pausedBy }) } };
}

function addItem(sums: Map<string, Usage>, { node, iteration, detail }: ActivationRecord): void {
  if (!detail?.usage) return;
  const key = activationKey(node, iteration);
  sums.set(key, addUsage(sums.get(key) ?? {}, detail.usage));
}

function usageOf({ node, iteration, detail }: ActivationRecord, items: ReadonlyMap<string, Usage>): { usage?: Usage } {
  const ofItems = items.get(activationKey(node, iteration));
  const usage = ofItems ? addUsage(detail?.usage ?? {}, ofItems) : detail?.usage;
  return usage ? { usage } : {};
}

function activationDetail(
  record: ActivationRecord,
  history: ExecutionHistory,
): Omit<NodeDetail, 'node' | 'dependencies'> {
  const { iteration, status, readyAtMs, leaseExpiresAtMs } = record;
  const { output, ...rest } = history.find(record.node, iteration) ?? { attempts: [] };
  return {
    iteration,
    status,
    readyAtMs,
    ...(status === 'LEASED' && leaseExpiresAtMs !== undefined ? { leaseExpiresAtMs } : {}),
    ...waitingOf(record, history),
    ...rest,
    ...outputOf(output),
  };
}

function outputOf(output: ShownPayload | undefined): Pick<NodeDetail, 'outputJson' | 'outputBytes' | 'outputSeq'> {
  if (!output) return {};
  const { seq, bytes, json } = output;
  return { outputSeq: seq, ...(json === undefined ? { outputBytes: bytes } : { outputJson: json }) };
}

function waitingOf(
  { status, waitsFor, readyAtMs, detail }: ActivationRecord,
  history: ExecutionHistory,
): Partial<NodeDetail> {
  const { child, items, loop, waitingSeq } = detail ?? {};
  const message = history.findMessage(waitingSeq);
  return {
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...(status === 'WAITING' && readyAtMs < NEVER_MS ? { dueAtMs: readyAtMs } : {}),
    ...(child === undefined ? {} : { childExecutionId: child }),
    ...(items ? { items: progressOf(items) } : {}),
    ...(loop ? { rounds: loop.round } : {}),
    ...(message === undefined ? {} : { message: String(JSON.parse(message)) }),
  };
}

function progressOf({ total, opened, completed, failed }: MapProgress): NonNullable<NodeDetail['items']> {
  return { total, completed, failed, open: opened - completed - failed };
}
