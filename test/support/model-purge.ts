/** What a purge deletes from the model store, one rule after the other. */
import { isClosed, type ExecutionRecord } from '../../src/core/execution.js';
import { formatExecutionId, INTERNAL_PREFIX } from '../../src/core/ids.js';
import type { PurgeFilter, Purged } from '../../src/store/store.js';
import type { Entry } from './model-entry.js';

/** Deletes from `executions`, a map that nobody else looks at. */
export function purgeModel(executions: Map<string, Entry>, filter: PurgeFilter): Purged {
  const { finishedBeforeMs, afterExecutionId = '', limit, dryRun } = filter;
  const byId = finishedBeforeMs !== undefined;
  const bound = byId ? formatExecutionId(finishedBeforeMs, new Uint8Array(10)) : undefined;
  const all = [...executions.values()].flatMap(({ execution }) => execution ?? []);
  const place = byId
    ? ({ executionId }: ExecutionRecord): string => executionId
    : ({ purgeAtMs = 0, executionId }: ExecutionRecord): string =>
        `${String(purgeAtMs).padStart(20, '0')} ${executionId}`;
  const last = executions.get(afterExecutionId)?.execution;
  const after = last ? place(last) : byId ? afterExecutionId : '';
  const due = all
    .filter((one) => (bound === undefined ? (one.purgeAtMs ?? Infinity) <= filter.nowMs : one.executionId < bound))
    .filter((one) => place(one) > after)
    .sort((a, b) => (place(a) < place(b) ? -1 : 1));
  const wanted = due.filter((one) => matches(one, filter));
  const chosen = wanted.slice(0, limit).filter((one) => isFree(executions, one));
  const executionIds = chosen.map(({ executionId }) => executionId);
  if (!dryRun) for (const id of executionIds) remove(executions, id);
  const stop = wanted[limit];
  const seen = stop ? due.slice(0, due.indexOf(stop)) : due;
  const lastExecutionId =
    seen.findLast(({ executionId }) => byId || dryRun || !executionIds.includes(executionId))?.executionId ??
    filter.afterExecutionId;
  return { executionIds, more: stop !== undefined, ...(lastExecutionId === undefined ? {} : { lastExecutionId }) };
}

function matches(one: ExecutionRecord, { finishedBeforeMs, workflowId, statuses }: PurgeFilter): boolean {
  return (
    isClosed(one.status) &&
    one.open === 0 &&
    (workflowId === undefined || one.workflowId === workflowId) &&
    (statuses === undefined || statuses.includes(one.status)) &&
    (finishedBeforeMs === undefined || (one.finishedAtMs ?? Infinity) < finishedBeforeMs)
  );
}

function isFree(executions: ReadonlyMap<string, Entry>, { executionId, extra, ...one }: ExecutionRecord): boolean {
  const entry = executions.get(executionId);
  const isOpen = (id: string | undefined): boolean => {
    const status = executions.get(id ?? '')?.execution?.status;
    return status !== undefined && !isClosed(status);
  };
  const children = [...(entry?.activations() ?? [])].map(({ detail }) => detail?.child);
  const owner = one.workflowId.startsWith(INTERNAL_PREFIX) ? one.idempotencyKey?.split('/')[0] : undefined;
  return (
    entry?.outbox.size === 0 && ![extra?.parent?.executionId, ...children].some(isOpen) && !executions.has(owner ?? '')
  );
}

function remove(executions: Map<string, Entry>, executionId: string): void {
  for (const [id, { execution }] of executions) {
    const isCall = execution?.workflowId.startsWith(INTERNAL_PREFIX);
    if (isCall && execution?.idempotencyKey?.startsWith(`${executionId}/`)) executions.delete(id);
  }
  executions.delete(executionId);
}
