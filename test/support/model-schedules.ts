/** Schedules of the model store (model-store.ts), which change outside of transactions. */
import type { ScheduleRecord, TimedSchedule } from '../../src/store/store.js';

export class ModelSchedules {
  private records: ScheduleRecord[] = [];

  replace(workflowId: string, schedules: readonly TimedSchedule[]): void {
    const others = this.records.filter((record) => record.workflowId !== workflowId);
    const fresh = schedules.map(({ spec, nextAtMs }): ScheduleRecord => {
      const old = this.find(workflowId, spec.name);
      const same = old?.spec.cron === spec.cron && old.spec.timezone === spec.timezone;
      const next = old?.paused === true ? undefined : same ? old.nextAtMs : nextAtMs;
      return strip({ paused: false, ...old, workflowId, spec, nextAtMs: next });
    });
    this.records = [...others, ...fresh];
  }

  list(workflowId: string | undefined): ScheduleRecord[] {
    const key = (record: ScheduleRecord): string => `${record.workflowId}\n${record.spec.name}`;
    return this.records
      .filter((record) => workflowId === undefined || record.workflowId === workflowId)
      .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  due(nowMs: number): ScheduleRecord[] {
    const next = ({ nextAtMs }: ScheduleRecord): number => nextAtMs ?? Infinity;
    return this.records
      .filter(({ nextAtMs }) => nextAtMs !== undefined && nextAtMs <= nowMs)
      .sort((a, b) => next(a) - next(b));
  }

  update(before: ScheduleRecord, after: ScheduleRecord): boolean {
    const stored = this.find(before.workflowId, before.spec.name);
    const state = ({ spec, paused, nextAtMs }: ScheduleRecord): string =>
      JSON.stringify([spec.cron, spec.timezone, paused, nextAtMs]);
    if (!stored || state(stored) !== state(before)) return false;
    this.records[this.records.indexOf(stored)] = strip({ ...after, spec: stored.spec });
    return true;
  }

  private find(workflowId: string, name: string): ScheduleRecord | undefined {
    return this.records.find((record) => record.workflowId === workflowId && record.spec.name === name);
  }
}

/** A database has no difference between absent and undefined. */
function strip(record: ScheduleRecord): ScheduleRecord {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as unknown as ScheduleRecord;
}
