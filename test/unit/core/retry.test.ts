import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetryPolicy } from '../../../src/core/ir.js';
import { retryDelayMs, type AttemptFailure } from '../../../src/core/retry.js';

const POLICY: RetryPolicy = {
  maxAttempts: 6,
  maxLost: 3,
  initialIntervalMs: 100,
  multiplier: 3,
  maxIntervalMs: 1000,
  jitter: 0.5,
  nonRetryable: ['MODEL_NOT_CONFIGURED'],
};
const FAILURE: AttemptFailure = { code: 'HANDLER_FAILED', message: 'boom', retryable: true };

describe('the delay before the next attempt', () => {
  it('grows by the multiplier up to the maximum', () => {
    expect([1, 2, 3, 4, 5].map((failed) => retryDelayMs(POLICY, FAILURE, failed, 0))).toEqual([
      100, 300, 900, 1000, 1000,
    ]);
  });

  it('stays at the maximum for counts at which the power overflows', () => {
    expect(retryDelayMs({ ...POLICY, maxAttempts: 1e9 }, FAILURE, 1e6, 0)).toBe(1000);
  });

  it('is shortened by at most `jitter`, never lengthened, never negative', () => {
    expect(retryDelayMs(POLICY, FAILURE, 1, 1)).toBe(50);
    expect(retryDelayMs({ ...POLICY, jitter: 1 }, FAILURE, 1, 1)).toBe(0);
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: 1, max: 5 }), (jitter, random, failed) => {
        const full = retryDelayMs({ ...POLICY, jitter: 0 }, FAILURE, failed, random)!;
        const delay = retryDelayMs({ ...POLICY, jitter }, FAILURE, failed, random)!;
        expect(delay).toBeLessThanOrEqual(full);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)));
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });

  it('does not exist for the last attempt', () => {
    expect(retryDelayMs(POLICY, FAILURE, 6, 0)).toBeUndefined();
    expect(retryDelayMs({ ...POLICY, maxAttempts: 1 }, FAILURE, 1, 0)).toBeUndefined();
  });

  it('does not exist for a failure that no other attempt can cure', () => {
    expect(retryDelayMs(POLICY, { ...FAILURE, retryable: false }, 1, 0)).toBeUndefined();
    expect(retryDelayMs(POLICY, { ...FAILURE, code: 'MODEL_NOT_CONFIGURED' }, 1, 0)).toBeUndefined();
  });

  it('honours the wish of the handler for a longer delay, beyond the maximum too, and never for a shorter one', () => {
    expect(retryDelayMs(POLICY, { ...FAILURE, retryAfterMs: 60_000 }, 1, 0.5)).toBe(60_000);
    expect(retryDelayMs(POLICY, { ...FAILURE, retryAfterMs: 1 }, 1, 0)).toBe(100);
    expect(retryDelayMs(POLICY, { ...FAILURE, retryAfterMs: 1000.2 }, 1, 0)).toBe(1001);
  });
});
