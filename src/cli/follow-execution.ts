/** Waits for the end of an execution, or until only people let it go on; prints what came of it. */
import type { CommandContext } from './context.js';
import { executionReport, resultText, type ExecutionReport } from './execution-report.js';
import { waitForEnd, type WaitEnd } from './execution-wait.js';
import { ExitCode } from './exit-code.js';
import { approvalReport, approvalText, describeApprovals, findHumanWait } from './pending-approvals.js';
import { joinWarnings, stopText } from './graph-report.js';
import type { RunHost } from './run-host.js';
import { interruptCode } from './shutdown.js';
import { formatDuration } from './text-format.js';
import { spentText } from './usage-report.js';

export interface Following {
  readonly context: CommandContext;
  readonly host: RunHost;
  readonly executionId: string;
  /** Resolves when the user wants to leave. */
  readonly interrupted: Promise<NodeJS.Signals>;
  readonly timeoutMs?: number | undefined;
  /** Further fields of the JSON result. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Lets work begin and follows it. @returns the exit code */
export async function followExecution(following: Following): Promise<number> {
  const { context, host, executionId, interrupted, timeoutMs } = following;
  await host.begin();
  const end = await waitForEnd({
    client: host.client,
    executionId,
    output: context.output,
    leavesToPeople: true,
    interrupted,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    nobodyHint: (wanted) => nobodyHint(host, wanted),
  });
  const detail = await host.client.call('GetExecution', { executionId });
  const report = executionReport(detail);
  switch (end) {
    case 'closed':
      return finish(following, report, spentText(detail.usage));
    case 'approval':
    case 'limit':
      return leaveToPeople(following, report, end);
    default:
      return leave(following, report, end);
  }
}

function finish({ context, extra }: Following, report: ExecutionReport, spent: string | undefined): number {
  const { output } = context;
  const { executionId, status } = report;
  if (output.json) output.data({ ...report, ...extra }, '');
  if (status === 'COMPLETED') {
    if (!output.json) output.data(null, resultText(report.output));
    for (const warning of output.json ? [] : joinWarnings(report.graph)) output.note(output.paint('yellow', warning));
    output.note(output.json ? '' : output.paint('green', completedText(report)));
    if (!output.json && spent !== undefined) output.note(spent);
    return ExitCode.OK;
  }
  if (status === 'CANCELLED') {
    output.note(`execution ${executionId} was cancelled`);
    return ExitCode.CANCELLED;
  }
  output.note(failureText(context, report));
  return ExitCode.FAILED;
}

function completedText({ durationMs, graph }: ExecutionReport): string {
  const why = stopText(graph);
  return `completed in ${formatDuration(durationMs ?? 0)}${why === undefined ? '' : ` (${why})`}`;
}

async function leaveToPeople(
  { context, host, executionId, extra }: Following,
  report: ExecutionReport,
  end: 'approval' | 'limit',
): Promise<number> {
  const { output } = context;
  const { waiting, limits } = await findHumanWait(host.client, executionId);
  const approvals = waiting.length === 0 ? [] : await describeApprovals(host.client, waiting);
  const waits = {
    waitsFor: end === 'limit' ? 'resume' : end,
    approvals: approvals.map(approvalReport),
    limits: limits.map((pause) => ({ executionId: pause.executionId, limit: pause.limit })),
  };
  if (output.json) output.data({ ...report, ...extra, ...waits }, '');
  const where = context.explicitServer ? ` --server ${context.address}` : storeOptions(context);
  const lines = [
    ...waits.approvals.map((approval) => approvalText(approval, where)),
    ...limits.map((pause) => `${pause.text}; go on with: nexum resume${where} ${pause.executionId}`),
  ];
  const alone = end === 'limit' && limits.every((pause) => pause.executionId === executionId);
  if (!alone) lines.unshift(output.paint('yellow', `${executionId} waits for a person`));
  output.note(lines.join('\n'));
  return ExitCode.WAITS_FOR_HUMAN;
}

function leave(
  following: Following,
  report: ExecutionReport,
  end: Exclude<WaitEnd, 'closed' | 'approval' | 'limit'>,
): number {
  const { context, timeoutMs, extra } = following;
  const { output } = context;
  const ended = end === 'timeout' ? `not finished within ${formatDuration(timeoutMs ?? 0)}` : 'interrupted';
  if (output.json) output.data({ ...report, ...extra, interrupted: end }, '');
  output.note(`${ended}; ${goOn(following)}`);
  return end === 'timeout' ? ExitCode.TIMED_OUT : interruptCode(end);
}

function failureText({ output }: CommandContext, { executionId, error }: ExecutionReport): string {
  const node = error?.node === null || error === null ? '' : ` at node ${error.node}`;
  const attempt = error?.attempt === null || error === null ? '' : ` (attempt ${error.attempt})`;
  const code = error?.code === null || error === null ? '' : `${error.code}: `;
  return [
    `${output.paint('red', `failed${node}${attempt}:`)} ${code}${error?.message ?? 'no error text'}`,
    ...(error?.fix === null || error === null ? [] : [`  fix: ${error.fix}`]),
    `  look: nexum get ${executionId}`,
  ].join('\n');
}

function goOn({ context, host, executionId }: Following): string {
  if (!host.embedded) {
    const server = host.client.address;
    return `the execution goes on at the server\n  wait again: nexum run --server ${server} --attach ${executionId}`;
  }
  const attach = `nexum run${storeOptions(context)} --attach ${executionId}`;
  return `the execution is durable, its committed nodes are kept\n  finish it: ${attach}`;
}

/** What a command needs to find the data of this one. */
function storeOptions(context: CommandContext): string {
  if (context.location.kind === 'postgres') return ` --database ${context.locationText}`;
  return context.explicitDataDir ? ` --data-dir ${context.dataDir}` : '';
}

function nobodyHint({ embedded, client }: RunHost, handlers: readonly string[]): string {
  const names = handlers.join(', ');
  return embedded
    ? `this process has no handler ${names}: add --handlers, or the pipeline file that names them`
    : `start a worker with the handler ${names}: nexum worker --server ${client.address}`;
}
