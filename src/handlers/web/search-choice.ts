/** Which engine answers web searches: what the operator of the worker has said, never a key that happens to be there. */
import { nexumError } from '../../errors.js';
import { duckDuckGo } from './duckduckgo.js';
import { brave, searxng, tavily } from './json-engines.js';
import type { SearchEngine } from './search-engine.js';
import type { WebClient } from './web-client.js';
import { wikipedia } from './wikipedia.js';

export const SEARCH_ENGINES = ['duckduckgo', 'searxng', 'brave', 'tavily', 'wikipedia'] as const;
export const DEFAULT_ENGINE = 'duckduckgo';

/** Settings that would change the engine if they could. */
const KEYS = { SEARXNG_URL: 'searxng', BRAVE_API_KEY: 'brave', TAVILY_API_KEY: 'tavily' } as const;

/**
 * Chooses by NEXUM_SEARCH, else DuckDuckGo. `say` hears of settings for another engine that are there and not used.
 * SEARXNG_URL, and NEXUM_SEARCH_URL for the endpoint of another engine, may be inner addresses: the operator named them,
 * and only the search goes there.
 * @throws NexumError SEARCH_NOT_CONFIGURED
 */
export function chooseEngine(env: NodeJS.ProcessEnv, client: WebClient, say: (line: string) => void): SearchEngine {
  const name = env['NEXUM_SEARCH']?.trim().toLowerCase() || undefined;
  if (name === undefined) {
    const unused = Object.entries(KEYS).filter(([key]) => (env[key] ?? '') !== '');
    for (const [key, engine] of unused) say(`${key} is set and not used; NEXUM_SEARCH=${engine} would use it`);
  }
  const endpoint = env['NEXUM_SEARCH_URL'] || undefined;
  const reach = (url: string | undefined): WebClient => (url === undefined ? client : client.allowing(configured(url)));
  switch (name ?? DEFAULT_ENGINE) {
    case 'duckduckgo':
      return duckDuckGo(reach(endpoint), endpoint);
    case 'wikipedia':
      return wikipedia(reach(endpoint), endpoint === undefined ? {} : { baseUrl: endpoint });
    case 'searxng': {
      const url = required(env, 'SEARXNG_URL', 'searxng');
      return searxng(reach(url), url);
    }
    case 'brave':
      return brave(reach(endpoint), required(env, 'BRAVE_API_KEY', 'brave'), endpoint);
    case 'tavily':
      return tavily(reach(endpoint), required(env, 'TAVILY_API_KEY', 'tavily'), endpoint);
    default:
      throw nexumError('SEARCH_NOT_CONFIGURED', `NEXUM_SEARCH is ${name ?? ''}; known: ${SEARCH_ENGINES.join(', ')}`);
  }
}

function required(env: NodeJS.ProcessEnv, key: string, engine: string): string {
  const value = env[key]?.trim() ?? '';
  if (value !== '') return value;
  throw nexumError(
    'SEARCH_NOT_CONFIGURED',
    `the search engine ${engine} needs ${key} in the environment of the worker`,
  );
}

function configured(url: string): URL {
  if (URL.canParse(url) && /^https?:/i.test(url)) return new URL(url);
  throw nexumError('SEARCH_NOT_CONFIGURED', `${url} is no http or https URL`);
}
