/**
 * Requests to the web for handlers and tools: guarded, bounded, without a memory.
 *
 * C1 Every hop is checked like the first one (web-rules.ts); redirects are followed here and nowhere else, at most
 *    MAX_REDIRECTS, and never from https to http.
 * C2 What the caller sends for one origin goes to that origin only: at another one its headers and its body are gone.
 * C3 No cookies, no proxy of the environment, no connection that outlives the request.
 * C4 Bytes and time are bounded: on the wire, after decompression, and over all hops together.
 */
import { Agent, request as send, type Dispatcher } from 'undici';
import { errorMessage, NexumError, nexumError } from '../../errors.js';
import { guardedConnector, resolveByDns, type Resolve } from './guarded-connector.js';
import { ACCEPT_ENCODING, decodeText, mediaType, readBody } from './web-body.js';
import { parseUrl, placeOf, type WebRules } from './web-rules.js';

/** As many as browsers of old; longer chains are loops or trackers. */
const MAX_REDIRECTS = 5;
const DEFAULT_TIMEOUT_MS = 30_000;
/** 5 MiB: the largest pages people write are smaller; more is a download. */
export const DEFAULT_MAX_BYTES = 5 * 1024 * 1024;
/** What a request may say to an origin that the caller did not name. */
const HARMLESS_HEADERS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'user-agent']);
const USER_AGENT = 'nexum-pipelines';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

export interface WebRequest {
  readonly url: string;
  readonly method?: Method;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of all hops together, in milliseconds. Default: 30 s. */
  readonly timeoutMs?: number;
  /** Default: 5 MiB. */
  readonly maxBytes?: number;
}

export interface WebResponse {
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly status: number;
  /** Names in lower case; a header that came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** In lower case, without parameters. */
  readonly type: string;
  readonly bytes: Buffer;
  /** The bytes as text, by their charset. */
  text(): string;
}

export interface WebClientOptions {
  readonly rules: WebRules;
  /** Replaces the DNS, for tests. */
  readonly resolve?: Resolve;
}

interface Hop {
  readonly url: URL;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class WebClient {
  readonly rules: WebRules;
  readonly #resolve: Resolve;

  constructor({ rules, resolve = resolveByDns }: WebClientOptions) {
    this.rules = rules;
    this.#resolve = resolve;
  }

  /** The same, and it may reach the host of a URL that the operator has configured. */
  allowing(url: URL): WebClient {
    return new WebClient({ rules: this.rules.allowing(url), resolve: this.#resolve });
  }

  /**
   * Sends one request and returns the whole answer, whatever its status.
   * @throws NexumError WEB_ADDRESS_REFUSED, WEB_RESPONSE_REFUSED; WEB_REQUEST_FAILED when nobody answered in time
   */
  async fetch(request: WebRequest, signal: AbortSignal): Promise<WebResponse> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = request;
    signal.throwIfAborted();
    const url = parseUrl(request.url);
    const timeout = AbortSignal.timeout(timeoutMs);
    const both = AbortSignal.any([signal, timeout]);
    try {
      return await this.#follow(url, request, maxBytes, both);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (timeout.aborted)
        throw nexumError('WEB_REQUEST_FAILED', `${placeOf(url)} did not answer within ${timeoutMs} ms`);
      throw error;
    }
  }

  async #follow(url: URL, request: WebRequest, maxBytes: number, signal: AbortSignal): Promise<WebResponse> {
    let hop: Hop = {
      url,
      method: request.method ?? 'GET',
      headers: { 'user-agent': USER_AGENT, ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
    };
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await this.#hop(hop, maxBytes, signal);
      const { location } = answer.headers;
      if (!isRedirect(answer.status) || location === undefined) return answer;
      hop = redirected(hop, answer.status, parseUrl(location, hop.url));
    }
    throw nexumError('WEB_RESPONSE_REFUSED', `${placeOf(url)} redirects more than ${MAX_REDIRECTS} times`);
  }

  async #hop({ url, method, headers, body }: Hop, maxBytes: number, signal: AbortSignal): Promise<WebResponse> {
    this.rules.checkUrl(url);
    const place = placeOf(url);
    const dispatcher = new Agent({
      connect: guardedConnector(url, this.rules, this.#resolve),
      connections: 1,
      pipelining: 1,
      maxHeaderSize: 64 * 1024,
      // The signal bounds the whole; the 5 minutes that undici gives each part would end longer requests.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    try {
      const answer = await send(url, {
        dispatcher,
        method,
        headers: { 'accept-encoding': ACCEPT_ENCODING, ...headers },
        ...(body === undefined ? {} : { body }),
        signal,
      });
      const received = plainHeaders(answer.headers);
      const bytes = isRedirect(answer.statusCode)
        ? Buffer.alloc(0)
        : await readBody(answer.body, received['content-encoding'], maxBytes, place);
      const type = received['content-type'];
      return {
        url,
        status: answer.statusCode,
        headers: received,
        type: mediaType(type),
        bytes,
        text: () => decodeText(bytes, type),
      };
    } catch (error) {
      if (error instanceof NexumError) throw error;
      signal.throwIfAborted();
      throw nexumError('WEB_REQUEST_FAILED', `${place}: ${errorMessage(error)}`, { host: url.host }, error);
    } finally {
      // Drops a body that nobody wants, too: a redirect may carry one without an end.
      await dispatcher.destroy();
    }
  }
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The request that a redirect asks for (RFC 9110, 15.4); a POST becomes a GET where browsers make it one. */
function redirected(from: Hop, status: number, url: URL): Hop {
  if (from.url.protocol === 'https:' && url.protocol === 'http:') {
    throw nexumError('WEB_ADDRESS_REFUSED', `${from.url.origin} redirects from https to ${url.origin}`);
  }
  const sameOrigin = from.url.origin === url.origin;
  const headers = sameOrigin ? from.headers : harmless(from.headers);
  const becomesGet = status === 303 ? from.method !== 'HEAD' : status < 303 && from.method === 'POST';
  if (becomesGet) return { url, method: 'GET', headers: withoutBody(headers) };
  if (from.body !== undefined && !sameOrigin) {
    throw nexumError('WEB_ADDRESS_REFUSED', `${from.url.origin} redirects a request with a body to ${url.origin}`);
  }
  return { ...from, url, headers };
}

function harmless(headers: Hop['headers']): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS_HEADERS.has(name)));
}

function withoutBody(headers: Hop['headers']): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}

function plainHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}
