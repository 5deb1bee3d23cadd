import { describe, expect, it } from 'vitest';
import type { ScheduleSpec } from '../../../src/core/ir.js';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { dueStarts, firstTimes, timesBetween } from '../../../src/engine/schedule-times.js';
import * as cron from '../../../src/schedule/cron.js';

const NOON = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function specOf(changes: Partial<ScheduleSpec> = {}): ScheduleSpec {
  return { name: 's', cron: '0 * * * *', timezone: 'UTC', overlap: 'queue', catchUp: 'none', ...changes };
}

/** Times of the starts as hours from noon. */
function hours(times: readonly number[]): number[] {
  return times.map((atMs) => (atMs - NOON) / HOUR);
}

describe('what is started when a schedule is due', () => {
  it('is the time itself within a minute, whatever catch_up says', () => {
    for (const catchUp of ['none', 'last', 'all'] as const) {
      expect(dueStarts(specOf({ catchUp }), NOON, NOON, cron)).toEqual({ times: [NOON] });
      expect(dueStarts(specOf({ catchUp }), NOON, NOON + MINUTE, cron)).toEqual({ times: [NOON] });
    }
  });

  it('catch_up none: a time that nobody served within a minute is missed, and it says so', () => {
    expect(dueStarts(specOf(), NOON, NOON + MINUTE + 1, cron)).toEqual({
      times: [],
      problem: 'missed: no server ran at 2026-01-01T12:00:00.000Z',
    });
    const later = dueStarts(specOf(), NOON, NOON + 5 * HOUR, cron);
    expect(hours(later.times)).toEqual([5]);
  });

  it('catch_up last: the latest missed time, and what is due now', () => {
    const spec = specOf({ catchUp: 'last' });
    expect(hours(dueStarts(spec, NOON, NOON + 30 * MINUTE, cron).times)).toEqual([0]);
    expect(hours(dueStarts(spec, NOON, NOON + 4.5 * HOUR, cron).times)).toEqual([4]);
    expect(hours(dueStarts(spec, NOON, NOON + 4 * HOUR, cron).times)).toEqual([3, 4]);
  });

  it('catch_up last: finds the time among those of every second of three years', () => {
    const spec = specOf({ catchUp: 'last', cron: '* * * * 1-6 *' });
    const nowMs = Date.UTC(2028, 11, 24);
    const [latest] = dueStarts(spec, NOON, nowMs, cron).times;
    expect(new Date(latest ?? 0).toISOString()).toBe('2028-06-30T23:59:59.000Z');
  });

  it('catch_up all: each missed time, the oldest first', () => {
    const { times, problem } = dueStarts(specOf({ catchUp: 'all' }), NOON, NOON + 3.5 * HOUR, cron);
    expect(hours(times)).toEqual([0, 1, 2, 3]);
    expect(problem).toBeUndefined();
  });

  it('catch_up all: the oldest hundred, and from when on the rest is to be backfilled', () => {
    const { times, problem } = dueStarts(specOf({ catchUp: 'all' }), NOON, NOON + 200 * HOUR, cron);
    expect(hours(times)).toEqual([...Array.from({ length: 100 }, (_, hour) => hour), 200]);
    expect(problem).toContain('from 2026-01-05T16:00:00.000Z on');
  });

  it('is every second of a minute in which the server was slow, for a schedule of seconds', () => {
    const spec = specOf({ cron: '* * * * * *' });
    expect(dueStarts(spec, NOON, NOON + MINUTE, cron).times).toHaveLength(61);
  });
});

describe('times between two times', () => {
  it('take the first in and leave the last out', () => {
    expect(hours(timesBetween(specOf(), NOON, NOON + 3 * HOUR, 100, cron))).toEqual([0, 1, 2]);
    expect(hours(timesBetween(specOf(), NOON + 1, NOON + 3 * HOUR + 1, 2, cron))).toEqual([1, 2]);
  });
});

describe('the schedules of a version', () => {
  function timesOf(schedules?: readonly ScheduleSpec[]): ReturnType<typeof firstTimes> {
    const nodes = { a: { type: 'EFFECT', dependencies: [] } };
    const irJson = JSON.stringify({ nodes, pipeline: { name: 'w', inputs: {}, schedules } });
    return firstTimes(buildWorkflow('w', 'sha256:v', irJson), cron, NOON);
  }

  it('come with their first time after now', () => {
    expect(timesOf([specOf()])).toEqual([{ spec: specOf(), nextAtMs: NOON + HOUR }]);
    expect(timesOf()).toEqual([]);
  });

  it.each<[string, readonly ScheduleSpec[], string]>([
    ['a name that nothing can hold', [specOf({ name: 'a\u0000' })], 'the name of a schedule must be'],
    ['a wrong cron', [specOf({ cron: '61 * * * *' })], 'schedule s: "61 * * * *" is no cron expression'],
    ['a wrong time zone', [specOf({ timezone: 'Mars/Base' })], 'schedule s: "Mars/Base" is no time zone'],
  ])('with %s are refused', (_what, schedules, text) => {
    expect(() => timesOf(schedules)).toThrow(text);
  });
});
