/** What an execution waits for that only people do, its children included: approvals, and a resume after a limit. */
import type { Json } from '../core/ir.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import type { NexumClient } from '../rpc/client.js';
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import type { PendingApprovalItem__Output } from '../rpc/generated/nexum/PendingApprovalItem.js';
import { parseJson, summaryOf } from './execution-report.js';
import { graphReport, limitOf, limitText } from './graph-report.js';
import { formatDate, isoTime, nodeLabel, shorten } from './text-format.js';
import { budgetText, limitReport } from './usage-report.js';

const MAX_MESSAGE = 500;

/** One approval as `--json` shows it. */
export interface ApprovalReport {
  readonly executionId: string;
  readonly workflowId: string;
  readonly node: string;
  /** From 1; grows when a loop or a graph asks again. */
  readonly iteration: number;
  readonly message: string | null;
  readonly since: string | null;
  readonly deadline: string | null;
  /** Empty: anybody may answer. */
  readonly approvers: readonly string[];
  /** The fields by name, declared like inputs. */
  readonly form: Json;
}

export interface WaitingNode {
  readonly executionId: string;
  readonly node: string;
  readonly iteration: number;
}

/** An execution that a limit has paused. */
export interface LimitPause {
  readonly executionId: string;
  readonly limit: string;
  readonly text: string;
}

export interface HumanWait {
  readonly waiting: readonly WaitingNode[];
  readonly limits: readonly LimitPause[];
  /** Nothing runs, could run, or waits for anything else: only people let it go on. */
  readonly onlyPeople: boolean;
}

/** Looks at the execution and at the children that it waits for. */
export async function findHumanWait(client: NexumClient, executionId: string): Promise<HumanWait> {
  const detail = await client.call('GetExecution', { executionId });
  const limits = findLimits(executionId, detail);
  if (limits.length > 0) {
    const onlyPeople = detail.nodes.every(({ status }) => status !== 'LEASED');
    return { waiting: [], limits, onlyPeople };
  }
  const waiting: WaitingNode[] = [];
  let onlyPeople = summaryOf(detail).status === 'RUNNING';
  for (const { nodeId: node, iteration, status, waitsFor, childExecutionId } of detail.nodes) {
    if (status === 'READY' || status === 'LEASED') onlyPeople = false;
    // A loop waits for its nodes, which say themselves what they wait for.
    if (status !== 'WAITING' || waitsFor === 'nodes') continue;
    if (waitsFor === 'approval') {
      waiting.push({ executionId, node, iteration });
    } else if (waitsFor === 'child' && childExecutionId !== '') {
      const child = await findHumanWait(client, childExecutionId);
      waiting.push(...child.waiting);
      limits.push(...child.limits);
      onlyPeople &&= child.onlyPeople;
    } else {
      onlyPeople = false;
    }
  }
  return { waiting, limits, onlyPeople: onlyPeople && waiting.length + limits.length > 0 };
}

function findLimits(executionId: string, detail: ExecutionDetail__Output): LimitPause[] {
  const [graph, limits] = [graphReport(detail), limitReport(detail)];
  const ofGraph = { executionId, limit: limitOf(graph), text: limitText(graph) };
  const ofBudget = { executionId, limit: limits?.pausedBy ?? undefined, text: budgetText(limits) };
  return [ofGraph, ofBudget].flatMap(({ limit, text }) =>
    limit === undefined || text === undefined ? [] : [{ executionId, limit, text }],
  );
}

/** What the server tells of these approvals; without those that were answered meanwhile. */
export async function describeApprovals(
  client: NexumClient,
  waiting: readonly WaitingNode[],
): Promise<PendingApprovalItem__Output[]> {
  const { items } = await client.call('GetPendingApprovals', {});
  return items.filter((item) =>
    waiting.some(
      ({ executionId, node, iteration }) =>
        item.executionId === executionId && item.nodeId === node && item.iteration === iteration,
    ),
  );
}

export function approvalReport(item: PendingApprovalItem__Output): ApprovalReport {
  const { executionId, workflowId, nodeId, iteration, message, approvers, formJson, pendingSinceMs, deadlineMs } = item;
  return {
    executionId,
    workflowId,
    node: nodeId,
    iteration,
    message: message === '' ? null : message,
    since: isoTime(pendingSinceMs),
    deadline: isoTime(deadlineMs),
    approvers,
    form: parseJson(formJson),
  };
}

/** What is asked, by when, and the command that answers it. `where`: the options that lead to the data. */
export function approvalText(
  { executionId, node, iteration, message, deadline, approvers, form }: ApprovalReport,
  where: string,
): string {
  const fields = formFields(form).map((field) => ` -f ${field}=...`);
  const approver = approvers[0] ?? 'NAME';
  const label = nodeLabel(node, iteration);
  return [
    `${label} asks: ${message === null ? 'may it go on?' : shorten(message, MAX_MESSAGE)}`,
    ...(approvers.length > 1 ? [`  one of: ${approvers.join(', ')}`] : []),
    ...(deadline === null ? [] : [`  until: ${formatDate(Date.parse(deadline))}`]),
    `  answer: nexum approve${where} ${executionId} ${label} --approver ${approver}${fields.join('')}`,
  ].join('\n');
}

/** The names of the fields of a form. */
export function formFields(form: Json): string[] {
  return isJsonMap(form) ? Object.keys(form) : [];
}
