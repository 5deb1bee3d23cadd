/** When a failed attempt is tried again. */
import type { RetryPolicy } from './ir.js';

export interface AttemptFailure {
  readonly code: string;
  readonly message: string;
  /** False: no other attempt can succeed. */
  readonly retryable: boolean;
  /** The handler's own wish; never shortens the policy's delay. */
  readonly retryAfterMs?: number;
}

/**
 * Returns the delay in milliseconds before the next attempt, or undefined when there is none. Exponential backoff;
 * `random` (0..1) takes up to `jitter` of it away, so that tasks which failed together do not come back together.
 * @param failed FAILED attempts so far, this one included
 */
export function retryDelayMs(
  policy: RetryPolicy,
  failure: AttemptFailure,
  failed: number,
  random: number,
): number | undefined {
  if (!failure.retryable || failed >= policy.maxAttempts || policy.nonRetryable.includes(failure.code))
    return undefined;
  const exponential = Math.min(policy.initialIntervalMs * policy.multiplier ** (failed - 1), policy.maxIntervalMs);
  const jittered = Math.round(exponential * (1 - policy.jitter * random));
  return Math.max(jittered, Math.ceil(failure.retryAfterMs ?? 0));
}
