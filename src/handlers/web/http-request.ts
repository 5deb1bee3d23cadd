/** The handler `http.request`, and what it shares with the tool of that name. */
import type { Json, JsonObject } from '../../core/ir.js';
import type { Handler } from '../../worker/handler.js';
import { HandlerInput, isList, isObject } from '../handler-input.js';
import { METHODS, type Method, type WebClient, type WebResponse } from './web-client.js';
import { placeOf } from './web-rules.js';
import { isOk, statusError } from './web-status.js';

const DEFAULT_TIMEOUT_SECONDS = 30;
const MAX_TIMEOUT_SECONDS = 3600;
/** Headers of the connection: those the client writes itself, and `host`, which would lead a proxy somewhere else. */
const OWN_HEADERS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|accept-encoding|proxy-.*)$/;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
// eslint-disable-next-line no-control-regex -- exactly what a header must not hold
const NOT_IN_HEADERS = /[\0-\x08\x0a-\x1f\x7f]|[^\0-\xff]/;

/**
 * `http.request`: with `url`, `method` (default GET), `query`, `headers`, `body` (a text) or `json`, `ok_status` (a list of
 * numbers that are no failure, besides 2xx), `timeout_seconds` (default 30).
 * Output: `{ url, status, headers, body }`; `body` is JSON when the server says so, else text. Everything but GET and HEAD
 * carries the idempotency key of the node as `idempotency-key`, the same in every attempt.
 */
export function httpRequest(client: WebClient): Handler {
  return async (raw, context) => {
    const known = ['url', 'method', 'query', 'headers', 'body', 'json', 'ok_status', 'timeout_seconds'];
    const input = new HandlerInput(raw, context, known);
    const method = methodOf(input);
    const url = withQuery(input, input.string('url'));
    const { body, contentType } = bodyOf(input, method);
    const okStatus = statusesOf(input);
    const range = { min: 1, max: MAX_TIMEOUT_SECONDS, fallback: DEFAULT_TIMEOUT_SECONDS };
    const headers = {
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(method === 'GET' || method === 'HEAD' ? {} : { 'idempotency-key': context.idempotencyKey }),
      ...headersOf(input),
    };
    const timeoutMs = input.integer('timeout_seconds', range) * 1000;
    const request = { url, method, headers, timeoutMs, ...(body === undefined ? {} : { body }) };
    const response = await client.fetch(request, context.signal);
    if (!isOk(response) && !okStatus.has(response.status))
      throw statusError(response, `${method} ${placeOf(response.url)}`);
    return { url: response.url.href, status: response.status, headers: response.headers, body: readable(response) };
  };
}

/** Why a header cannot be sent; undefined when it can. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return `${JSON.stringify(name)} is no name of a header`;
  if (OWN_HEADERS.test(name.toLowerCase())) return `the header ${name} is written by the client itself`;
  return NOT_IN_HEADERS.test(value)
    ? `the value of the header ${name} holds characters that headers cannot`
    : undefined;
}

/** JSON as a value; everything else as text, which is empty for what is none. */
export function readable(response: WebResponse): Json {
  const text = response.text();
  if (!/[/+]json$/.test(response.type)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function methodOf(input: HandlerInput): Method {
  const written = input.findString('method') ?? 'GET';
  const method = METHODS.find((known) => known === written.toUpperCase());
  if (method) return method;
  throw input.mismatch('method', `one of ${METHODS.join(', ')}`, written);
}

function withQuery(input: HandlerInput, url: string): string {
  const query = textsOf(input, 'query');
  if (Object.keys(query).length === 0 || !URL.canParse(url)) return url;
  const whole = new URL(url);
  for (const [name, value] of Object.entries(query)) whole.searchParams.set(name, value);
  return whole.href;
}

function headersOf(input: HandlerInput): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(textsOf(input, 'headers'))) {
    const problem = headerProblem(name, value);
    if (problem !== undefined) throw input.problem('headers', problem);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function bodyOf(input: HandlerInput, method: Method): { body?: string; contentType?: string } {
  const body = input.find('body');
  const json = input.find('json');
  if (body === undefined && json === undefined) return {};
  if (body !== undefined && json !== undefined)
    throw input.problem('json', '`body` is there already; give one of them');
  if (method === 'GET' || method === 'HEAD') throw input.problem('method', `${method} has no body; use POST`);
  if (json !== undefined) return { body: JSON.stringify(json), contentType: 'application/json' };
  if (typeof body !== 'string') throw input.mismatch('body', 'a text (for JSON use `json`)', body);
  return { body, contentType: 'text/plain; charset=utf-8' };
}

function statusesOf(input: HandlerInput): ReadonlySet<number> {
  const list = input.find('ok_status') ?? [];
  const isStatus = (value: Json): value is number => typeof value === 'number' && value >= 100 && value < 600;
  if (isList(list) && list.every(isStatus)) return new Set(list.filter(isStatus));
  throw input.mismatch('ok_status', 'a list of statuses such as [404]', list);
}

function textsOf(input: HandlerInput, key: string): Record<string, string> {
  const map: JsonObject = {};
  const given = input.find(key) ?? map;
  const expected = 'a map of names to texts, numbers or booleans';
  if (!isObject(given)) throw input.mismatch(key, expected, given);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (typeof value === 'object') throw input.mismatch(`${key}.${name}`, 'a text, number or boolean', value);
      return [name, String(value)];
    }),
  );
}
