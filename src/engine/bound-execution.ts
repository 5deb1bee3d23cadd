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
import { MAX_TASK_INPUT_BYTES } from '../core/payload-limit.js';
import type { Workflow, WorkflowNode } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import type { StoredExecution } from '../store/store.js';
import type { Task } from './engine-port.js';

/** Outputs read at once. More: together they may be too large, and in memory before that shows. */
const PRELOADED = 64;

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

/** The message that carries a leased attempt to its worker; or INPUT_TOO_LARGE, when no message could. */
export function buildTask(
  view: BoundExecution,
  record: ActivationRecord,
  nonce: string,
  leaseMs: number,
): Task | NexumError | undefined {
  const node = view.workflow.nodes.get(record.node);
  if (!node) return undefined;
  const inputJson = inputOf(view, node);
  if (inputJson instanceof NexumError) return inputJson;
  const skipped: string[] = [];
  const failed: Task['failed'][number][] = [];
  for (const id of node.dependencies) {
    const dependency = view.activation(id, 1);
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
    inputJson,
    idempotencyKey: idempotencyKey(executionId, record, versionHash),
    skipped,
    failed,
    ...(override === undefined ? {} : { withJson: JSON.stringify(override) }),
    ...itemOf(view, record),
  };
}

/** The input of the execution, and the outputs of the direct dependencies; all of them as they were committed. */
function inputOf(view: BoundExecution, node: WorkflowNode): string | NexumError {
  const input = view.payload(INPUT_SEQ);
  const deps: string[] = [];
  let bytes = Buffer.byteLength(input);
  for (let from = 0; from < node.dependencies.length; from += PRELOADED) {
    const ids = node.dependencies.slice(from, from + PRELOADED);
    view.preload(ids.flatMap((id) => view.activation(id, 1)?.outputSeq ?? []));
    for (const id of ids) {
      const seq = view.activation(id, 1)?.outputSeq;
      const dep = `${JSON.stringify(id)}:${seq === undefined ? 'null' : view.payload(seq)}`;
      bytes += Buffer.byteLength(dep) + 1;
      deps.push(dep);
    }
    if (bytes > MAX_TASK_INPUT_BYTES) {
      const size = `more than ${MAX_TASK_INPUT_BYTES} bytes`;
      return nexumError('INPUT_TOO_LARGE', `node ${node.id}: the input and the outputs that it needs have ${size}`);
    }
  }
  return `{"input":${input},"deps":{${deps.join(',')}}}`;
}

function errorOf({ detail }: ActivationRecord): { code: string; message: string } {
  return detail?.error ?? { code: '', message: '' };
}

function itemOf(view: BoundExecution, { node, iteration, item }: ActivationRecord): Pick<Task, 'item'> {
  const items = item === undefined ? undefined : view.activation(node, iteration)?.detail?.items;
  if (!items || item === undefined) return {};
  return { item: { index: item, total: items.total, itemJson: itemText(view, items, item) } };
}
