/** What a failed request to a provider means: try again and when, or give up; and its text, without any key. */
import { APIConnectionError, APIError } from 'openai';
import { errorMessage, NexumError, nexumError, NonRetryableError } from '../../errors.js';
import type { Endpoint } from './model-choice.js';
import type { Redactor } from './redaction.js';
import { retryAfterMs } from './retry-after.js';

const MAX_MESSAGE_CHARS = 500;
/** Out of credit answers 429, but no wait brings the credit back. */
const OUT_OF_CREDIT = /insufficient_quota|billing_hard_limit|credit balance is too low/i;

export function isTransient(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

export function isOutOfCredit(body: string): boolean {
  return OUT_OF_CREDIT.test(body);
}

/**
 * Returns MODEL_FAILED, with `status` and `retryAfterMs` in its details, or a NonRetryableError around it. The original
 * error is not kept as `cause`: its body and headers may repeat the key.
 */
export function providerFailure(endpoint: Endpoint, redactor: Redactor, error: unknown): Error {
  const shown = (text: string): string => redactor.error(text).slice(0, MAX_MESSAGE_CHARS);
  // What is wrong with the reply itself; it may quote the reply.
  if (error instanceof NexumError) return nexumError(error.code, shown(error.message), error.details);
  const text = shown(textOf(endpoint, error));
  const message = `${endpoint.id}: ${text}`;
  const known = error instanceof APIError ? error : undefined;
  const status = known?.status as number | undefined;
  const headers = known?.headers as Headers | undefined;
  const wait = headers === undefined ? undefined : retryAfterMs(headers, '', Date.now());
  const failure = nexumError('MODEL_FAILED', message, {
    model: endpoint.id,
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
  const permanent = status !== undefined && !isTransient(status);
  if (!permanent && !isOutOfCredit(`${String(known?.code)} ${text}`)) return failure;
  return new NonRetryableError(`MODEL_FAILED: ${message}`, { cause: failure });
}

/** A reply that is no answer; another attempt may bring one. */
export function badReply(endpoint: Endpoint, what: string): NexumError {
  return nexumError('MODEL_FAILED', `${endpoint.id}: ${what}`, { model: endpoint.id });
}

/** The package says no more than "Connection error."; the code of the cause tells what to do about it. */
function textOf({ baseUrl }: Endpoint, error: unknown): string {
  const text = errorMessage(error);
  if (!(error instanceof APIConnectionError)) return text;
  const code = causeCode(error);
  return `${text.replace(/\.$/, '')}${code === undefined ? '' : ` (${code})`} at ${new URL(baseUrl).host}`;
}

function causeCode(error: unknown): string | undefined {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return undefined;
}
