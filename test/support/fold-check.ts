/** E5 for everything that a test left in its store: the history of each execution, folded, is what the tables hold. */
import { deepStrictEqual } from 'node:assert/strict';
import { applyEvent } from '../../src/core/apply-event.js';
import type { StateAccess } from '../../src/core/state-access.js';
import {
  activationKey,
  type ActivationRecord,
  type ExecutionRecord,
  type JoinRecord,
} from '../../src/core/execution.js';
import { buildWorkflow, type Workflow } from '../../src/core/workflow.js';
import type { Store } from '../../src/store/store.js';

/** A test that leaves more than this proves something else. */
const MAX_EXECUTIONS = 300;

class Fold implements StateAccess {
  execution: ExecutionRecord | undefined;
  readonly records = new Map<string, ActivationRecord>();
  private readonly joins = new Map<string, JoinRecord>();

  constructor(readonly workflow: Workflow) {}

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.records.get(activationKey(node, iteration, item));
  }

  activations(): Iterable<ActivationRecord> {
    return this.records.values();
  }

  putActivation(record: ActivationRecord): void {
    this.records.set(activationKey(record.node, record.iteration, record.item), record);
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.joins.get(`${target}\n${group}`);
  }

  putJoin(record: JoinRecord): void {
    this.joins.set(`${record.target}\n${record.group}`, record);
  }
}

/** @throws AssertionError naming the execution whose tables are not the fold of its events */
export async function assertFolds(store: Store): Promise<void> {
  for (const { executionId } of await store.listExecutions({ limit: MAX_EXECUTIONS })) {
    const execution = await store.findExecution(executionId);
    if (!execution) continue;
    const { workflowId, versionHash } = execution;
    const found = await store.findWorkflow({ workflowId, versionHash });
    if (!found) throw new Error(`the workflow of ${executionId} is gone`);
    const fold = new Fold(buildWorkflow(workflowId, versionHash, found.irJson));
    for (let seq = 0; ; seq = fold.execution?.lastSeq ?? 0) {
      const events = await store.listEvents(executionId, seq, 1000);
      if (events.length === 0) break;
      for (const event of events) applyEvent(fold, event);
    }
    const stored = await store.listActivations(executionId);
    // Another engine is at work on it: what was read is not of one moment.
    const later = await store.findExecution(executionId);
    if (later?.lastSeq !== execution.lastSeq || fold.execution?.lastSeq !== execution.lastSeq) continue;
    deepStrictEqual(plain(fold.execution), plain(execution), `${executionId}: the fold is not the execution`);
    deepStrictEqual(
      inOrder([...fold.activations()]),
      inOrder(stored),
      `${executionId}: the fold is not the activations`,
    );
  }
}

/** As plain data; without the one field that a heartbeat changes without an event. */
function inOrder(records: readonly ActivationRecord[]): unknown[] {
  return records
    .map(({ leaseExpiresAtMs: _excluded, ...record }) => record)
    .sort((a, b) => (activationKey(a.node, a.iteration, a.item) < activationKey(b.node, b.iteration, b.item) ? -1 : 1))
    .map(plain);
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
