/** One execution as `nexum get` shows it to people. */
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import type { NodeDetail__Output } from '../rpc/generated/nexum/NodeDetail.js';
import { executionError, inRunningOrder, isDue, summaryOf } from './execution-report.js';
import { graphReport, joinWarnings, limitText, stopText } from './graph-report.js';
import { originTexts } from './origin-text.js';
import { table } from './output.js';
import { formatClock, formatDate, formatDuration, itemsText, nodeLabel, shorten } from './text-format.js';
import { budgetText, limitReport, usageText } from './usage-report.js';

const MAX_VALUE = 200;
const MAX_MESSAGE = 60;
const SHORT_HASH = 19;

export function executionText(detail: ExecutionDetail__Output, nowMs: number): string {
  const { executionId, workflowId, versionHash, status, createdAtMs, finishedAtMs } = summaryOf(detail);
  const took = formatDuration((finishedAtMs > 0 ? finishedAtMs : nowMs) - createdAtMs);
  const nodes = inRunningOrder(detail.nodes);
  const origin = originTexts(summaryOf(detail));
  const lines = [
    `execution  ${executionId}`,
    `pipeline   ${workflowId} (${versionHash.slice(0, SHORT_HASH)})`,
    `status     ${status}`,
    ...(origin.length === 0 ? [] : [`marks      ${origin.join(', ')}`]),
    ...(detail.reruns.length === 0 ? [] : [`reruns     ${detail.reruns.join(', ')}`]),
    `started    ${formatDate(createdAtMs)}, ${finishedAtMs > 0 ? 'took' : 'since'} ${took}`,
    `input      ${shorten(detail.inputJson, MAX_VALUE)}`,
    ...(detail.outputJson === '' ? [] : [`output     ${shorten(detail.outputJson, MAX_VALUE)}`]),
    ...errorLines(detail),
    ...graphLines(detail),
    ...usageLines(detail),
    '',
    nodesTable(nodes, nowMs),
    ...attemptLines(nodes),
  ];
  return lines.join('\n');
}

function usageLines(detail: ExecutionDetail__Output): string[] {
  const used = usageText(detail.usage);
  const limit = budgetText(limitReport(detail));
  return [
    ...(used === undefined ? [] : [`usage      ${used}`]),
    ...(limit === undefined ? [] : [`limit      ${limit}; go on with: nexum resume ${summaryOf(detail).executionId}`]),
  ];
}

function graphLines(detail: ExecutionDetail__Output): string[] {
  const graph = graphReport(detail);
  if (!graph) return [];
  const { scheduling, totalTurns, stopReason } = graph;
  const stopped = stopReason === null ? '' : `; stopped: ${stopText(graph) ?? stopReason}`;
  const limit = limitText(graph);
  return [
    `graph      ${scheduling}, ${totalTurns} ${totalTurns === 1 ? 'turn' : 'turns'}${stopped}`,
    ...(limit === undefined ? [] : [`limit      ${limit}; go on with: nexum resume ${summaryOf(detail).executionId}`]),
    ...joinWarnings(graph).map((text) => `warning    ${text}`),
  ];
}

function errorLines(detail: ExecutionDetail__Output): string[] {
  const error = executionError(detail);
  if (!error) return [];
  const code = error.code === null ? '' : `${error.code}: `;
  const node = error.node === null ? '' : `${error.node}: `;
  return [`error      ${node}${code}${error.message}`, ...(error.fix === null ? [] : [`fix        ${error.fix}`])];
}

function nodesTable(nodes: readonly NodeDetail__Output[], nowMs: number): string {
  const rows = nodes.map((node) => {
    const newest = node.attempts.at(-1);
    const ended = newest && newest.finishedAtMs > 0 ? newest.finishedAtMs : nowMs;
    return [
      nodeLabel(node.nodeId, node.iteration),
      node.status,
      node.attempts.length === 0 ? '' : String(node.attempts.length),
      newest ? formatClock(newest.startedAtMs) : '',
      newest ? formatDuration(ended - newest.startedAtMs) : '',
      newest?.workerId ?? '',
      stateText(node, nowMs),
    ];
  });
  return table(['NODE', 'STATUS', 'ATTEMPTS', 'STARTED', 'TOOK', 'WORKER', ''], rows);
}

/** What a node waits for and how far it has come. */
function stateText(node: NodeDetail__Output, nowMs: number): string {
  const { waitsFor, dueAtMs, leaseExpiresAtMs, items, rounds, childExecutionId, message } = node;
  const until = isDue(dueAtMs) ? ` until ${formatDate(dueAtMs)}` : '';
  const waits = node.status === 'WAITING' && waitsFor !== '' ? `waits for ${waitsFor}${until}` : '';
  return [
    leaseExpiresAtMs > 0 ? `lease ends in ${formatDuration(leaseExpiresAtMs - nowMs)}` : '',
    items ? itemsText(items) : '',
    rounds > 0 ? roundsText(rounds, node.status) : '',
    waits,
    waitsFor === 'approval' && message !== '' ? shorten(message, MAX_MESSAGE) : '',
    childExecutionId === '' ? '' : `child ${childExecutionId}`,
    usageText(node.usage) ?? '',
  ]
    .filter((part) => part !== '')
    .join('  ');
}

function roundsText(rounds: number, status: string): string {
  return status === 'WAITING' ? `round ${rounds}` : `${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
}

/** Attempts that did not complete: why there was another. */
function attemptLines(nodes: readonly NodeDetail__Output[]): string[] {
  const lines = nodes.flatMap((node) =>
    node.attempts
      .filter(({ outcome }) => outcome !== 'COMPLETED' && outcome !== 'RUNNING')
      .map(({ attempt, outcome, startedAtMs, workerId, errorCode, errorMessage }) => {
        const why = errorCode === '' ? '' : `  ${errorCode}: ${errorMessage}`;
        return `  ${nodeLabel(node.nodeId, node.iteration)} attempt ${attempt} ${outcome}  ${formatClock(startedAtMs)}  ${workerId}${why}`;
      }),
  );
  return lines.length === 0 ? [] : ['', 'attempts that did not complete', ...lines];
}
