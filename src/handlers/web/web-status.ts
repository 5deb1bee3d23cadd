/** What the status of an answer means for whoever asked. */
import { nexumError, type NexumError } from '../../errors.js';
import type { WebResponse } from './web-client.js';

const MAX_SHOWN_CHARS = 300;
/** Nobody waits longer for a server that says when to come back. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export function isOk({ status }: WebResponse): boolean {
  return status >= 200 && status < 300;
}

/** The error of an answer that is none: too many requests and failures of the server may pass, others will not. */
export function statusError(response: WebResponse, what: string): NexumError {
  const { status, headers, url } = response;
  const mayPass = status === 408 || status === 425 || status === 429 || status >= 500;
  const text = response.bytes.length === 0 ? '' : `: ${response.text().trim().slice(0, MAX_SHOWN_CHARS)}`;
  const message = `${what} was answered with status ${status} by ${url.host}${text}`;
  if (!mayPass) return nexumError('WEB_RESPONSE_REFUSED', message, { status });
  const retryAfterMs = retryAfter(headers['retry-after'], Date.now());
  return nexumError('WEB_REQUEST_FAILED', message, { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** Seconds or a date (RFC 9110, 10.2.3), as whole milliseconds from now; undefined: nothing usable is said. */
export function retryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : dateOf(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(Math.ceil(ms), 0), MAX_RETRY_AFTER_MS);
}

/** Every form of an HTTP date has a colon; without one Date.parse guesses a date from nearly anything. */
function dateOf(text: string): number {
  return text.includes(':') ? Date.parse(text) : Number.NaN;
}
