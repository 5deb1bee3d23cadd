/** Schedules: what a version names, and what became of it. */
import type { ScheduleSpec } from '../../core/ir.js';
import type { ScheduleRecord, TimedSchedule } from '../store.js';
import type { Statements } from './statements.js';

interface ScheduleRow {
  workflow_id: string;
  name: string;
  cron: string;
  timezone: string;
  spec: string;
  paused: number;
  next_at_ms: number | null;
  last_at_ms: number | null;
  last_execution_id: string | null;
  last_problem: string | null;
}

/** Part of the transaction that adds the version. */
export function replaceSchedules(
  statements: Statements,
  workflowId: string,
  schedules: readonly TimedSchedule[],
): void {
  const names = new Set(schedules.map(({ spec }) => spec.name));
  for (const { spec } of listSchedules(statements, workflowId)) {
    if (names.has(spec.name)) continue;
    statements.run('DELETE FROM schedule WHERE workflow_id = ? AND name = ?', [workflowId, spec.name]);
  }
  for (const { spec, nextAtMs } of schedules) {
    const { name, cron, timezone, ...rest } = spec;
    statements.run(
      `INSERT INTO schedule (workflow_id, name, cron, timezone, spec, paused, next_at_ms) VALUES (?, ?, ?, ?, ?, 0, ?)
       ON CONFLICT (workflow_id, name) DO UPDATE SET cron = excluded.cron, timezone = excluded.timezone, spec = excluded.spec,
         next_at_ms = CASE
           WHEN paused THEN NULL
           WHEN cron = excluded.cron AND timezone = excluded.timezone THEN next_at_ms
           ELSE excluded.next_at_ms
         END`,
      [workflowId, name, cron, timezone, JSON.stringify(rest), nextAtMs ?? null],
    );
  }
}

export function listSchedules(statements: Statements, workflowId: string | undefined): ScheduleRecord[] {
  const rows =
    workflowId === undefined
      ? statements.all<ScheduleRow>('SELECT * FROM schedule ORDER BY workflow_id, name')
      : statements.all<ScheduleRow>('SELECT * FROM schedule WHERE workflow_id = ? ORDER BY name', workflowId);
  return rows.map(readSchedule);
}

export function findDueSchedules(statements: Statements, nowMs: number, limit: number): ScheduleRecord[] {
  const rows = statements.all<ScheduleRow>(
    'SELECT * FROM schedule WHERE next_at_ms <= ? ORDER BY next_at_ms LIMIT ?',
    nowMs,
    limit,
  );
  return rows.map(readSchedule);
}

export function nextSchedule(statements: Statements): number | undefined {
  const row = statements.get<{ at: number }>(
    'SELECT next_at_ms AS at FROM schedule WHERE next_at_ms IS NOT NULL ORDER BY next_at_ms LIMIT 1',
  );
  return row?.at;
}

export function updateSchedule(statements: Statements, before: ScheduleRecord, after: ScheduleRecord): boolean {
  const { workflowId, spec, paused, nextAtMs } = before;
  const { changes } = statements.run(
    `UPDATE schedule SET paused = ?, next_at_ms = ?, last_at_ms = ?, last_execution_id = ?, last_problem = ?
     WHERE workflow_id = ? AND name = ? AND cron = ? AND timezone = ? AND paused = ? AND next_at_ms IS ?`,
    [
      Number(after.paused),
      after.nextAtMs ?? null,
      after.lastAtMs ?? null,
      after.lastExecutionId ?? null,
      after.lastProblem ?? null,
      workflowId,
      spec.name,
      spec.cron,
      spec.timezone,
      Number(paused),
      nextAtMs ?? null,
    ],
  );
  return changes > 0;
}

function readSchedule(row: ScheduleRow): ScheduleRecord {
  const { name, cron, timezone } = row;
  const rest = JSON.parse(row.spec) as Omit<ScheduleSpec, 'name' | 'cron' | 'timezone'>;
  return {
    workflowId: row.workflow_id,
    spec: { name, cron, timezone, ...rest },
    paused: row.paused === 1,
    ...(row.next_at_ms === null ? {} : { nextAtMs: row.next_at_ms }),
    ...(row.last_at_ms === null ? {} : { lastAtMs: row.last_at_ms }),
    ...(row.last_execution_id === null ? {} : { lastExecutionId: row.last_execution_id }),
    ...(row.last_problem === null ? {} : { lastProblem: row.last_problem }),
  };
}
