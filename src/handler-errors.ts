/** What handlers throw to say what a retry is worth; everybody gets them from errors.ts. */

/** Thrown by a handler: the attempt failed, try again, not before `retryAfterMs` (milliseconds) when given. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Thrown by a handler: no other attempt can succeed; the node fails now. */
export class NonRetryableError extends Error {
  override readonly name: string = 'NonRetryableError';
}

/** The text of anything thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
