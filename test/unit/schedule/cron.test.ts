import { describe, expect, it } from 'vitest';
import { checkSchedule, nextTime } from '../../../src/schedule/cron.js';

const BERLIN = 'Europe/Berlin';

/** The next times after `after`, ISO 8601 without seconds. */
function times(cron: string, timezone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let atMs: number | undefined = Date.parse(after);
  while (found.length < count && (atMs = nextTime(cron, timezone, atMs)) !== undefined) {
    found.push(new Date(atMs).toISOString().slice(0, 16));
  }
  return found;
}

describe('times of a cron expression', () => {
  it('are those of the clock in the time zone, in winter and in summer', () => {
    expect(times('0 6 * * MON-FRI', BERLIN, '2026-01-02T05:00:00Z', 2)).toEqual([
      '2026-01-05T05:00',
      '2026-01-06T05:00',
    ]);
    expect(times('0 6 * * *', BERLIN, '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-01T04:00']);
    expect(times('0 6 * * *', 'America/New_York', '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-01T10:00']);
  });

  it('come strictly after the given time, also within a second', () => {
    const at = Date.parse('2026-01-01T00:00:00Z');
    expect(nextTime('0 0 * * *', 'UTC', at)).toBe(at + 86_400_000);
    expect(nextTime('0 0 * * *', 'UTC', at - 1)).toBe(at);
    expect(nextTime('*/5 * * * * *', 'UTC', at + 4999)).toBe(at + 5000);
  });

  it('in the hour that is missing in spring: one single time comes right after the gap', () => {
    // 2026-03-29: 02:00 CET is 03:00 CEST.
    expect(times('30 2 * * *', BERLIN, '2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
  });

  it('in the hour that is missing in spring: of several hours or minutes those in the gap are left out', () => {
    expect(times('30 2,14 * * *', BERLIN, '2026-03-28T20:00:00Z', 2)).toEqual(['2026-03-29T12:30', '2026-03-30T00:30']);
    expect(times('*/30 * * * *', BERLIN, '2026-03-29T00:00:00Z', 3)).toEqual([
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
    ]);
  });

  it('in the hour that comes twice in autumn: one single time counts once', () => {
    // 2026-10-25: 03:00 CEST is 02:00 CET.
    expect(times('30 2 * * *', BERLIN, '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']);
  });

  it('in the hour that comes twice in autumn: an interval goes on through both', () => {
    expect(times('*/30 * * * *', BERLIN, '2026-10-24T23:59:00Z', 5)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
    ]);
  });

  it('know leap days and ends of months', () => {
    expect(times('0 12 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual(['2028-02-29T12:00', '2032-02-29T12:00']);
    expect(times('0 12 * * *', 'UTC', '2028-02-28T13:00:00Z', 2)).toEqual(['2028-02-29T12:00', '2028-03-01T12:00']);
    expect(times('0 12 31 * *', 'UTC', '2026-02-01T00:00:00Z', 2)).toEqual(['2026-03-31T12:00', '2026-05-31T12:00']);
    expect(times('0 12 L * *', 'UTC', '2026-02-01T00:00:00Z', 2)).toEqual(['2026-02-28T12:00', '2026-03-31T12:00']);
  });
});

describe('a schedule is checked', () => {
  it('takes five fields, or six with seconds', () => {
    for (const cron of ['0 6 * * *', '*/15 8-18 * * MON-FRI', '30 0 6 1 JAN *', ' 0  6 * * 7 ']) {
      expect(checkSchedule(cron, BERLIN)).toBeUndefined();
    }
  });

  it.each([
    ['', 'write five fields'],
    ['* * * *', 'write five fields'],
    ['* * * * * * 2030', 'write five fields'],
    ['2030-01-01T00:00:00', 'write five fields'],
    ['@daily', 'write five fields'],
    ['61 * * * *', '"61 * * * *" is no cron expression: Invalid value for minute: 61'],
    ['* * * * FUNDAY', 'illegal characters'],
    ['*/0 * * * *', 'illegal stepping'],
    ['0 0 30 2 *', '"0 0 30 2 *" names a time that never comes'],
  ])('refuses %j', (cron, text) => {
    expect(checkSchedule(cron, 'UTC')).toContain(text);
  });

  it.each(['Mars/Base', '', '+02:00', 'local time'])('refuses the time zone %j', (timezone) => {
    expect(checkSchedule('0 6 * * *', timezone)).toBe(
      `${JSON.stringify(timezone)} is no time zone: write a name such as Europe/Berlin, or UTC`,
    );
  });
});
