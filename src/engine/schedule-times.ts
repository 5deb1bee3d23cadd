/** Which times of a schedule are to be started: functions of the schedule and the clock. */
import type { ScheduleSpec } from '../core/ir.js';
import type { Workflow } from '../core/workflow.js';
import { nexumError } from '../errors.js';
import type { TimedSchedule } from '../store/store.js';

/** The language of cron, handed in. */
export interface CronTimes {
  /** The first time after `afterMs` (epoch milliseconds); undefined: none. */
  readonly nextTime: (cron: string, timezone: string, afterMs: number) => number | undefined;
  /** What is wrong; undefined: nothing. */
  readonly checkSchedule: (cron: string, timezone: string) => string | undefined;
}

type Rhythm = Pick<ScheduleSpec, 'cron' | 'timezone'>;

/** A time that is noticed later than that was missed; in milliseconds. */
export const MISSED_AFTER_MS = 60_000;
/** `catch_up: all` makes up for that many times at most. */
const MAX_CAUGHT_UP = 100;
/** Every second of the minute that counts as now. */
const MAX_PRESENT = MISSED_AFTER_MS / 1000 + 1;
const NAME = /^[\p{L}\p{N}_.-]{1,100}$/u;

/**
 * Reads the schedules of a version, each with its first time after `nowMs`.
 * @throws NexumError INVALID_WORKFLOW that lists everything wrong
 */
export function firstTimes({ workflowId, ir }: Workflow, cron: CronTimes, nowMs: number): TimedSchedule[] {
  const specs = ir.pipeline?.schedules ?? [];
  const problems = specs.flatMap(({ name, cron: expression, timezone }) => {
    if (!NAME.test(name)) return ['the name of a schedule must be 1 to 100 letters, digits, "_", "." and "-"'];
    const problem = cron.checkSchedule(expression, timezone);
    return problem === undefined ? [] : [`schedule ${name}: ${problem}`];
  });
  if (problems.length > 0) throw nexumError('INVALID_WORKFLOW', `workflow ${workflowId}: ${problems.join('; ')}`);
  return specs.map((spec) => {
    const nextAtMs = cron.nextTime(spec.cron, spec.timezone, nowMs);
    return { spec, ...(nextAtMs === undefined ? {} : { nextAtMs }) };
  });
}

export interface DueStarts {
  /** Oldest first. */
  readonly times: readonly number[];
  /** Times that nobody makes up for. */
  readonly problem?: string;
}

/** What is to be started of a schedule whose next time `dueMs` has come: what is due now, and what `catchUp` says. */
export function dueStarts(spec: ScheduleSpec, dueMs: number, nowMs: number, cron: CronTimes): DueStarts {
  const presentMs = nowMs - MISSED_AFTER_MS;
  const present = timesBetween(spec, Math.max(dueMs, presentMs), nowMs + 1, MAX_PRESENT, cron);
  if (dueMs >= presentMs) return { times: present };
  if (spec.catchUp === 'none') {
    return { times: present, problem: `missed: no server ran at ${new Date(dueMs).toISOString()}` };
  }
  if (spec.catchUp === 'last') return { times: [latestBefore(spec, dueMs, presentMs, cron), ...present] };
  const missed = timesBetween(spec, dueMs, presentMs, MAX_CAUGHT_UP + 1, cron);
  const left = missed[MAX_CAUGHT_UP];
  const times = [...missed.slice(0, MAX_CAUGHT_UP), ...present];
  if (left === undefined) return { times };
  const from = new Date(left).toISOString();
  return { times, problem: `missed: only ${MAX_CAUGHT_UP} times are made up for; backfill those from ${from} on` };
}

/** The times from `fromMs` to before `toMs`, the first `limit` of them. */
export function timesBetween(
  { cron: expression, timezone }: Rhythm,
  fromMs: number,
  toMs: number,
  limit: number,
  cron: CronTimes,
): number[] {
  const times: number[] = [];
  let atMs = cron.nextTime(expression, timezone, fromMs - 1);
  while (atMs !== undefined && atMs < toMs && times.length < limit) {
    times.push(atMs);
    atMs = cron.nextTime(expression, timezone, atMs);
  }
  return times;
}

/** Halves the interval: walking through every second of a year would take minutes. `firstMs` is a time before `toMs`. */
function latestBefore({ cron: expression, timezone }: Rhythm, firstMs: number, toMs: number, cron: CronTimes): number {
  let latestMs = firstMs;
  // There is no time after this one.
  let endMs = toMs - 1;
  while (endMs > latestMs) {
    const middleMs = Math.floor((latestMs + endMs) / 2);
    const atMs = cron.nextTime(expression, timezone, middleMs);
    if (atMs !== undefined && atMs < toMs) latestMs = atMs;
    else endMs = middleMs;
  }
  return latestMs;
}
