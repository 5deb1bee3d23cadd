/** The `openai` package as transport: bounded retries, aborts, and errors that never carry the key. */
import OpenAI, { APIError, APIUserAbortError } from 'openai';
import { errorMessage, nexumError, NonRetryableError } from '../../errors.js';

/** Tries inside one call: enough for a hiccup. Longer outages are for the node's retry policy, which is durable. */
const SDK_RETRIES = 2;
/** One request; reasoning models take minutes. Too low kills good answers, too high hides a dead connection. */
const REQUEST_TIMEOUT_MS = 10 * 60_000;
/** Longest Retry-After to sit out inside a call; a longer one goes to the node's retry policy as an error. */
const MAX_WAIT_MS = 30_000;
const MAX_MESSAGE_CHARS = 500;

export interface Endpoint {
  /** `provider/model`. */
  readonly id: string;
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly organization?: string;
}

export function openaiClient(endpoint: Endpoint): OpenAI {
  return new OpenAI({
    apiKey: endpoint.apiKey,
    baseURL: endpoint.baseUrl,
    // Explicit, because the package fills absent options from OPENAI_* variables: those must not reach another provider.
    organization: endpoint.organization ?? null,
    project: null,
    adminAPIKey: null,
    maxRetries: SDK_RETRIES,
    timeout: REQUEST_TIMEOUT_MS,
    fetch: boundedFetch,
    // Its debug log prints headers.
    logLevel: 'off',
  });
}

/** Runs one request and maps what it throws. */
export async function request<T>(endpoint: Endpoint, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  // The package sleeps between its retries without looking at the signal.
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(reasonOf(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([send(), aborted]);
  } catch (error) {
    throw signal.aborted ? reasonOf(signal) : modelError(endpoint, error);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

/** Which model answered. The types promise it; compatible servers do not keep that promise. */
export function answeredBy(reply: { readonly model?: unknown }): { model?: string } {
  return typeof reply.model === 'string' && reply.model !== '' ? { model: reply.model } : {};
}

/** MODEL_FAILED for a reply that is no answer. */
export function badReply(endpoint: Endpoint, what: string): Error {
  return nexumError('MODEL_FAILED', `${endpoint.id}: ${what}`, { model: endpoint.id });
}

/** The original error is not kept as `cause`: its body and headers may repeat the key. */
function modelError(endpoint: Endpoint, error: unknown): Error {
  const text = redact(errorMessage(error), endpoint.apiKey).slice(0, MAX_MESSAGE_CHARS);
  const message = `${endpoint.id}: ${text}`;
  const status = error instanceof APIError ? (error.status as number | undefined) : undefined;
  const wait = error instanceof APIError ? waitMs(error.headers as Headers | undefined) : undefined;
  const failure = nexumError('MODEL_FAILED', message, {
    model: endpoint.id,
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
  const permanent = status !== undefined && !isTransient(status);
  // Out of credit answers 429, but no wait brings the credit back.
  const broke = error instanceof APIError && error.code === 'insufficient_quota';
  if (permanent || broke || error instanceof APIUserAbortError) {
    return new NonRetryableError(`MODEL_FAILED: ${message}`, { cause: failure });
  }
  return failure;
}

function isTransient(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

function redact(text: string, key: string): string {
  return key === '' ? text : text.replaceAll(key, '[key]');
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}

async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if ((waitMs(response.headers) ?? 0) <= MAX_WAIT_MS) return response;
  const headers = new Headers(response.headers);
  headers.set('x-should-retry', 'false');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** Retry-After in milliseconds: seconds or an HTTP date (RFC 9110, section 10.2.3). */
function waitMs(headers: Headers | undefined): number | undefined {
  const value = headers?.get('retry-after');
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
