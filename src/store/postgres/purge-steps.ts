/** The steps of a purge on PostgreSQL. They wait for no row: what somebody else holds is left to the next purge. */
import type { ExecutionStatus } from '../../core/execution.js';
import { MAX_PURGED_CALLS, PURGE_PAGE, type PurgeRow, type PurgeSteps } from '../purge.js';
import type { PurgeFilter } from '../store.js';
import { plainArray } from './array-literal.js';
import type { Statement, Value } from './connection.js';
import * as statements from './purge-statements.js';
import { executionIdOf, findUuid, uuidOf } from './rows.js';

type Run = <Row extends readonly unknown[]>(statement: Statement, values: readonly Value[]) => Promise<Row[]>;

/** Before all others. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** @param hooks called before the first row goes, and with the blobs that deleted events named */
export function purgeSteps(
  run: Run,
  hooks: { readonly onDelete: () => void; readonly dropBlobs: (hashes: readonly string[]) => Promise<void> },
): PurgeSteps {
  return {
    page: (filter, beforeId) => findPage(run, filter, beforeId),
    free: async (executionIds) => {
      const rows = await run<[uuid: string, events: number]>(statements.lockFree, [uuids(executionIds)]);
      const events = new Map(rows.map(([uuid, lastSeq]) => [executionIdOf(uuid), lastSeq]));
      return executionIds.flatMap((executionId) => {
        const count = events.get(executionId);
        return count === undefined ? [] : [{ executionId, events: count }];
      });
    },
    calls: (executionIds) => lockCalls(run, executionIds),
    delete: async (executionIds) => {
      if (executionIds.length === 0) return;
      hooks.onDelete();
      const ids = uuids(executionIds);
      const others = [statements.deleteExecutions, ...statements.deleteBelongings];
      const deleted = Promise.all(others.map((statement) => run(statement, [ids])));
      const [blobs] = await Promise.all([run<[hash: string]>(statements.deleteEvents, [ids]), deleted]);
      if (blobs.length > 0) await hooks.dropBlobs([...new Set(blobs.map(([hash]) => hash))]);
    },
  };
}

/** Those of them that may be deleted; nobody changes them until the end of the transaction. */
export async function lockForgettable(run: Run, executionIds: readonly string[]): Promise<string[]> {
  const known = executionIds.filter((id) => findUuid(id) !== undefined);
  if (known.length === 0) return [];
  await run(statements.lockForgotten, [uuids(known)]);
  const rows = await run<[uuid: string]>(statements.findForgettable, [uuids(known)]);
  return rows.map(([uuid]) => executionIdOf(uuid));
}

async function findPage(run: Run, filter: PurgeFilter, beforeId: string | undefined): Promise<PurgeRow[]> {
  const after = findUuid(filter.afterExecutionId ?? '') ?? NIL_UUID;
  type Row = [uuid: string, workflowId: string, status: ExecutionStatus, finishedAtMs: number | null, open: number];
  const rows =
    beforeId === undefined
      ? await run<Row>(statements.pageByRetention, [filter.nowMs, after, PURGE_PAGE])
      : await run<Row>(statements.pageById, [after, uuidOf(beforeId), PURGE_PAGE]);
  return rows.map(([uuid, workflowId, status, finishedAtMs, open]) => ({
    executionId: executionIdOf(uuid),
    workflowId,
    status,
    finishedAtMs: finishedAtMs ?? undefined,
    open,
  }));
}

async function lockCalls(run: Run, executionIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const values = [uuids(executionIds), MAX_PURGED_CALLS + 1];
  const rows = await run<[owner: string, call: string]>(statements.findCalls, values);
  const locked = await run<[call: string]>(statements.lockCalls, [plainArray(rows.map(([, call]) => call))]);
  const held = new Set(locked.map(([call]) => call));
  const calls = new Map<string, string[]>(executionIds.map((id) => [id, []]));
  for (const [owner, call] of rows) calls.get(executionIdOf(owner))?.push(executionIdOf(call));
  for (const [owner, call] of rows) if (!held.has(call)) calls.delete(executionIdOf(owner));
  return calls;
}

function uuids(executionIds: readonly string[]): string {
  return plainArray(executionIds.map(uuidOf));
}
