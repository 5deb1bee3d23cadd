/**
 * Durable calls as people and programs look at them, and how they are forgotten. Forgetting deletes an execution: the next
 * one who asks under its key starts another one.
 *
 * G1  What somebody is at stays: deleted under his hands, his result would vanish without a word. Who means it cancels first.
 */
import { INTERNAL_PREFIX, REMOTE_WORKFLOW, QUESTION_WORKFLOW, sessionOf } from '../core/ids.js';
import { INPUT_SEQ, type NodeError } from '../core/execution.js';
import { nexumError, NexumError } from '../errors.js';
import type { Store, StoredCall } from '../store/store.js';
import type { CommitLoop } from './commit-loop.js';
import type { CallInfo, EngineCalls } from './engine-port.js';
import { readPayload } from './reruns.js';
import type { Submissions } from './submissions.js';

/** Calls of one answer at most. */
const MAX_LIST = 1000;
const DEFAULT_LIST = 200;
const MAX_SESSIONS = 200;
/** Arguments and results of one answer, in bytes together; what is larger is left out. */
const PAYLOAD_BYTES = 4 * 1024 * 1024;
/** Calls that one transaction deletes. */
const FORGET_PAGE = 100;
/** Events behind the start in which the last failure of a call is looked for. */
const LAST_EVENTS = 100;

type Handlers = {
  [M in 'listCalls' | 'listSessions' | 'forgetCalls']: (
    args: EngineCalls[M]['args'],
  ) => Promise<EngineCalls[M]['result']>;
};

export function callHandlers(store: Store, loop: CommitLoop, submissions: Submissions): Handlers {
  return {
    listCalls: (args) => loop.read(() => listCalls(store, args)),
    listSessions: ({ afterSession, limit }) =>
      loop.read(async () => {
        const wanted = bounded(limit, MAX_SESSIONS, MAX_SESSIONS);
        const sessions = await store.listSessions(afterSession, wanted + 1);
        return { sessions: sessions.slice(0, wanted), more: sessions.length > wanted };
      }),
    forgetCalls: (args) => forgetCalls({ store, loop, submissions }, args),
  };
}

async function listCalls(
  store: Store,
  { session, afterExecutionId, limit, payloads }: EngineCalls['listCalls']['args'],
): Promise<EngineCalls['listCalls']['result']> {
  const wanted = bounded(limit, DEFAULT_LIST, MAX_LIST);
  const after = afterExecutionId === undefined ? {} : { afterExecutionId };
  const found = await store.listCalls({ session, limit: wanted + 1, ...after });
  const calls: CallInfo[] = [];
  let bytes = 0;
  for (const call of found.slice(0, wanted)) {
    const info = await describe(store, call);
    const filled = payloads ? await withPayloads(store, call, info) : info;
    bytes += (filled.inputJson?.length ?? 0) + (filled.resultJson?.length ?? 0);
    if (bytes > PAYLOAD_BYTES && calls.length > 0) return { calls, more: true };
    calls.push(filled);
  }
  return { calls, more: found.length > wanted };
}

async function describe(store: Store, { execution, activation, resultBytes }: StoredCall): Promise<CallInfo> {
  const { executionId, idempotencyKey = '', createdAtMs, finishedAtMs, extra } = execution;
  const [, version, ordinal] = /(?:@([^/@#]*))?(?:#(\d+))?$/.exec(idempotencyKey) ?? [];
  const error = execution.status === 'COMPLETED' ? undefined : await lastError(store, execution);
  return {
    executionId,
    key: idempotencyKey,
    tool: extra?.labels?.['tool'] ?? '',
    kind: kindOf(execution.workflowId),
    status: statusOf(execution, activation),
    attempts: activation?.attempt ?? 0,
    startedAtMs: createdAtMs,
    resultBytes,
    ...(version === undefined ? {} : { version }),
    ...(ordinal === undefined ? {} : { ordinal: Number(ordinal) }),
    ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
    ...(activation?.workerId === undefined ? {} : { workerId: activation.workerId }),
    ...(error ? { error } : {}),
  };
}

function kindOf(workflowId: string): CallInfo['kind'] {
  if (workflowId === REMOTE_WORKFLOW) return 'remote';
  return workflowId === QUESTION_WORKFLOW ? 'question' : 'call';
}

function statusOf({ status }: StoredCall['execution'], activation: StoredCall['activation']): CallInfo['status'] {
  if (status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED') return status;
  if (activation?.status === 'LEASED') return 'RUNNING';
  return activation?.status === 'WAITING' ? 'WAITING' : 'READY';
}

async function lastError(
  store: Store,
  { executionId, lastSeq, error }: StoredCall['execution'],
): Promise<NodeError | undefined> {
  if (error) return error;
  const events = await store.listEvents(executionId, Math.max(INPUT_SEQ, lastSeq - LAST_EVENTS), LAST_EVENTS);
  return events.findLast((event) => event.kind === 'attempt_failed')?.error;
}

async function withPayloads(
  store: Store,
  { execution, activation, resultBytes }: StoredCall,
  info: CallInfo,
): Promise<CallInfo> {
  const { executionId } = execution;
  const inputJson = await readPayload(store, executionId, INPUT_SEQ);
  const outputSeq = resultBytes > PAYLOAD_BYTES ? undefined : activation?.outputSeq;
  return {
    ...info,
    ...(inputJson.length > PAYLOAD_BYTES ? {} : { inputJson }),
    ...(outputSeq === undefined ? {} : { resultJson: await readPayload(store, executionId, outputSeq) }),
  };
}

interface Parts {
  readonly store: Store;
  readonly loop: CommitLoop;
  readonly submissions: Submissions;
}

/** @throws NexumError INVALID_REQUEST for keys of another session */
async function forgetCalls(
  parts: Parts,
  { session, keys, executionIds, cancel }: EngineCalls['forgetCalls']['args'],
): Promise<EngineCalls['forgetCalls']['result']> {
  const stranger = keys.find((key) => sessionOf({ workflowId: INTERNAL_PREFIX, idempotencyKey: key }) !== session);
  if (stranger !== undefined) throw nexumError('INVALID_REQUEST', `${stranger} is no key of session ${session}`);
  let forgotten = 0;
  let kept = 0;
  for await (const page of pagesOf(parts, session, keys, executionIds)) {
    const gone = await forgetPage(parts, page, cancel);
    forgotten += gone;
    kept += page.length - gone;
  }
  return { forgotten, kept };
}

/** The ids of the calls that are meant and exist. */
async function* pagesOf(
  { store, loop }: Parts,
  session: string,
  keys: readonly string[],
  executionIds: readonly string[],
): AsyncGenerator<readonly string[]> {
  if (keys.length + executionIds.length > 0) {
    const found = await loop.read(() => store.transact((transaction) => transaction.findByIdempotencyKeys(keys)));
    const records = await Promise.all(
      executionIds.map((executionId) => loop.read(() => store.findExecution(executionId))),
    );
    const named = records.flatMap((record) => (record && sessionOf(record) === session ? [record.executionId] : []));
    yield [...new Set([...found.values(), ...named])];
    return;
  }
  for (let afterExecutionId: string | undefined; ;) {
    const after = afterExecutionId === undefined ? {} : { afterExecutionId };
    const calls = await loop.read(() => store.listCalls({ session, limit: FORGET_PAGE, ...after }));
    const ids = calls.map(({ execution }) => execution.executionId);
    if (ids.length === 0) return;
    yield ids;
    afterExecutionId = ids.at(-1);
  }
}

async function forgetPage(
  { store, loop, submissions }: Parts,
  ids: readonly string[],
  cancel: boolean,
): Promise<number> {
  const forget = (some: readonly string[]): Promise<readonly string[]> => loop.read(() => store.forgetCalls(some));
  const first = await forget(ids);
  const held = ids.filter((id) => !first.includes(id));
  if (!cancel || held.length === 0) return first.length;
  // G1
  for (const executionId of held) {
    await submissions
      .control(executionId, { kind: 'cancel', reason: 'the call was forgotten' })
      .catch((error: unknown) => {
        // It has ended meanwhile, or is gone.
        if (!(error instanceof NexumError) || error.code === 'STORE_BROKEN') throw error;
      });
  }
  return first.length + (await forget(held)).length;
}

function bounded(limit: number, usual: number, most: number): number {
  return limit > 0 ? Math.min(limit, most) : usual;
}
