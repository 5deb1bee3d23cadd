/** DuckDuckGo, by the page that it has for browsers without scripts: no key, and no promise that it stays as it is. */
import { parseDom } from './dom.js';
import { nexumError } from '../../errors.js';
import { toResult, type SearchEngine, type SearchResult } from './search-engine.js';
import type { WebClient } from './web-client.js';
import { isOk, statusError } from './web-status.js';

export function duckDuckGo(client: WebClient, baseUrl = 'https://html.duckduckgo.com'): SearchEngine {
  return {
    name: 'duckduckgo',
    search: async (query, limit, signal) => {
      const url = new URL('/html/', baseUrl);
      url.searchParams.set('q', query);
      const response = await client.fetch({ url: url.href, headers: { accept: 'text/html' } }, signal);
      if (!isOk(response)) throw statusError(response, 'the search by duckduckgo');
      return readResults(response.text()).slice(0, limit);
    },
  };
}

/** @throws NexumError WEB_REQUEST_FAILED when DuckDuckGo asks whether a person is there */
export function readResults(html: string): readonly SearchResult[] {
  const document = parseDom(html);
  const results = [...document.querySelectorAll('.result:not(.result--ad)')].flatMap((result) => {
    const link = result.querySelector('a.result__a');
    const target = link?.getAttribute('href');
    if (!link || typeof target !== 'string') return [];
    return toResult(link.textContent, targetOf(target), result.querySelector('.result__snippet')?.textContent);
  });
  if (results.length === 0 && document.querySelector('.anomaly-modal__title, form#challenge-form')) {
    const message = 'duckduckgo takes this worker for a robot; wait, or choose another engine with NEXUM_SEARCH';
    throw nexumError('WEB_REQUEST_FAILED', message);
  }
  return results;
}

/** Results lead through a page that counts: `//duckduckgo.com/l/?uddg=<target>`. */
function targetOf(href: string): string {
  const url = URL.canParse(href, 'https://duckduckgo.com') ? new URL(href, 'https://duckduckgo.com') : undefined;
  return url?.searchParams.get('uddg') ?? url?.href ?? href;
}
