/** The web for agents: search, pages, Wikipedia, requests. What they bring is text of strangers (observation.ts). */
import type { Json, JsonObject } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import { headerProblem, readable } from '../../handlers/web/http-request.js';
import type { ReadPage } from '../../handlers/web/page-reader.js';
import type { SearchEngine } from '../../handlers/web/search-engine.js';
import { MAX_PART_CHARS, visitPage } from '../../handlers/web/visit-page.js';
import { METHODS, type Method, type WebClient } from '../../handlers/web/web-client.js';
import { LANGUAGE_PATTERN, wikipedia } from '../../handlers/web/wikipedia.js';
import { objectOf, type AgentTool } from './agent-tool.js';
import { escapedJson, isJsonObject, MAX_RESULT_CHARS } from './observation.js';
import { fitting } from './result-text.js';
import { powersOf } from './tool-names.js';

const MAX_RESULTS = 20;
const DEFAULT_RESULTS = 8;
/** Headers that a page of a server is judged by; the rest is for machines. */
const SHOWN_HEADERS = ['content-type', 'location', 'retry-after', 'last-modified', 'etag'];

export interface WebTools {
  readonly client: WebClient;
  readonly readPage: ReadPage;
  /** Chosen when the first search is made, so that agents without one need no configuration. */
  readonly engine: () => SearchEngine;
  /** Replaces the host of Wikipedia, for tests. */
  readonly wikipediaUrl?: string;
}

const QUERY = { type: 'string', minLength: 1, maxLength: 500, description: 'What to look for, in a few words.' };
const LIMIT = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_RESULTS,
  description: `Results; ${DEFAULT_RESULTS} by default.`,
};
const URL_OF = { type: 'string', minLength: 1, maxLength: 2000, description: 'An absolute http or https address.' };

export function webTools(web: WebTools): readonly AgentTool[] {
  return [searchTool(web), wikipediaTool(web), visitTool(web), requestTool(web)];
}

function searchTool(web: WebTools): AgentTool {
  return {
    name: 'web_search',
    description:
      'Searches the web. Returns {engine, results: [{title, url, snippet}]}. Read a page before you rely on it.',
    parameters: objectOf({ query: QUERY, limit: LIMIT }, ['query']),
    powers: powersOf('web_search'),
    run: (args, { signal }) => search(web.engine(), args, signal),
  };
}

function wikipediaTool({ client, wikipediaUrl }: WebTools): AgentTool {
  const language = { type: 'string', pattern: LANGUAGE_PATTERN, description: 'Which Wikipedia; `en` by default.' };
  return {
    name: 'wikipedia_search',
    description: 'Searches Wikipedia. Returns {results: [{title, url, snippet}]} with the beginning of each article.',
    parameters: objectOf({ query: QUERY, limit: LIMIT, language }, ['query']),
    powers: powersOf('wikipedia_search'),
    run: (args, { signal }) => {
      const baseUrl = wikipediaUrl === undefined ? {} : { baseUrl: wikipediaUrl };
      return search(wikipedia(client, { language: textOf(args['language']) ?? 'en', ...baseUrl }), args, signal);
    },
  };
}

function visitTool(web: WebTools): AgentTool {
  const start = {
    type: 'integer',
    minimum: 0,
    description: 'First character, to read on where a part ended; 0 by default.',
  };
  return {
    name: 'visit_webpage',
    description:
      'Reads a web page as Markdown. Returns {url, title, text, start, end, characters}; when `end` is less than ' +
      '`characters`, the rest is read with `start`.',
    parameters: objectOf({ url: URL_OF, start }, ['url']),
    powers: powersOf('visit_webpage'),
    run: async (args, { signal }) => {
      const visit = { url: textOf(args['url']) ?? '', start: numberOf(args['start']) ?? 0, maxChars: MAX_PART_CHARS };
      const page = await visitPage(web, visit, signal);
      const room = MAX_RESULT_CHARS - escapedJson({ ...page, text: '' }).length;
      const text = fitting(page.text, room);
      return { ...page, text, end: page.start + text.length };
    },
  };
}

function requestTool({ client }: WebTools): AgentTool {
  const headers = { type: 'object', additionalProperties: { type: 'string' }, description: 'Header names and values.' };
  return {
    name: 'http_request',
    description: 'Sends one HTTP request. Returns {url, status, headers, body, truncated}, whatever the status.',
    parameters: objectOf(
      {
        url: URL_OF,
        method: { type: 'string', enum: METHODS, description: 'GET by default.' },
        headers,
        body: { type: 'string', maxLength: 60_000, description: 'The body, not for GET and HEAD.' },
      },
      ['url'],
    ),
    powers: powersOf('http_request'),
    // Two equal requests are two requests: the second may answer something else, or do something again on purpose.
    repeat: 'sequence',
    run: async (args, { signal, idempotencyKey }) => {
      const method = METHODS.find((known) => known === args['method']) ?? 'GET';
      const body = textOf(args['body']);
      const sent = { ...keyOf(method, idempotencyKey), ...checkedHeaders(args['headers']) };
      const url = textOf(args['url']) ?? '';
      if (body !== undefined && (method === 'GET' || method === 'HEAD')) throw invalid(`${method} has no body`);
      const answer = await client.fetch(
        { url, method, headers: sent, ...(body === undefined ? {} : { body }) },
        signal,
      );
      const shown = Object.fromEntries(SHOWN_HEADERS.flatMap((name) => entry(answer.headers, name)));
      const { status } = answer;
      const head: JsonObject = { url: answer.url.href, status, headers: shown };
      const whole = readable(answer);
      const room = MAX_RESULT_CHARS - escapedJson(head).length;
      if (escapedJson(whole).length <= room) return { ...head, body: whole, truncated: false };
      return { ...head, body: fitting(answer.text(), room), truncated: true };
    },
  };
}

async function search(engine: SearchEngine, args: JsonObject, signal: AbortSignal): Promise<JsonObject> {
  const found = await engine.search(textOf(args['query']) ?? '', numberOf(args['limit']) ?? DEFAULT_RESULTS, signal);
  const results: JsonObject[] = [];
  let used = 0;
  for (const result of found) {
    used += escapedJson(result).length + 1;
    if (used > MAX_RESULT_CHARS) break;
    results.push(result);
  }
  return { engine: engine.name, results };
}

function keyOf(method: Method, idempotencyKey: string): Readonly<Record<string, string>> {
  return method === 'GET' || method === 'HEAD' ? {} : { 'idempotency-key': idempotencyKey };
}

function checkedHeaders(headers: Json | undefined): Record<string, string> {
  if (!isJsonObject(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = textOf(value) ?? '';
      const problem = headerProblem(name, text);
      if (problem !== undefined) throw invalid(problem);
      return [name.toLowerCase(), text];
    }),
  );
}

function invalid(problem: string): Error {
  return nexumError('INVALID_REQUEST', problem);
}

function entry(headers: Readonly<Record<string, string>>, name: string): [string, string][] {
  const value = headers[name];
  return value === undefined ? [] : [[name, value.slice(0, 500)]];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
