/** Schedules: what a version names, and what became of it. */
import type { ScheduleSpec } from '../../core/ir.js';
import type { ScheduleRecord, TimedSchedule } from '../store.js';
import type { ReadPool } from './read-pool.js';

const COLUMNS =
  'workflow_id, name, cron, timezone, spec, paused, next_at_ms, last_at_ms, last_execution_id, last_problem';

type ScheduleRow = readonly [
  workflowId: string,
  name: string,
  cron: string,
  timezone: string,
  spec: string,
  paused: boolean,
  nextAtMs: number | null,
  lastAtMs: number | null,
  lastExecutionId: string | null,
  lastProblem: string | null,
];

/** Follows the insertion of a version, called `created`, in its WITH: does nothing unless that added one. */
export const REPLACE_SCHEDULES = `given AS (
    SELECT * FROM json_to_recordset($5::json) AS one (name text, cron text, timezone text, spec text, next_at_ms bigint)
  ), removed AS (
    DELETE FROM nexum.schedule AS old USING created
    WHERE old.workflow_id = created.workflow_id AND old.name NOT IN (SELECT name FROM given)
  ), replaced AS (
    INSERT INTO nexum.schedule AS old (workflow_id, name, cron, timezone, spec, paused, next_at_ms)
    SELECT created.workflow_id, given.name, cron, timezone, spec, false, next_at_ms FROM created, given
    ON CONFLICT (workflow_id, name) DO UPDATE SET cron = excluded.cron, timezone = excluded.timezone, spec = excluded.spec,
      next_at_ms = CASE
        WHEN old.paused THEN NULL
        WHEN old.cron = excluded.cron AND old.timezone = excluded.timezone THEN old.next_at_ms
        ELSE excluded.next_at_ms
      END
  )`;

export function schedulesJson(schedules: readonly TimedSchedule[]): string {
  const rows = schedules.map(({ spec, nextAtMs }) => {
    const { name, cron, timezone, ...rest } = spec;
    return { name, cron, timezone, spec: JSON.stringify(rest), next_at_ms: nextAtMs ?? null };
  });
  return JSON.stringify(rows);
}

export async function listSchedules(pool: ReadPool, workflowId: string | undefined): Promise<ScheduleRecord[]> {
  const rows = await pool.rows<ScheduleRow>(
    `SELECT ${COLUMNS} FROM nexum.schedule WHERE $1::text IS NULL OR workflow_id = $1
     ORDER BY workflow_id COLLATE "C", name COLLATE "C"`,
    [workflowId ?? null],
  );
  return rows.map(readSchedule);
}

export async function findDueSchedules(pool: ReadPool, nowMs: number, limit: number): Promise<ScheduleRecord[]> {
  const rows = await pool.rows<ScheduleRow>(
    `SELECT ${COLUMNS} FROM nexum.schedule WHERE next_at_ms <= $1::bigint ORDER BY next_at_ms LIMIT $2::int`,
    [nowMs, limit],
  );
  return rows.map(readSchedule);
}

export async function updateSchedule(pool: ReadPool, before: ScheduleRecord, after: ScheduleRecord): Promise<boolean> {
  const { workflowId, spec, paused, nextAtMs } = before;
  const rows = await pool.rows(
    `UPDATE nexum.schedule SET paused = $1::boolean, next_at_ms = $2::bigint, last_at_ms = $3::bigint,
       last_execution_id = $4, last_problem = $5
     WHERE workflow_id = $6 AND name = $7 AND cron = $8 AND timezone = $9 AND paused = $10::boolean
       AND next_at_ms IS NOT DISTINCT FROM $11::bigint RETURNING name`,
    [
      String(after.paused),
      after.nextAtMs ?? null,
      after.lastAtMs ?? null,
      after.lastExecutionId ?? null,
      after.lastProblem ?? null,
      workflowId,
      spec.name,
      spec.cron,
      spec.timezone,
      String(paused),
      nextAtMs ?? null,
    ],
  );
  return rows.length > 0;
}

function readSchedule(row: ScheduleRow): ScheduleRecord {
  const [workflowId, name, cron, timezone, spec, paused, nextAtMs, lastAtMs, lastExecutionId, lastProblem] = row;
  const rest = JSON.parse(spec) as Omit<ScheduleSpec, 'name' | 'cron' | 'timezone'>;
  return {
    workflowId,
    spec: { name, cron, timezone, ...rest },
    paused,
    ...(nextAtMs === null ? {} : { nextAtMs }),
    ...(lastAtMs === null ? {} : { lastAtMs }),
    ...(lastExecutionId === null ? {} : { lastExecutionId }),
    ...(lastProblem === null ? {} : { lastProblem }),
  };
}
