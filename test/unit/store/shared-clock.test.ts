/** The clock of the database in this process: the wall clock of the machine plays no part. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedClock } from '../../../src/store/postgres/shared-clock.js';

/** Of the database, when the monotonic clock of these tests stands at 0. */
const EPOCH_MS = 1_700_000_000_000;

let monotonicMs = 0;
let errorMs = 0;

beforeEach(() => {
  monotonicMs = 1000;
  errorMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => monotonicMs);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function databaseMs(): number {
  return EPOCH_MS + monotonicMs;
}

/** A question whose way there and way back take that long each; the database's clock is off by `errorMs`. */
function measure(clock: SharedClock, thereMs: number, backMs = thereMs): Promise<void> {
  return clock.measure(() => {
    monotonicMs += thereMs;
    const answer = databaseMs() + errorMs;
    monotonicMs += backMs;
    return Promise.resolve(answer);
  });
}

it('shows the time of the database, between two looks too', async () => {
  const clock = new SharedClock();
  await measure(clock, 3);
  expect(clock.nowMs()).toBe(databaseMs());
  monotonicMs += 12_345;
  expect(clock.nowMs()).toBe(databaseMs());
});

it('is wrong by half of the round trip at most, however uneven the way', async () => {
  for (const [there, back] of [
    [0, 20],
    [20, 0],
    [5, 15],
  ] as const) {
    const clock = new SharedClock();
    await measure(clock, there, back);
    expect(Math.abs(clock.nowMs() - databaseMs())).toBeLessThanOrEqual(10);
  }
});

it('does not follow a jump of the wall clock', async () => {
  const clock = new SharedClock();
  await measure(clock, 1);
  for (const jumpMs of [86_400_000, -86_400_000, 0]) {
    vi.spyOn(Date, 'now').mockReturnValue(jumpMs);
    expect(clock.nowMs()).toBe(databaseMs());
  }
});

it('follows a correction of the clock of the database', async () => {
  const clock = new SharedClock();
  await measure(clock, 1);
  errorMs = -5000;
  await measure(clock, 1);
  expect(clock.nowMs()).toBe(databaseMs() - 5000);
});

it('ignores a slow measurement while it has a good one', async () => {
  const clock = new SharedClock();
  await measure(clock, 1);
  errorMs = 5000;
  await measure(clock, 26);
  expect(clock.nowMs()).toBe(databaseMs());
  await measure(clock, 25);
  expect(clock.nowMs()).toBe(databaseMs() + 5000);
});

it('takes a slow measurement rather than none, or one that is a minute old', async () => {
  const clock = new SharedClock();
  await measure(clock, 4000);
  expect(clock.nowMs()).toBe(databaseMs());
  errorMs = 70;
  monotonicMs += 50_000;
  await measure(clock, 100);
  expect(clock.nowMs()).toBe(databaseMs());
  monotonicMs += 10_000;
  await measure(clock, 100);
  expect(clock.nowMs()).toBe(databaseMs() + 70);
});

it('keeps what it knew when the question fails', async () => {
  const clock = new SharedClock();
  await measure(clock, 1);
  await expect(clock.measure(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(clock.nowMs()).toBe(databaseMs());
});

it('shows whole milliseconds, which the columns of the database demand', async () => {
  const clock = new SharedClock();
  monotonicMs = 0.7;
  await measure(clock, 0.2);
  expect(Number.isInteger(clock.nowMs())).toBe(true);
});
