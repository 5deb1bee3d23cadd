/** Search engines with an API of JSON: SearXNG, Brave, Tavily. */
import type { Json } from '../../core/ir.js';
import { isList, isObject } from '../handler-input.js';
import { fetchJson, toResult, type SearchEngine, type SearchResult } from './search-engine.js';
import type { WebClient } from './web-client.js';

/** An instance of one's own; it must have `json` among its `search.formats`. */
export function searxng(client: WebClient, baseUrl: string): SearchEngine {
  return {
    name: 'searxng',
    search: async (query, limit, signal) => {
      const url = new URL('search', baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
      url.search = new URLSearchParams({ q: query, format: 'json' }).toString();
      const answer = await fetchJson(client, 'searxng', { url: url.href }, signal);
      return resultsOf(answer['results'], 'content').slice(0, limit);
    },
  };
}

export function brave(client: WebClient, key: string, baseUrl = 'https://api.search.brave.com'): SearchEngine {
  return {
    name: 'brave',
    search: async (query, limit, signal) => {
      const url = new URL('/res/v1/web/search', baseUrl);
      url.search = new URLSearchParams({ q: query, count: String(limit) }).toString();
      const headers = { accept: 'application/json', 'x-subscription-token': key };
      const { web } = await fetchJson(client, 'brave', { url: url.href, headers }, signal);
      return resultsOf(isObject(web) ? web['results'] : undefined, 'description').slice(0, limit);
    },
  };
}

export function tavily(client: WebClient, key: string, baseUrl = 'https://api.tavily.com'): SearchEngine {
  return {
    name: 'tavily',
    search: async (query, limit, signal) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ query, max_results: limit });
      const request = { url: new URL('/search', baseUrl).href, method: 'POST', headers, body } as const;
      const answer = await fetchJson(client, 'tavily', request, signal);
      return resultsOf(answer['results'], 'content').slice(0, limit);
    },
  };
}

function resultsOf(results: Json | undefined, snippet: string): readonly SearchResult[] {
  if (!isList(results)) return [];
  return results.filter(isObject).flatMap((result) => toResult(result['title'], result['url'], result[snippet]));
}
