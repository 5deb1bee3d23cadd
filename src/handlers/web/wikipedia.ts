/** Wikipedia, by its API: articles with the beginning of their text. */
import type { Json } from '../../core/ir.js';
import { isList, isObject } from '../handler-input.js';
import { fetchJson, toResult, type SearchEngine, type SearchResult } from './search-engine.js';
import type { WebClient } from './web-client.js';

/** Of a Wikipedia: `en`, `de`, `zh-yue`. It becomes part of a host name. */
export const LANGUAGE_PATTERN = '^[a-z]{2,3}(-[a-z]{2,10})?$';

export interface WikipediaOptions {
  readonly language?: string;
  readonly baseUrl?: string;
}

export function wikipedia(client: WebClient, { language = 'en', baseUrl }: WikipediaOptions = {}): SearchEngine {
  const url = new URL('/w/api.php', baseUrl ?? `https://${language}.wikipedia.org`);
  return {
    name: 'wikipedia',
    search: async (query, limit, signal) => {
      const parameters = {
        ...{ action: 'query', format: 'json', formatversion: '2', generator: 'search', gsrsearch: query },
        ...{
          gsrlimit: String(limit),
          prop: 'extracts|info',
          exintro: '1',
          explaintext: '1',
          exlimit: 'max',
          inprop: 'url',
        },
      };
      url.search = new URLSearchParams(parameters).toString();
      return readPages(await fetchJson(client, 'wikipedia', { url: url.href }, signal));
    },
  };
}

function readPages(answer: Readonly<Record<string, Json>>): readonly SearchResult[] {
  const { query } = answer;
  const pages = isObject(query) && isList(query['pages']) ? query['pages'].filter(isObject) : [];
  // A generator answers in the order of page ids.
  const ranked = [...pages].sort((a, b) => Number(a['index'] ?? 0) - Number(b['index'] ?? 0));
  return ranked.flatMap((page) => toResult(page['title'], page['fullurl'], page['extract']));
}
