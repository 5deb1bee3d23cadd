/** Built workflows in memory; a running engine reads each version from the store once. */
import { nexumError } from '../errors.js';
import { buildWorkflow, type Workflow } from '../core/workflow.js';
import type { Store, WorkflowRecord } from '../store/store.js';
import { firstTimes, type CronTimes } from './schedule-times.js';

/** Built workflows kept; a 10,000-node one takes about 10 MB, a usual one 10 KB. */
const MAX_WORKFLOWS = 500;

export interface ScheduleClock {
  readonly cron: CronTimes;
  readonly nowMs: () => number;
  /** A new version has a schedule that is due at this time. */
  readonly onTime: (atMs: number) => void;
}

export class WorkflowRegistry {
  private readonly workflows = new Map<string, Workflow>();
  /** workflowId -> newest version hash, as far as known here. */
  private readonly newest = new Map<string, string>();

  constructor(
    private readonly store: Store,
    private readonly clock: ScheduleClock,
  ) {}

  /**
   * Checks and stores a version; registering the same again changes nothing.
   * @throws NexumError INVALID_WORKFLOW, or HASH_CONFLICT when the hash stands for another IR
   */
  async register(
    workflowId: string,
    versionHash: string,
    irJson: string,
  ): Promise<{ created: boolean; record: WorkflowRecord }> {
    if (workflowId === '') throw nexumError('INVALID_WORKFLOW', 'workflow_id is empty');
    if (versionHash === '') throw nexumError('INVALID_WORKFLOW', `workflow ${workflowId}: version_hash is empty`);
    const workflow = buildWorkflow(workflowId, versionHash, irJson);
    const { cron, nowMs, onTime } = this.clock;
    const schedules = firstTimes(workflow, cron, nowMs());
    const version = { workflowId, versionHash, irJson, registeredAtMs: Date.now() };
    const result = await this.store.putWorkflow(version, schedules);
    if (result.record.irJson !== irJson) {
      throw nexumError('HASH_CONFLICT', `workflow ${workflowId}: ${versionHash} was registered with another IR`);
    }
    this.remember(workflow);
    if (result.created) {
      this.newest.set(workflowId, versionHash);
      for (const { nextAtMs } of schedules) if (nextAtMs !== undefined) onTime(nextAtMs);
    }
    return result;
  }

  /** The version in memory, if it is there. */
  find(workflowId: string, versionHash: string): Workflow | undefined {
    return this.workflows.get(`${workflowId}\n${versionHash}`);
  }

  /** @throws NexumError WORKFLOW_NOT_FOUND; an empty `versionHash` means the newest one */
  async get(workflowId: string, versionHash: string): Promise<Workflow> {
    const wanted = versionHash === '' ? this.knownNewest(workflowId) : versionHash;
    const known = this.find(workflowId, wanted);
    if (known) return known;
    const record = await this.store.findWorkflow({ workflowId, ...(wanted === '' ? {} : { versionHash: wanted }) });
    if (!record) {
      const version = versionHash === '' ? '' : ` version ${versionHash}`;
      throw nexumError('WORKFLOW_NOT_FOUND', `workflow ${JSON.stringify(workflowId)}${version} is not registered`);
    }
    const workflow = buildWorkflow(record.workflowId, record.versionHash, record.irJson);
    this.remember(workflow);
    if (versionHash === '') this.newest.set(workflowId, record.versionHash);
    return workflow;
  }

  /** Where several servers register versions, only the store knows which is the newest. */
  private knownNewest(workflowId: string): string {
    return this.store.peers ? '' : (this.newest.get(workflowId) ?? '');
  }

  private remember(workflow: Workflow): void {
    this.workflows.set(`${workflow.workflowId}\n${workflow.versionHash}`, workflow);
    if (this.workflows.size <= MAX_WORKFLOWS) return;
    const oldest = this.workflows.keys().next();
    if (!oldest.done) this.workflows.delete(oldest.value);
  }
}
