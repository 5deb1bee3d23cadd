import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SearchEngine } from '../../../../src/handlers/web/search-engine.js';
import { chooseEngine } from '../../../../src/handlers/web/search-choice.js';
import { WebClient } from '../../../../src/handlers/web/web-client.js';
import { WebRules } from '../../../../src/handlers/web/web-rules.js';
import { wikipedia } from '../../../../src/handlers/web/wikipedia.js';
import { startLocalWeb, type LocalWeb } from './local-web.js';
import { BRAVE, DUCKDUCKGO, DUCKDUCKGO_CHALLENGE, SEARXNG, TAVILY, WIKIPEDIA } from './search-answers.js';

const never = new AbortController().signal;
let web: LocalWeb;
let answer: { status: number; type: string; body: string; headers?: Record<string, string> };

beforeAll(async () => {
  web = await startLocalWeb((_, response) => {
    response.writeHead(answer.status, { 'content-type': answer.type, ...answer.headers }).end(answer.body);
  });
});
beforeEach(() => {
  web.seen.length = 0;
});
afterAll(() => web.close());

function answers(body: object | string, status = 200, headers: Record<string, string> = {}): void {
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  answer = { status, type, body: typeof body === 'string' ? body : JSON.stringify(body), headers };
}

/** By the environment of a worker; the endpoint is on loopback, which only the configuration allows. */
function engine(env: Record<string, string>): { engine: SearchEngine; said: string[] } {
  const said: string[] = [];
  const client = new WebClient({ rules: WebRules.parse() });
  const base = `http://127.0.0.1:${web.port}`;
  const endpoints = { NEXUM_SEARCH_URL: base, ...('SEARXNG_URL' in env ? { SEARXNG_URL: `${base}/searx` } : {}) };
  return { engine: chooseEngine({ ...env, ...endpoints }, client, (line) => said.push(line)), said };
}

describe('the results of', () => {
  test('duckduckgo, without advertisements and without the page that counts', async () => {
    answers(DUCKDUCKGO);
    expect(await engine({}).engine.search('a lease?', 10, never)).toEqual([
      {
        title: 'Lease & fence',
        url: 'https://en.example.org/lease?a=1&b=2',
        snippet: 'A lease is a time-bounded claim.',
      },
      { title: 'Direct', url: 'https://direct.example/', snippet: '' },
    ]);
    expect(web.seen[0]).toMatchObject({ method: 'GET', path: '/html/?q=a+lease%3F' });
  });

  test('searxng', async () => {
    answers(SEARXNG);
    const { engine: searx } = engine({ NEXUM_SEARCH: 'searxng', SEARXNG_URL: 'x' });
    expect(await searx.search('lease', 10, never)).toEqual([
      { title: 'A', url: 'https://a.example/', snippet: 'first' },
      { title: 'B', url: 'https://b.example/', snippet: '' },
    ]);
    expect(web.seen[0]?.path).toBe('/searx/search?q=lease&format=json');
  });

  test('brave, with its key in a header', async () => {
    answers(BRAVE);
    const { engine: brave } = engine({ NEXUM_SEARCH: 'brave', BRAVE_API_KEY: 'k-1' });
    expect(await brave.search('lease', 1, never)).toEqual([
      { title: 'A & B', url: 'https://a.example/', snippet: 'a lease "here"' },
    ]);
    expect(web.seen[0]).toMatchObject({ path: '/res/v1/web/search?q=lease&count=1' });
    expect(web.seen[0]?.headers['x-subscription-token']).toBe('k-1');
  });

  test('tavily', async () => {
    answers(TAVILY);
    const { engine: tavily } = engine({ NEXUM_SEARCH: 'Tavily', TAVILY_API_KEY: 'k-2' });
    expect(await tavily.search('lease', 5, never)).toEqual([
      { title: 'A', url: 'https://a.example/', snippet: 'long text' },
    ]);
    expect(web.seen[0]).toMatchObject({ method: 'POST', path: '/search', body: '{"query":"lease","max_results":5}' });
    expect(web.seen[0]?.headers['authorization']).toBe('Bearer k-2');
  });

  test('wikipedia, in the order of their rank', async () => {
    answers(WIKIPEDIA);
    const { engine: wiki } = engine({ NEXUM_SEARCH: 'wikipedia' });
    expect(await wiki.search('lease', 5, never)).toEqual([
      { title: 'First', url: 'https://en.wikipedia.org/wiki/First', snippet: 'One is first.' },
      { title: 'Second', url: 'https://en.wikipedia.org/wiki/Second', snippet: 'Two.' },
    ]);
    expect(web.seen[0]?.path).toContain('gsrsearch=lease&gsrlimit=5');
  });

  test('wikipedia that finds nothing', async () => {
    answers({ batchcomplete: true });
    expect(await engine({ NEXUM_SEARCH: 'wikipedia' }).engine.search('x', 5, never)).toEqual([]);
  });
});

test('a language is part of the host', async () => {
  const hosts: string[] = [];
  const resolve = (host: string): Promise<readonly string[]> => {
    hosts.push(host);
    return Promise.resolve([]);
  };
  const client = new WebClient({ rules: WebRules.parse(), resolve });
  await expect(wikipedia(client, { language: 'de' }).search('x', 1, never)).rejects.toThrow('no address');
  expect(hosts).toEqual(['de.wikipedia.org']);
});

describe('failures', () => {
  test('a challenge says so, and how to choose another engine', async () => {
    answers(DUCKDUCKGO_CHALLENGE, 202);
    await expect(engine({}).engine.search('x', 5, never)).rejects.toMatchObject({
      code: 'WEB_REQUEST_FAILED',
      message: expect.stringContaining('NEXUM_SEARCH') as string,
    });
  });

  test('too many requests may pass, when the server says', async () => {
    answers('slow down', 429, { 'retry-after': '7' });
    await expect(engine({}).engine.search('x', 5, never)).rejects.toMatchObject({
      code: 'WEB_REQUEST_FAILED',
      details: { status: 429, retryAfterMs: 7000 },
    });
  });

  test('a wrong key does not pass, and is not shown', async () => {
    answers({ error: 'bad token' }, 401);
    const failed = engine({ NEXUM_SEARCH: 'brave', BRAVE_API_KEY: 'k-secret' }).engine.search('x', 5, never);
    await expect(failed).rejects.toMatchObject({ code: 'WEB_RESPONSE_REFUSED' });
    await expect(failed).rejects.not.toThrow('k-secret');
  });

  test('a page instead of JSON is said', async () => {
    answers('<html>403</html>');
    const { engine: searx } = engine({ NEXUM_SEARCH: 'searxng', SEARXNG_URL: 'x' });
    await expect(searx.search('x', 5, never)).rejects.toThrow('no JSON object');
  });
});

describe('the choice', () => {
  test('never falls on a key that happens to be there, and says which one it was', () => {
    const { engine: chosen, said } = engine({ BRAVE_API_KEY: 'k-secret', TAVILY_API_KEY: 'k-secret' });
    expect(chosen.name).toBe('duckduckgo');
    expect(said).toEqual([expect.stringContaining('BRAVE_API_KEY'), expect.stringContaining('TAVILY_API_KEY')]);
    expect(said.join()).not.toContain('k-secret');
  });

  test.each([
    [{ NEXUM_SEARCH: 'brave' }, 'BRAVE_API_KEY'],
    [{ NEXUM_SEARCH: 'tavily', TAVILY_API_KEY: ' ' }, 'TAVILY_API_KEY'],
    [{ NEXUM_SEARCH: 'google' }, 'known: duckduckgo, searxng, brave, tavily, wikipedia'],
    [{ NEXUM_SEARCH: 'searxng' }, 'SEARXNG_URL'],
  ])('%j is refused: %s', (env, because) => {
    const client = new WebClient({ rules: WebRules.parse() });
    expect(() => chooseEngine(env, client, () => undefined)).toThrow(because);
  });

  test('a configured engine opens its host to searches alone', async () => {
    answers(SEARXNG);
    const client = new WebClient({ rules: WebRules.parse() });
    const env = { NEXUM_SEARCH: 'searxng', SEARXNG_URL: `http://127.0.0.1:${web.port}` };
    expect(await chooseEngine(env, client, () => undefined).search('x', 5, never)).toHaveLength(2);
    await expect(client.fetch({ url: env.SEARXNG_URL }, never)).rejects.toMatchObject({ code: 'WEB_ADDRESS_REFUSED' });
  });
});
