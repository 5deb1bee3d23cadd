/** What a worker knows of workflows: the IR of each version, asked of the server once. */
import type { WorkflowIr } from '../core/ir.js';
import type { NexumClient } from '../rpc/client.js';

/** Versions kept; the oldest leaves first and is asked again when it comes back. */
const MAX_VERSIONS = 200;

export class WorkflowSource {
  private readonly versions = new Map<string, WorkflowIr>();

  constructor(private readonly client: NexumClient) {}

  find(workflowId: string, versionHash: string): WorkflowIr | undefined {
    return this.versions.get(`${workflowId}\n${versionHash}`);
  }

  /** @throws NexumError WORKFLOW_NOT_FOUND, SERVER_UNREACHABLE */
  async get(workflowId: string, versionHash: string): Promise<WorkflowIr> {
    const known = this.find(workflowId, versionHash);
    if (known) return known;
    const { irJson } = await this.client.call('GetWorkflow', { workflowId, versionHash }, { waitForReady: true });
    const ir = JSON.parse(irJson) as WorkflowIr;
    this.versions.set(`${workflowId}\n${versionHash}`, ir);
    if (this.versions.size > MAX_VERSIONS) {
      const oldest = this.versions.keys().next();
      if (!oldest.done) this.versions.delete(oldest.value);
    }
    return ir;
  }
}
