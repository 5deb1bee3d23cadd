/** The approvals that wait for a person. */
import type { PendingApproval } from './engine-port.js';
import type { Store, WaitingRef } from '../store/store.js';
import { readPayload } from './reruns.js';
import type { WorkflowRegistry } from './workflow-registry.js';
import { NEVER_MS } from '../core/execution.js';

/** Shown at once at most: nobody reads more. */
const MAX_APPROVALS = 1000;

/** Those of the oldest execution first. */
export async function listApprovals(store: Store, registry: WorkflowRegistry): Promise<readonly PendingApproval[]> {
  const pending: PendingApproval[] = [];
  for (const ref of await store.findWaiting('approval', MAX_APPROVALS)) {
    const approval = await readApproval(store, registry, ref);
    if (approval) pending.push(approval);
  }
  return pending;
}

async function readApproval(
  store: Store,
  registry: WorkflowRegistry,
  { executionId, node, iteration, workflowId, versionHash }: WaitingRef,
): Promise<PendingApproval | undefined> {
  const records = await store.listActivations(executionId);
  const record = records.find((one) => one.node === node && one.iteration === iteration && one.item === undefined);
  // It was answered between the two reads.
  if (record?.status !== 'WAITING') return undefined;
  const spec = (await registry.get(workflowId, versionHash)).nodes.get(node)?.behaviour.approval;
  const { waitingSeq = 0, waitingSinceMs = 0 } = record.detail ?? {};
  return {
    executionId,
    workflowId,
    node,
    iteration,
    pendingSinceMs: waitingSinceMs,
    approvers: spec?.approvers ?? [],
    ...(record.readyAtMs < NEVER_MS ? { deadlineMs: record.readyAtMs } : {}),
    ...(spec?.message === undefined ? {} : { message: asText(await readPayload(store, executionId, waitingSeq)) }),
    ...(spec?.form ? { form: spec.form } : {}),
  };
}

function asText(payload: string): string {
  const value = JSON.parse(payload) as unknown;
  return typeof value === 'string' ? value : payload;
}
