/**
 * Runs the function of one durable call: its timeout, its retries, what it returns as JSON text. It knows no server.
 *
 * A1  Whatever ends the call early (the caller, the timeout, a lost lease) aborts the signal of the function and rejects
 *     at once: a function that does not listen cannot hold the caller up.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../core/ir.js';
import { toJsonText } from '../core/json-text.js';
import { findSizeProblem } from '../core/payload-limit.js';
import { retryDelayMs } from '../core/retry.js';
import { errorMessage, NexumError, nexumError, NonRetryableError, RetryableError } from '../errors.js';
import type { CallRetry, DurableCallContext, DurableCallOptions } from '../worker/handler.js';
import { abortable } from './abortable.js';
import { drain } from './drained-result.js';
import { failureText } from './failed-result.js';

/** Longer timers fire at once (Node). */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Long enough for a service to recover from a burst, short enough for somebody who waits. */
const RETRY_DEFAULTS = { initialIntervalMs: 500, multiplier: 2, maxIntervalMs: 30_000 } as const;
/** So that callers who failed together do not come back together. */
const JITTER = 0.2;

/** What a call runs; its result is checked here. */
export type Execute = (context: DurableCallContext) => unknown;

export interface CallAttempt {
  readonly tool: string;
  readonly idempotencyKey: string;
  /** Of the first try. */
  readonly attempt: number;
  readonly execute: Execute;
  readonly options: Pick<DurableCallOptions, 'timeoutMs' | 'retry' | 'isFailure'>;
}

/**
 * Tries as often as `retry` says; returns the result as JSON text.
 * @throws NexumError CALL_TIMEOUT, OUTPUT_NOT_JSON, OUTPUT_TOO_LARGE, TOOL_FAILED; whatever the function throws last; the
 *   reason of `signal`
 */
export async function runAttempts(call: CallAttempt, signal: AbortSignal): Promise<string> {
  for (let failed = 0; ;) {
    try {
      return await runOnce(call, call.attempt + failed, signal);
    } catch (error) {
      failed += 1;
      const delayMs = signal.aborted ? undefined : nextDelayMs(call.options.retry, error, failed);
      if (delayMs === undefined) throw error;
      await abortable(pause(delayMs, undefined, { signal }), signal);
    }
  }
}

async function runOnce(call: CallAttempt, attempt: number, signal: AbortSignal): Promise<string> {
  const { tool, idempotencyKey, options } = call;
  const own = new AbortController();
  const forward = (): void => own.abort(signal.reason);
  if (signal.aborted) forward();
  signal.addEventListener('abort', forward, { once: true });
  const timeout = new Deadline(options.timeoutMs, () => {
    own.abort(nexumError('CALL_TIMEOUT', `${tool} did not end within ${options.timeoutMs} ms`));
  });
  try {
    own.signal.throwIfAborted();
    const context = { idempotencyKey, attempt, signal: own.signal, progress: () => timeout.restart() };
    // A1
    const result = await abortable((async () => drain(await call.execute(context), own.signal))(), own.signal);
    return checked(result, call);
  } finally {
    timeout.clear();
    signal.removeEventListener('abort', forward);
  }
}

function checked(result: unknown, { tool, options }: CallAttempt): string {
  const what = `the result of ${tool}`;
  const text = toJsonText(result, what);
  const problem = findSizeProblem('OUTPUT_TOO_LARGE', text, what);
  if (problem) throw problem;
  const failed = options.isFailure !== undefined && options.isFailure((result ?? null) as Json);
  if (failed) throw nexumError('TOOL_FAILED', failureText((result ?? null) as Json), { tool, result: result ?? null });
  return text;
}

/** Undefined: there is no other try. */
function nextDelayMs(retry: CallRetry | undefined, error: unknown, failed: number): number | undefined {
  if (!retry) return undefined;
  const { maxAttempts, initialIntervalMs, multiplier, maxIntervalMs } = { ...RETRY_DEFAULTS, ...retry };
  const policy = {
    maxAttempts,
    initialIntervalMs,
    multiplier,
    maxIntervalMs,
    jitter: JITTER,
    nonRetryable: [],
    maxLost: 1,
  };
  const retryAfterMs = error instanceof RetryableError ? error.retryAfterMs : undefined;
  const failure = {
    code: 'TOOL_FAILED',
    message: errorMessage(error),
    retryable: isRetryable(error),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return retryDelayMs(policy, failure, failed, Math.random());
}

function isRetryable(error: unknown): boolean {
  if (error instanceof NonRetryableError) return false;
  return !(error instanceof NexumError) || error.retryable;
}

/** A timer that can begin anew; without a length it never fires. */
class Deadline {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly lengthMs: number | undefined,
    private readonly onOver: () => void,
  ) {
    this.#start();
  }

  restart(): void {
    // What is over, or cleared, stays so.
    this.#timer?.refresh();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    if (this.lengthMs === undefined) return;
    const fire = (): void => {
      this.#timer = undefined;
      this.onOver();
    };
    this.#timer = setTimeout(fire, Math.min(this.lengthMs, MAX_TIMER_MS));
  }
}
