/** One loaded execution together with its workflow: what `decide` reads, and what a task is built from. */
import {
  INPUT_SEQ,
  refOf,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionView,
  type JoinRecord,
} from '../core/execution.js';
import { formatTaskId, idempotencyKey } from '../core/ids.js';
import { itemText } from '../core/map-items.js';
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

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.stored.activation(node, iteration, item);
  }

  activations(): Iterable<ActivationRecord> {
    return this.stored.activations();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.stored.join(target, group);
  }

  payload(seq: number): string {
    return this.stored.payload(seq);
  }

  preload(seqs: readonly number[]): void {
    this.stored.preload(seqs);
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
  const records = node.dependencies.map((id) => view.activation(id, 1));
  view.preload(records.flatMap((record) => record?.outputSeq ?? []));
  const deps: string[] = [];
  const skipped: string[] = [];
  const failed: Task['failed'][number][] = [];
  for (const [index, id] of node.dependencies.entries()) {
    const dependency = records[index];
    const output = dependency?.outputSeq === undefined ? 'null' : view.payload(dependency.outputSeq);
    deps.push(`${JSON.stringify(id)}:${output}`);
    if (dependency?.status === 'FAILED') failed.push({ node: id, ...errorOf(dependency) });
    else if (dependency?.status !== 'COMPLETED') skipped.push(id);
  }
  const { executionId, iteration, attempt, item } = record;
  const { workflowId, versionHash } = view.workflow;
  const override = view.execution?.extra?.overrides?.[node.id];
  return {
    taskId: formatTaskId({ executionId, ...refOf(record), attempt, nonce }),
    executionId,
    workflowId,
    versionHash,
    node: node.id,
    nodeType: item === undefined ? node.type : 'MAP_SUBTASK',
    iteration,
    attempt,
    leaseMs,
    inputJson: `{"input":${view.payload(INPUT_SEQ)},"deps":{${deps.join(',')}}}`,
    idempotencyKey: idempotencyKey(executionId, record, versionHash),
    skipped,
    failed,
    ...(override === undefined ? {} : { withJson: JSON.stringify(override) }),
    ...itemOf(view, record),
  };
}

function errorOf({ detail }: ActivationRecord): { code: string; message: string } {
  return detail?.error ?? { code: '', message: '' };
}

function itemOf(view: BoundExecution, { node, iteration, item }: ActivationRecord): Pick<Task, 'item'> {
  const items = item === undefined ? undefined : view.activation(node, iteration)?.detail?.items;
  if (!items || item === undefined) return {};
  return { item: { index: item, total: items.total, itemJson: itemText(view, items, item) } };
}
