/** Identifiers. All are time-ordered where they become keys: random ones cost four times as much in a B-tree. */
import { nexumError } from '../errors.js';
import type { NodeRef } from './execution.js';

/** What a task id on the wire names: one attempt of one activation, fenced by its nonce. */
export interface TaskRef extends NodeRef {
  readonly executionId: string;
  readonly attempt: number;
  readonly nonce: string;
}

/** Workflows and handlers of this package itself, such as those of durable calls, have names that begin with this. */
export const INTERNAL_PREFIX = 'nexum.';
/** Durable calls that run in the process of their caller. */
export const CALL_WORKFLOW = `${INTERNAL_PREFIX}call`;
/** Durable calls that workers with the handler execute: one version per handler. */
export const REMOTE_WORKFLOW = `${INTERNAL_PREFIX}remote`;
/** Questions to people: one version per circle of approvers. */
export const QUESTION_WORKFLOW = `${INTERNAL_PREFIX}ask`;

/** The key of `_meta` in which an MCP server finds the idempotency key of a call. */
export const IDEMPOTENCY_META = 'nexum-pipelines/idempotency-key';

/**
 * The session of a durable call, or of what else a session started, by its idempotency key `<session>/<key>`; undefined for
 * any other execution.
 */
export function sessionOf(execution: {
  readonly workflowId: string;
  readonly idempotencyKey?: string | undefined;
}): string | undefined {
  const { workflowId, idempotencyKey = '' } = execution;
  const end = idempotencyKey.lastIndexOf('/');
  return workflowId.startsWith(INTERNAL_PREFIX) && end > 0 ? idempotencyKey.slice(0, end) : undefined;
}

/** The other way round. */
export function splitDispatchKey(key: string): { readonly handler: string; readonly queue?: string } {
  const at = key.lastIndexOf('@');
  return at < 0 ? { handler: key } : { handler: key.slice(0, at), queue: key.slice(at + 1) };
}

const EXECUTION_ID = /^exec-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `exec-<uuid>`, a version 7 UUID (RFC 9562, 5.7) of `nowMs` and ten random bytes. */
export function formatExecutionId(nowMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(nowMs) << 16n);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes.buffer).toString('hex');
  return `exec-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * `task-<uuid of the execution>.<iteration>.<attempt>.<nonce>.<node>` (iteration `1i5`: map item 5): opaque to clients, but it tells the server where
 * to look, so that the hot table needs no index on task ids.
 */
export function formatTaskId(task: TaskRef): string {
  const item = task.item === undefined ? '' : `i${task.item}`;
  return `task-${task.executionId.slice(5)}.${task.iteration}${item}.${task.attempt}.${task.nonce}.${encodeURIComponent(task.node)}`;
}

/** @throws NexumError INVALID_REQUEST when the id was not made by `formatTaskId`. */
export function parseTaskId(taskId: string): TaskRef {
  const [execution = '', iteration = '', attempt = '', nonce = '', ...node] = taskId.split('.');
  const executionId = `exec-${execution.slice(5)}`;
  const [round = '', item] = iteration.split('i');
  const ref = {
    executionId,
    iteration: Number(round),
    ...(item === undefined ? {} : { item: Number(item) }),
    attempt: Number(attempt),
    nonce,
    node: decodeNode(node.join('.')),
  };
  const valid =
    execution.startsWith('task-') &&
    EXECUTION_ID.test(executionId) &&
    Number.isSafeInteger(ref.iteration) &&
    Number.isSafeInteger(ref.item ?? 0) &&
    Number.isSafeInteger(ref.attempt) &&
    nonce !== '' &&
    ref.node !== '' &&
    formatTaskId(ref) === taskId;
  if (!valid)
    throw nexumError(
      'INVALID_REQUEST',
      `task_id ${JSON.stringify(taskId.slice(0, 80))} is not a task id of this server`,
    );
  return ref;
}

/** `exec:node:version`, stable over attempts; iteration k > 1: `node#k`, map item: `node__index` (nexum-wire). */
export function idempotencyKey(executionId: string, ref: NodeRef, versionHash: string): string {
  const node = ref.iteration === 1 ? ref.node : `${ref.node}#${ref.iteration}`;
  const item = ref.item === undefined ? '' : `__${ref.item}`;
  return `${executionId}:${node}${item}:${versionHash}`;
}

function decodeNode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
