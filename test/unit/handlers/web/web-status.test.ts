import { expect, test } from 'vitest';
import { retryAfter } from '../../../../src/handlers/web/web-status.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

test.each<[string | undefined, number | undefined]>([
  ['7', 7000],
  [' 7 ', 7000],
  ['1.5', 1500],
  ['0.0001', 1],
  ['0', 0],
  ['999999999', 3_600_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['Fri, 01 Jan 2027 00:00:00 GMT', 3_600_000],
  [undefined, undefined],
  ['', undefined],
  // Date.parse makes a date of these.
  ['-1', undefined],
  ['1e3', undefined],
  ['soon 5', undefined],
  ['January 2025', undefined],
  ['5 minutes', undefined],
  ['in a moment: later', undefined],
])('retry-after %j is %j ms', (header, ms) => {
  expect(retryAfter(header, NOW)).toBe(ms);
});
