import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/ir.js';
import { pageMarkdown } from '../../../../src/handlers/web/page-markdown.js';
import { createWebHandlers } from '../../../../src/handlers/web/web-handlers.js';
import type { HandlerContext } from '../../../../src/worker/handler.js';
import { runIn } from '../handler-context.js';
import { startLocalWeb, type LocalWeb } from './local-web.js';
import { DUCKDUCKGO } from './search-answers.js';

let web: LocalWeb;
const LONG = 'word '.repeat(20_000);

beforeAll(async () => {
  web = await startLocalWeb(({ path }, response) => {
    const { pathname } = new URL(path, 'http://x');
    switch (pathname) {
      case '/json':
        response.writeHead(200, { 'content-type': 'application/vnd.api+json' }).end('{"a":[1]}');
        return;
      case '/broken-json':
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":');
        return;
      case '/missing':
        response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing here');
        return;
      case '/busy':
        response.writeHead(503, { 'retry-after': '3' }).end();
        return;
      case '/pdf':
        response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF');
        return;
      case '/long':
        response.writeHead(200, { 'content-type': 'text/plain' }).end(LONG);
        return;
      case '/html/':
        response.writeHead(200, { 'content-type': 'text/html' }).end(DUCKDUCKGO);
        return;
      default:
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<html><head><title>Page</title></head><body><p>Hello <a href="/x">x</a></p></body></html>');
    }
  });
});
beforeEach(() => {
  web.seen.length = 0;
});
afterAll(() => web.close());

function run(name: string, input: JsonObject, changes: Partial<HandlerContext> = {}): Promise<JsonObject> {
  const readPage = (html: string, url: string) => Promise.resolve(pageMarkdown(html, url));
  const env = { NEXUM_SEARCH_URL: `http://127.0.0.1:${web.port}` };
  return runIn(createWebHandlers({ env, client: web.client(), readPage }), name, input, changes);
}

describe('http.request', () => {
  const request = (path: string, more: JsonObject = {}) =>
    run('http.request', { url: web.url('a.example', path), ...more });

  test('JSON comes back as a value', async () => {
    expect(await request('/json', { query: { q: 'a b', n: 1 } })).toMatchObject({ status: 200, body: { a: [1] } });
    expect(web.seen[0]).toMatchObject({ path: '/json?q=a+b&n=1' });
  });

  test('what says it is JSON and is none comes back as text', async () => {
    expect(await request('/broken-json')).toMatchObject({ body: '{"a":' });
  });

  test('everything but reading carries the idempotency key of the node', async () => {
    await request('/');
    await request('/', { method: 'post', json: { a: 1 }, headers: { 'X-Key': 'k' } });
    await request('/', { method: 'PUT', body: 'text', headers: { 'Idempotency-Key': 'mine' } });
    expect(web.seen.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, 'exec:step:1', 'mine']);
    expect(web.seen[1]).toMatchObject({ method: 'POST', body: '{"a":1}' });
    expect(web.seen[1]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-key': 'k' });
  });

  test('a status that is no success fails, for good or for now, unless the author expects it', async () => {
    await expect(request('/missing')).rejects.toMatchObject({ code: 'WEB_RESPONSE_REFUSED' });
    await expect(request('/missing')).rejects.toThrow('nothing here');
    await expect(request('/busy')).rejects.toMatchObject({
      code: 'WEB_REQUEST_FAILED',
      details: { retryAfterMs: 3000 },
    });
    expect(await request('/missing', { ok_status: [404] })).toMatchObject({ status: 404, body: 'nothing here' });
  });

  test('a failure names the place, and not the query, which may hold a key', async () => {
    const failure = request('/missing?key=s3cret', { query: { token: 's3cret' } });
    await expect(failure).rejects.toThrow(`GET ${web.url('a.example', '/missing')} was answered with status 404`);
  });

  test.each<[JsonObject, string]>([
    [{ methode: 'GET' }, 'no such key'],
    [{ method: 'TRACE' }, 'one of GET'],
    [{ body: 'x' }, 'GET has no body'],
    [{ method: 'POST', body: 'x', json: 1 }, 'give one of them'],
    [{ method: 'POST', body: { a: 1 } }, 'for JSON use `json`'],
    [{ headers: { Host: 'inner' } }, 'written by the client'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, 'written by the client'],
    [{ headers: { 'a b': 'x' } }, 'no name of a header'],
    [{ headers: { a: 'x\r\nhost: inner' } }, 'characters that headers cannot'],
    [{ headers: { a: ['x'] } }, 'with.headers.a'],
    [{ ok_status: 404 }, 'a list of statuses'],
  ])('%j is refused: %s', async (more, because) => {
    await expect(request('/', more)).rejects.toThrow(because);
    expect(web.seen).toEqual([]);
  });

  test('inner addresses are refused', async () => {
    await expect(run('http.request', { url: 'http://169.254.169.254/' })).rejects.toMatchObject({
      code: 'WEB_ADDRESS_REFUSED',
    });
  });
});

describe('web.visit', () => {
  const visit = (path: string, more: JsonObject = {}) => run('web.visit', { url: web.url('a.example', path), ...more });

  test('a page comes back as Markdown', async () => {
    const url = web.url('a.example', '/page');
    const text = `Hello [x](${web.url('a.example', '/x')})`;
    expect(await visit('/page')).toEqual({
      url,
      title: 'Page',
      text,
      start: 0,
      end: text.length,
      characters: text.length,
    });
  });

  test('a long text is read part by part', async () => {
    const first = await visit('/long');
    expect(first).toMatchObject({ start: 0, end: 40_000, characters: 100_000 });
    const rest = await visit('/long', { start: 99_990, max_chars: 100 });
    expect(rest).toMatchObject({ text: 'word word ', end: 100_000 });
  });

  test('what is no text is refused, and so is a missing page', async () => {
    await expect(visit('/pdf')).rejects.toThrow('is application/pdf, which cannot be read as text');
    await expect(visit('/missing')).rejects.toMatchObject({ code: 'WEB_RESPONSE_REFUSED' });
  });

  test('a failure names the place, and not the query, which may hold a key', async () => {
    const missing = `GET ${web.url('a.example', '/missing')} was answered`;
    await expect(visit('/missing?key=s3cret')).rejects.toThrow(missing);
    await expect(visit('/pdf?key=s3cret')).rejects.toThrow(`${web.url('a.example', '/pdf')} is application/pdf`);
    expect(await visit('/page?key=k')).toMatchObject({ url: web.url('a.example', '/page?key=k') });
  });
});

test('web.search names its engine', async () => {
  expect(await run('web.search', { query: 'lease', limit: 1 })).toMatchObject({
    engine: 'duckduckgo',
    query: 'lease',
    results: [{ title: 'Lease & fence' }],
  });
});
