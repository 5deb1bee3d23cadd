/**
 * Deletes executions that have ended: a page is looked at, what nothing under way is connected with is deleted, and not
 * too much of it in one transaction. Every store brings the steps.
 *
 * D1  An execution goes with the durable calls that its nodes made, after them if these are many: as long as it stands,
 *     its calls are found.
 */
import { isClosed, type ExecutionStatus } from '../core/execution.js';
import { formatExecutionId } from '../core/ids.js';
import type { PurgeFilter, Purged } from './store.js';

/** Rows that one transaction looks at. */
export const PURGE_PAGE = 1000;
/** Durable calls that one transaction deletes at most. */
export const MAX_PURGED_CALLS = 500;
/** The same of events, unless one execution alone has more. */
const MAX_EVENTS = 5000;
/** The largest time that an execution id can hold. */
const MAX_ID_MS = 2 ** 48 - 1;

export interface PurgeRow {
  readonly executionId: string;
  readonly workflowId: string;
  readonly status: ExecutionStatus;
  readonly finishedAtMs: number | undefined;
  readonly open: number;
}

export interface PurgeSteps {
  /** At most PURGE_PAGE: by id those that are older than `beforeId`, or by the end of their retention. */
  page(filter: PurgeFilter, beforeId: string | undefined): Promise<readonly PurgeRow[]>;
  /**
   * Those of them that may go, in their order, with the number of their events. Nobody changes them until the end of the
   * transaction. A durable call may not go alone while the execution that made it is there.
   */
  free(executionIds: readonly string[]): Promise<readonly { readonly executionId: string; readonly events: number }[]>;
  /** Per execution its durable calls, MAX_PURGED_CALLS + 1 at most; none when somebody is busy with one of them. */
  calls(executionIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** With everything of theirs. */
  delete(executionIds: readonly string[]): Promise<void>;
}

/** Runs one transaction's worth of a purge. */
export async function purge(steps: PurgeSteps, filter: PurgeFilter): Promise<Purged> {
  const { finishedBeforeMs, dryRun } = filter;
  const rows = await steps.page(filter, finishedBeforeMs === undefined ? undefined : idAt(finishedBeforeMs));
  const wanted = rows.filter((row) => matches(row, filter));
  const chosen = wanted.slice(0, filter.limit);
  const free = await steps.free(chosen.map(({ executionId }) => executionId));
  const plan = dryRun ? { executionIds: free.map(idOf), callIds: [] } : await planDeletion(steps, free);
  const { stoppedAt = wanted[filter.limit]?.executionId } = plan;
  if (!dryRun) await steps.delete([...plan.callIds, ...plan.executionIds]);

  const end = rows.findIndex(({ executionId }) => executionId === stoppedAt);
  const seen = end < 0 ? rows : rows.slice(0, end);
  // By retention the place in the order is known only of what is still there.
  const gone = new Set(dryRun || finishedBeforeMs !== undefined ? [] : plan.executionIds);
  const last = seen.findLast(({ executionId }) => !gone.has(executionId))?.executionId ?? filter.afterExecutionId;
  return {
    executionIds: plan.executionIds,
    more: end >= 0 || rows.length === PURGE_PAGE,
    ...(last === undefined ? {} : { lastExecutionId: last }),
  };
}

interface Plan {
  readonly executionIds: readonly string[];
  readonly callIds: readonly string[];
  /** The first one that has to wait for the next transaction. */
  readonly stoppedAt?: string;
}

async function planDeletion(
  steps: PurgeSteps,
  free: readonly { readonly executionId: string; readonly events: number }[],
): Promise<Plan> {
  const calls = await steps.calls(free.map(idOf));
  const executionIds: string[] = [];
  const callIds: string[] = [];
  let sum = 0;
  for (const { executionId, events } of free) {
    const own = calls.get(executionId);
    if (!own) continue;
    sum += events;
    const tooMuch = sum > MAX_EVENTS && executionIds.length > 0;
    if (tooMuch || callIds.length + own.length > MAX_PURGED_CALLS) {
      // D1
      if (!tooMuch) callIds.push(...own.slice(0, MAX_PURGED_CALLS - callIds.length));
      return { executionIds, callIds, stoppedAt: executionId };
    }
    executionIds.push(executionId);
    callIds.push(...own);
  }
  return { executionIds, callIds };
}

function matches({ workflowId, status, finishedAtMs, open }: PurgeRow, filter: PurgeFilter): boolean {
  return (
    isClosed(status) &&
    // What was leased when it failed may still commit.
    open === 0 &&
    (filter.workflowId === undefined || filter.workflowId === workflowId) &&
    (filter.statuses === undefined || filter.statuses.includes(status)) &&
    (filter.finishedBeforeMs === undefined || (finishedAtMs ?? Infinity) < filter.finishedBeforeMs)
  );
}

/** Ids are made when executions start: those from then on cannot have ended before. */
function idAt(timeMs: number): string {
  return formatExecutionId(Math.floor(Math.min(Math.max(timeMs, 0), MAX_ID_MS)), new Uint8Array(10));
}

function idOf({ executionId }: { readonly executionId: string }): string {
  return executionId;
}
