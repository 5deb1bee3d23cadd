/** Everything about executions that is only read, and stored workflows. Runs between batches (C1): what it sees is committed. */
import { INPUT_SEQ, isClosed } from '../core/execution.js';
import type { ExecutionRecord } from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import { messageOf } from '../core/thread.js';
import { MAX_PAYLOAD_BYTES } from '../core/payload-limit.js';
import { nexumError, type NexumError } from '../errors.js';
import { isFullPage } from '../store/event-page.js';
import type { ExecutionFilter, Store } from '../store/store.js';
import { listApprovals } from './approvals.js';
import type { EngineCalls, Finished, PendingApproval, ThreadMessage } from './engine-port.js';
import {
  executionDetail,
  executionSummary,
  type ExecutionDetail,
  type ExecutionSummary,
  type WorkflowVersion,
} from './execution-detail.js';
import { ExecutionHistory } from './execution-history.js';
import { planRerun, readPayload } from './reruns.js';
import type { StartOrder } from './submissions.js';
import { finishedOf } from './watchers.js';
import type { WorkflowRegistry } from './workflow-registry.js';

const EVENTS_PER_READ = 1000;
/** Messages of one answer, in bytes together; a longer one comes alone. */
const MAX_THREAD_BYTES = 16 * 1024 * 1024;

export class Queries {
  constructor(
    private readonly store: Store,
    private readonly registry: WorkflowRegistry,
    private readonly nowMs: () => number,
  ) {}

  async getWorkflow(args: {
    workflowId?: string;
    versionHash?: string;
  }): Promise<WorkflowVersion & { irJson: string }> {
    const record = await this.store.findWorkflow(args);
    if (!record) {
      const name = args.versionHash ?? args.workflowId ?? '';
      throw nexumError('WORKFLOW_NOT_FOUND', `workflow ${JSON.stringify(name)} is not registered`);
    }
    const { workflowId, versionHash, registeredAtMs, irJson } = record;
    return { workflowId, versionHash, registeredAtMs, irJson, activeExecutions: 0 };
  }

  async getSummary(args: { executionId: string }): Promise<ExecutionSummary> {
    return executionSummary(await this.getRecord(args.executionId));
  }

  async listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionSummary[]> {
    return (await this.store.listExecutions(filter)).map(executionSummary);
  }

  async getExecution(args: { executionId: string }): Promise<ExecutionDetail> {
    const record = await this.getRecord(args.executionId);
    const workflow = await this.registry.get(record.workflowId, record.versionHash);
    const activations = await this.store.listActivations(args.executionId);
    const history = new ExecutionHistory();
    for await (const page of this.eventPages(args.executionId, 0)) history.add(page);
    const reruns = await this.store.listReruns(args.executionId);
    return {
      ...executionDetail(record, workflow, activations, history, this.nowMs()),
      ...(reruns.length > 0 ? { reruns } : {}),
    };
  }

  listEvents(args: EngineCalls['listEvents']['args']): Promise<readonly ExecutionEvent[]> {
    return this.store.listEvents(args.executionId, args.afterSeq, args.limit);
  }

  /** What was said in a free graph. */
  async listMessages({ executionId, afterSeq, limit }: EngineCalls['listMessages']['args']): Promise<{
    messages: readonly ThreadMessage[];
    more: boolean;
  }> {
    const record = await this.getRecord(executionId);
    const workflow = await this.registry.get(record.workflowId, record.versionHash);
    const messages: ThreadMessage[] = [];
    let bytes = 0;
    if (!workflow.ir.pipeline?.graph) return { messages, more: false };
    for await (const page of this.eventPages(executionId, afterSeq)) {
      for (const event of page) {
        const message = messageOf(event);
        if (!message) continue;
        bytes += Buffer.byteLength(message.content);
        if (messages.length === limit || (messages.length > 0 && bytes > MAX_THREAD_BYTES))
          return { messages, more: true };
        messages.push(message);
      }
    }
    return { messages, more: false };
  }

  /** `completed_nodes_json` of Nexum 0.2: the last output of every COMPLETED node. @throws NexumError PAYLOAD_TOO_LARGE */
  async getCompletedNodes(args: { executionId: string }): Promise<{ status: string; outputsJson: string }> {
    const record = await this.getRecord(args.executionId);
    const outputs = new Map<string, string>();
    let bytes = 0;
    for await (const page of this.eventPages(args.executionId, 0)) {
      for (const event of page) {
        if (event.kind !== 'node_completed' || event.item !== undefined) continue;
        bytes += Buffer.byteLength(event.payload) - Buffer.byteLength(outputs.get(event.node) ?? '');
        outputs.set(event.node, event.payload);
      }
      if (bytes > MAX_PAYLOAD_BYTES) throw tooMuch(args.executionId);
    }
    const members = [...outputs].map(([node, payload]) => `${JSON.stringify(node)}:${payload}`);
    return { status: record.status, outputsJson: `{${members.join(',')}}` };
  }

  /** How the execution ended, if it has, or that a claimed one is free again. */
  async findFinished(executionId: string): Promise<Finished | undefined> {
    const record = await this.store.findExecution(executionId);
    if (!record)
      return {
        executionId,
        status: 'FAILED',
        code: 'EXECUTION_NOT_FOUND',
        message: `execution ${executionId} does not exist`,
      };
    if (!isClosed(record.status)) return undefined;
    let end: Finished | undefined;
    // Never the input: it may be large, and it is no end.
    for await (const page of this.eventPages(executionId, Math.max(INPUT_SEQ, record.lastSeq - EVENTS_PER_READ))) {
      const ends = page.map(finishedOf).filter((finished) => finished !== undefined && finished.status !== 'READY');
      end = ends.at(-1) ?? end;
    }
    return end && { ...end, ageMs: Math.max(1, this.nowMs() - (record.finishedAtMs ?? 0)) };
  }

  planRerun(args: EngineCalls['rerun']['args']): Promise<StartOrder> {
    return planRerun(this.store, this.registry, args);
  }

  listApprovals(): Promise<readonly PendingApproval[]> {
    return listApprovals(this.store, this.registry);
  }

  async getPayload({ executionId, seq }: { executionId: string; seq: number }): Promise<{ payload: string }> {
    return { payload: await readPayload(this.store, executionId, seq) };
  }

  /** Everything that there is after `afterSeq`; no page is empty. */
  async *eventPages(executionId: string, afterSeq: number): AsyncGenerator<readonly ExecutionEvent[], void> {
    for (let after = afterSeq; ;) {
      const page = await this.store.listEvents(executionId, after, EVENTS_PER_READ);
      const last = page.at(-1);
      if (!last) return;
      yield page;
      if (!isFullPage(page, EVENTS_PER_READ)) return;
      after = last.seq;
    }
  }

  findRecord(executionId: string): Promise<ExecutionRecord | undefined> {
    return this.store.findExecution(executionId);
  }

  private async getRecord(executionId: string): Promise<ExecutionRecord> {
    const record = await this.store.findExecution(executionId);
    if (!record) throw nexumError('EXECUTION_NOT_FOUND', `execution ${executionId} does not exist`);
    return record;
  }
}

function tooMuch(executionId: string): NexumError {
  const hint = 'GetExecution lists them, and GetPayload brings each of them';
  return nexumError(
    'PAYLOAD_TOO_LARGE',
    `the outputs of ${executionId} have more than ${MAX_PAYLOAD_BYTES} bytes together; ${hint}`,
  );
}
