/** One loaded execution together with its workflow: what `decide` reads, and what a task is built from. */
import type { ActivationRecord, ExecutionRecord, ExecutionView, JoinRecord } from '../core/execution.js';
import { formatTaskId, idempotencyKey } from '../core/ids.js';
import type { Workflow } from '../core/workflow.js';
import type { StoredExecution } from '../store/store.js';
import type { Task } from './engine-port.js';

export class BoundExecution implements ExecutionView {
  constructor(
    readonly workflow: Workflow,
    readonly stored: StoredExecution,
  ) {}

  get execution(): ExecutionRecord | undefined {
    return this.stored.execution;
  }

  activation(node: string, iteration: number): ActivationRecord | undefined {
    return this.stored.activation(node, iteration);
  }

  activations(): Iterable<ActivationRecord> {
    return this.stored.activations();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.stored.join(target, group);
  }

  output(activation: ActivationRecord): string {
    return this.stored.output(activation);
  }

  input(): string {
    return this.stored.input();
  }
}

/** The message that carries a leased attempt to its worker, with the outputs of its direct dependencies. */
export function buildTask(
  view: BoundExecution,
  record: ActivationRecord,
  nonce: string,
  leaseMs: number,
): Task | undefined {
  const node = view.workflow.nodes.get(record.node);
  if (!node) return undefined;
  const deps: string[] = [];
  const skipped: string[] = [];
  for (const id of node.dependencies) {
    const dependency = view.activation(id, 1);
    const completed = dependency?.status === 'COMPLETED';
    deps.push(`${JSON.stringify(id)}:${completed ? view.output(dependency) : 'null'}`);
    if (!completed) skipped.push(id);
  }
  const { executionId, iteration, attempt } = record;
  const { workflowId, versionHash } = view.workflow;
  return {
    taskId: formatTaskId({ executionId, node: node.id, iteration, attempt, nonce }),
    executionId,
    workflowId,
    versionHash,
    node: node.id,
    nodeType: node.type,
    iteration,
    attempt,
    leaseMs,
    inputJson: `{"input":${view.input()},"deps":{${deps.join(',')}}}`,
    idempotencyKey: idempotencyKey(executionId, record, versionHash),
    skipped,
    failed: [],
  };
}
