/** The handlers `http.request`, `web.search` and `web.visit`. */
import type { Handler, HandlerTable } from '../../worker/handler.js';
import { HandlerInput } from '../handler-input.js';
import { httpRequest } from './http-request.js';
import { readPage, type ReadPage } from './page-reader.js';
import { chooseEngine } from './search-choice.js';
import { MAX_PART_CHARS, visitPage } from './visit-page.js';
import { WebClient } from './web-client.js';
import { WebRules } from './web-rules.js';

export interface WebOptions {
  /** Where engines, keys and allowed hosts are looked up. */
  readonly env: NodeJS.ProcessEnv;
  readonly client?: WebClient;
  readonly readPage?: ReadPage;
}

export const DEFAULT_RESULTS = 8;
export const MAX_RESULTS = 20;

/** A client by the rules of NEXUM_ALLOW_HOSTS. */
export function webClient(env: NodeJS.ProcessEnv): WebClient {
  return new WebClient({ rules: WebRules.parse(env['NEXUM_ALLOW_HOSTS']) });
}

export function createWebHandlers(options: WebOptions): HandlerTable {
  const client = options.client ?? webClient(options.env);
  const web = { client, readPage: options.readPage ?? readPage };
  return new Map<string, Handler>([
    ['http.request', httpRequest(client)],
    ['web.search', webSearch(client, options.env)],
    ['web.visit', webVisit(web)],
  ]);
}

/** `web.search`: with `query`, `limit` (1 to 20, default 8). Output: `{ engine, query, results: [{ title, url, snippet }] }`. */
function webSearch(client: WebClient, env: NodeJS.ProcessEnv): Handler {
  return async (raw, context) => {
    const input = new HandlerInput(raw, context, ['query', 'limit']);
    const query = input.string('query');
    const limit = input.integer('limit', { min: 1, max: MAX_RESULTS, fallback: DEFAULT_RESULTS });
    const engine = chooseEngine(env, client, (line) => context.log.info(line));
    const results = await engine.search(query, limit, context.signal);
    return { engine: engine.name, query, results };
  };
}

/**
 * `web.visit`: with `url`, `start` (default 0), `max_chars` (default and at most 40,000). Output: `{ url, title, byline?,
 * text, start, end, characters }`; there is more when `end` is less than `characters`.
 */
function webVisit(web: Parameters<typeof visitPage>[0]): Handler {
  return (raw, context) => {
    const input = new HandlerInput(raw, context, ['url', 'start', 'max_chars']);
    const start = input.integer('start', { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 });
    const maxChars = input.integer('max_chars', { min: 1, max: MAX_PART_CHARS, fallback: MAX_PART_CHARS });
    return visitPage(web, { url: input.string('url'), start, maxChars }, context.signal);
  };
}
