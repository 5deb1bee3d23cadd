/** Everything about executions that is only read, and stored workflows. Runs between batches (C1): what it sees is committed. */
import { isClosed } from '../core/execution.js';
import type { ExecutionRecord } from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import { nexumError } from '../errors.js';
import type { ExecutionFilter, Store } from '../store/store.js';
import { listApprovals } from './approvals.js';
import type { EngineCalls, Finished, PendingApproval } from './engine-port.js';
import {
  executionDetail,
  executionSummary,
  type ExecutionDetail,
  type ExecutionSummary,
  type WorkflowVersion,
} from './execution-detail.js';
import { planRerun, readPayload } from './reruns.js';
import type { StartOrder } from './submissions.js';
import { finishedOf } from './watchers.js';
import type { WorkflowRegistry } from './workflow-registry.js';

const EVENTS_PER_READ = 1000;

export class Queries {
  constructor(
    private readonly store: Store,
    private readonly registry: WorkflowRegistry,
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
    const events = await this.listAllEvents(args.executionId, 0);
    const reruns = await this.store.listReruns(args.executionId);
    return { ...executionDetail(record, workflow, activations, events), ...(reruns.length > 0 ? { reruns } : {}) };
  }

  listEvents(args: EngineCalls['listEvents']['args']): Promise<readonly ExecutionEvent[]> {
    return this.store.listEvents(args.executionId, args.afterSeq, args.limit);
  }

  /** `completed_nodes_json` of Nexum 0.2: the last output of every COMPLETED node. */
  async getCompletedNodes(args: { executionId: string }): Promise<{ status: string; outputsJson: string }> {
    const record = await this.getRecord(args.executionId);
    const outputs = new Map<string, string>();
    for (const event of await this.listAllEvents(args.executionId, 0)) {
      if (event.kind === 'node_completed' && event.item === undefined) outputs.set(event.node, event.payload);
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
    const events = await this.listAllEvents(executionId, Math.max(0, record.lastSeq - EVENTS_PER_READ));
    return events.map(finishedOf).findLast((finished) => finished !== undefined && finished.status !== 'READY');
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

  async listAllEvents(executionId: string, afterSeq: number): Promise<readonly ExecutionEvent[]> {
    const events: ExecutionEvent[] = [];
    for (;;) {
      const page = await this.store.listEvents(executionId, events.at(-1)?.seq ?? afterSeq, EVENTS_PER_READ);
      events.push(...page);
      if (page.length < EVENTS_PER_READ) return events;
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
