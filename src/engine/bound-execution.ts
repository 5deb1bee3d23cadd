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
import { readOf } from '../core/reads.js';
import { heardBy, textOf } from '../core/thread.js';
import type { Workflow, WorkflowNode } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import type { StoredExecution } from '../store/store.js';
import type { Task, ThreadMessage } from './engine-port.js';

/** A node, and the activation that is read of it. */
type Read = readonly [string, ActivationRecord | undefined];

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
  const read = node.reads.map((id): Read => [id, readOf(view, record, id)]);
  const inputJson = inputOf(view, node, read);
  if (inputJson instanceof NexumError) return inputJson;
  const messages = messagesOf(view, node, record, Buffer.byteLength(inputJson));
  if (messages instanceof NexumError) return messages;
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
    ...withoutOutput(read, node),
    ...(messages ? { messages } : {}),
    ...(override === undefined ? {} : { withJson: JSON.stringify(override) }),
    ...itemOf(view, record),
  };
}

/** Nodes that have no output to read, by the reason. */
function withoutOutput(read: readonly Read[], node: WorkflowNode): Pick<Task, 'skipped' | 'failed' | 'pending'> {
  const skipped: string[] = [];
  const pending: string[] = [];
  const failed: Task['failed'][number][] = [];
  for (const [id, record] of read) {
    if (record?.status === 'FAILED') failed.push({ node: id, ...errorOf(record) });
    else if (!record && !node.dependencies.includes(id)) pending.push(id);
    else if (record?.status !== 'COMPLETED') skipped.push(id);
  }
  return { skipped, failed, ...(pending.length > 0 ? { pending } : {}) };
}

/** What an agent of a free graph hears; undefined for every other node. */
function messagesOf(
  view: BoundExecution,
  node: WorkflowNode,
  record: ActivationRecord,
  usedBytes: number,
): readonly ThreadMessage[] | NexumError | undefined {
  if (!view.workflow.graph || !node.behaviour.agent) return undefined;
  const heard = heardBy(view, record);
  const messages: ThreadMessage[] = [];
  let bytes = usedBytes;
  for (let from = 0; from < heard.length; from += PRELOADED) {
    const page = heard.slice(from, from + PRELOADED);
    view.preload(page.map(({ seq }) => seq));
    for (const one of page) {
      const content = textOf(view.payload(one.seq));
      bytes += Buffer.byteLength(content);
      messages.push({ ...one, content });
    }
    if (bytes > MAX_TASK_INPUT_BYTES) {
      const cure = 'give the node a `history` that lets it hear less';
      const size = `more than ${MAX_TASK_INPUT_BYTES} bytes`;
      return nexumError('INPUT_TOO_LARGE', `node ${node.id}: the input and the messages have ${size}; ${cure}`);
    }
  }
  return messages;
}

/** The input of the execution, and the outputs that the node reads; all of them as they were committed. */
function inputOf(view: BoundExecution, node: WorkflowNode, read: readonly Read[]): string | NexumError {
  const input = view.payload(INPUT_SEQ);
  const deps: string[] = [];
  let bytes = Buffer.byteLength(input);
  for (let from = 0; from < read.length; from += PRELOADED) {
    const page = read.slice(from, from + PRELOADED);
    view.preload(page.flatMap(([, record]) => record?.outputSeq ?? []));
    for (const [id, record] of page) {
      const seq = record?.outputSeq;
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
