/** The crash demo told to people: what happens on stderr while it happens, the result on stdout. */
import type { JsonObject } from '../../core/ir.js';
import type { CompiledPipeline } from '../../pipeline/compile.js';
import type { ExecutionDetail__Output } from '../../rpc/generated/nexum/ExecutionDetail.js';
import { inRunningOrder, type NodeReport } from '../execution-report.js';
import { table, type Output, type Style } from '../output.js';
import { formatClock, formatDuration, nodeLabel, shorten } from '../text-format.js';
import type { ChildEnd, ChildEvent } from './child.js';
import type { CallEvidence, CrashEvidence } from './crash-evidence.js';
import type { CrashDemoPlan } from './demo-plan.js';

/** What `--json` prints. */
export interface CrashReport extends CrashEvidence, Partial<CallEvidence> {
  readonly executionId: string;
  readonly status: string;
  readonly crash: {
    readonly node: string;
    readonly iteration: number;
    readonly signal: string;
    readonly during?: boolean;
  };
  readonly nodes: readonly NodeReport[];
  readonly report: string | null;
  /** The data folder, if it was kept. */
  readonly dataDir: string | null;
  readonly workers: { readonly crashed: string | null; readonly fresh: string | null };
}

const LABEL_WIDTH = 10;
const MAX_QUERY = 100;

export class CrashStory {
  constructor(private readonly output: Output) {}

  server(pid: number, address: string, dataDir: string): void {
    this.tell('server', `pid ${pid} on ${address}, data in ${dataDir}`);
  }

  execution(executionId: string, compiled: CompiledPipeline, input: JsonObject): void {
    this.tell('pipeline', `${compiled.workflowId} (${Object.keys(compiled.ir.nodes).length} nodes)`);
    if (typeof input['query'] === 'string') this.tell('question', shorten(input['query'], MAX_QUERY));
    this.tell('execution', executionId);
  }

  worker1(pid: number, { node, during }: CrashDemoPlan): void {
    this.tell('worker 1', `pid ${pid}, will kill itself ${during ? 'inside' : 'right after the commit of'} ${node}`);
  }

  worker2(pid: number): void {
    this.tell('worker 2', `pid ${pid}, a fresh process that knows nothing`, 'cyan');
  }

  workerEvent(event: ChildEvent): void {
    const node = nodeLabel(String(event['node']), Number(event['iteration'] ?? 1));
    const line = (text: string): void => this.tell('', `${formatClock(event.atMs)}  ${text}`);
    if (event.event === 'taken') line(`${node} started, attempt ${String(event['attempt'])}`);
    else if (event.event === 'committed') line(`${node} committed`);
    else if (event.event === 'failed') line(`${node} failed: ${String(event['code'])}: ${String(event['message'])}`);
    else if (event.event === 'call') line(`  durable call ${String(event['tool'])}: ${String(event['outcome'])}`);
  }

  crash({ node, during }: CrashDemoPlan, death: ChildEnd, atCrash: ExecutionDetail__Output): void {
    const when = during ? `in the middle of ${node}` : `the commit of ${node} was acknowledged`;
    this.tell('crash', `${formatClock(death.atMs)}  ${when}; worker 1 is dead (${death.signal ?? ''})`, 'red');
    const of = (completed: boolean): string =>
      inRunningOrder(atCrash.nodes)
        .filter(({ status }) => (status === 'COMPLETED') === completed)
        .map(({ nodeId, iteration }) => nodeLabel(nodeId, iteration))
        .join(', ') || 'nothing';
    this.tell('committed', `${of(true)}  (left: ${of(false)})`, 'green');
  }

  summary(report: CrashReport): string {
    const { crashed, fresh } = report.workers;
    const name = (worker: string | null): string =>
      worker === null ? '' : worker === crashed ? 'worker 1' : worker === fresh ? 'worker 2' : worker;
    const rows = report.nodes.map((node) => [
      nodeLabel(node.node, node.iteration),
      node.status,
      name(node.worker),
      String(node.attempts),
      clock(node.startedAt),
      clock(node.completedAt),
      took(node),
    ]);
    return [
      table(['NODE', 'STATUS', 'WORKER', 'ATTEMPTS', 'STARTED', 'COMMITTED', 'TOOK'], rows),
      '',
      `committed before the crash   ${list(report.committedBeforeCrash)}`,
      `ran after the crash          ${list(report.ranAfterCrash)}`,
      `committed nodes that ran again  ${list(report.reExecuted)}`,
      ...callLines(report),
      ...(report.resumeMs === null
        ? []
        : [`resumed after ${formatDuration(report.resumeMs)} (start of worker 2 to its first node)`]),
      `execution ${report.status}`,
      ...(report.report === null ? [] : [`report ${report.report}`]),
      ...(report.dataDir === null ? [] : [`look around: nexum get ${report.executionId} --data-dir ${report.dataDir}`]),
    ].join('\n');
  }

  private tell(label: string, text: string, style: Style = 'bold'): void {
    if (!this.output.json) this.output.note(`${this.output.paint(style, label.padEnd(LABEL_WIDTH))} ${text}`);
  }
}

function callLines({ replayedCalls, executedCalls, repeatedCalls }: CrashReport): string[] {
  if (repeatedCalls === undefined) return [];
  return [
    `durable calls                ${executedCalls ?? 0} executed, ${replayedCalls ?? 0} read back by worker 2`,
    `committed calls that ran again  ${list(repeatedCalls)}`,
  ];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function clock(time: string | null): string {
  return time === null ? '' : formatClock(Date.parse(time));
}

function took({ startedAt, completedAt }: NodeReport): string {
  return startedAt === null || completedAt === null
    ? ''
    : formatDuration(Date.parse(completedAt) - Date.parse(startedAt));
}
