/** What a worker knows of workflows: the IR of each version, asked of the server once. */
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowIr } from '../core/ir.js';
import { NexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';

/** Versions kept; the oldest leaves first and is asked again when it comes back. */
const MAX_VERSIONS = 200;
/** Between two questions to a server that does not answer. */
const ASK_AGAIN_MS = 200;

export class WorkflowSource {
  private readonly versions = new Map<string, WorkflowIr>();

  constructor(private readonly client: NexumClient) {}

  find(workflowId: string, versionHash: string): WorkflowIr | undefined {
    return this.versions.get(`${workflowId}\n${versionHash}`);
  }

  /**
   * Asks until a server answers: that it restarts just now is no fault of the node, and must not cost it an attempt.
   * @throws NexumError WORKFLOW_NOT_FOUND; the reason of `signal` when it is aborted
   */
  async get(workflowId: string, versionHash: string, signal: AbortSignal): Promise<WorkflowIr> {
    const known = this.find(workflowId, versionHash);
    if (known) return known;
    const irJson = await this.ask(workflowId, versionHash, signal);
    const ir = JSON.parse(irJson) as WorkflowIr;
    this.versions.set(`${workflowId}\n${versionHash}`, ir);
    if (this.versions.size > MAX_VERSIONS) {
      const oldest = this.versions.keys().next();
      if (!oldest.done) this.versions.delete(oldest.value);
    }
    return ir;
  }

  private async ask(workflowId: string, versionHash: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      try {
        const { irJson } = await this.client.call('GetWorkflow', { workflowId, versionHash }, { waitForReady: true });
        return irJson;
      } catch (error) {
        if (!(error instanceof NexumError) || !error.retryable) throw error;
        await pause(ASK_AGAIN_MS, undefined, { signal });
      }
    }
  }
}
