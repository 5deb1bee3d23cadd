import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebClient, type WebRequest, type WebResponse } from '../../../../src/handlers/web/web-client.js';
import { WebRules } from '../../../../src/handlers/web/web-rules.js';
import { startLocalWeb, type LocalWeb } from './local-web.js';
import { POISONED, REFUSED } from './ssrf-vectors.js';

const never = new AbortController().signal;
let web: LocalWeb;
let hangs: () => void = () => undefined;

beforeAll(async () => {
  web = await startLocalWeb(({ path }, response) => {
    const url = new URL(path, 'http://x');
    const to = url.searchParams.get('to');
    switch (url.pathname) {
      case '/redirect':
        response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: to ?? '' }).end('ignored');
        return;
      case '/loop':
        response.writeHead(302, { location: '/loop' }).end();
        return;
      case '/cookie':
        response.writeHead(302, { location: '/after', 'set-cookie': 'session=1' }).end();
        return;
      case '/bomb':
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)));
        return;
      case '/bomb-of-bombs':
        response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync(Buffer.alloc(50_000_000))));
        return;
      case '/onion':
        response.writeHead(200, { 'content-encoding': 'gzip, gzip, gzip' }).end('x');
        return;
      case '/endless': {
        response.writeHead(200, { 'content-type': 'text/plain' });
        const more = (): void => {
          while (response.write(Buffer.alloc(65_536, 'x')));
          response.once('drain', more);
        };
        more();
        return;
      }
      case '/hangs':
        hangs();
        return;
      case '/slow-body':
        response.writeHead(200).write('begun');
        hangs();
        return;
      case '/cut':
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('whole').subarray(0, 8));
        return;
      case '/garbled':
        response.writeHead(200, { 'content-encoding': url.searchParams.get('as') ?? '' }).end('this is not compressed');
        return;
      case '/encoded-nothing':
        response.writeHead(Number(url.searchParams.get('status')), { 'content-encoding': 'gzip' }).end();
        return;
      case '/br':
        response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync('grüße'));
        return;
      case '/deflate':
        response.writeHead(200, { 'content-encoding': 'deflate' }).end(deflateSync('grüße'));
        return;
      case '/zstd':
        response.writeHead(200, { 'content-encoding': 'zstd' }).end('x');
        return;
      case '/latin1':
        response
          .writeHead(200, { 'content-type': 'text/html; charset="iso-8859-1"' })
          .end(Buffer.from('gr\u00fc\u00dfe', 'latin1'));
        return;
      case '/meta':
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end(Buffer.from('<html><head><meta charset="windows-1252"></head>gr\u00fc\u00dfe', 'latin1'));
        return;
      case '/utf16':
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.end(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('grüße', 'utf16le')]));
        return;
      case '/unknown-charset':
        response.writeHead(200, { 'content-type': 'text/plain; charset=klingon' }).end('grüße');
        return;
      default:
        response.writeHead(200, { 'content-type': 'text/plain' }).end(`hello ${url.pathname}`);
    }
  });
});
beforeEach(() => {
  web.seen.length = 0;
  web.lookups.clear();
});
afterAll(() => web.close());

function get(path: string, more: Partial<WebRequest> = {}, client = web.client()): Promise<WebResponse> {
  return client.fetch({ url: web.url('a.example', path), ...more }, never);
}

function redirect(to: string, more: Partial<WebRequest> & { status?: number } = {}): Promise<WebResponse> {
  const { status = 302, ...request } = more;
  return get(`/redirect?status=${status}&to=${encodeURIComponent(to)}`, request);
}

test('a page is read with the host, without cookies, and with its final address', async () => {
  const answer = await get('/page?q=1#part');
  expect(answer.text()).toBe('hello /page');
  expect(answer).toMatchObject({ status: 200, type: 'text/plain' });
  expect(answer.url.href).toBe(web.url('a.example', '/page?q=1#part'));
  expect(web.seen[0]).toMatchObject({ method: 'GET', host: `a.example:${web.port}`, path: '/page?q=1' });
  expect(web.seen[0]?.headers['cookie']).toBeUndefined();
});

describe('C1: redirects', () => {
  // What is no absolute URL is read relative to the page, and stays at its host.
  const inner = REFUSED.filter(([url, because]) => !because.includes('no absolute URL') && !/^http:\/?1/.test(url));

  test.each(inner)('to %j are refused', async (url, because) => {
    // As a header can carry it; the client reads it as a URL reference, like every other.
    const location = url.replaceAll('\n', '').replace(/[^\x20-\x7e]+/g, encodeURIComponent);
    await expect(redirect(location)).rejects.toMatchObject({
      code: 'WEB_ADDRESS_REFUSED',
      message: expect.stringContaining(because) as string,
    });
    expect(web.seen.length).toBe(1);
  });

  test('relative ones stay at the host', async () => {
    expect((await redirect('/next')).text()).toBe('hello /next');
  });

  test('a loop ends', async () => {
    await expect(get('/loop')).rejects.toMatchObject({ code: 'WEB_RESPONSE_REFUSED' });
    expect(web.seen.length).toBe(6);
  });

  test('a name that resolves to an inner address is refused at the second hop', async () => {
    const client = web.client({ 'evil.example': ['10.0.0.7'] });
    const url = web.url('a.example', `/redirect?to=${encodeURIComponent('http://evil.example/x')}`);
    await expect(client.fetch({ url }, never)).rejects.toMatchObject({ code: 'WEB_ADDRESS_REFUSED' });
    expect(web.lookups.get('evil.example')).toBe(1);
  });

  test('C2: keys and cookies of the caller do not follow to another origin', async () => {
    const headers = { authorization: 'Bearer s3cret', 'x-api-key': 's3cret', cookie: 's3cret', accept: 'text/plain' };
    await redirect(web.url('b.example', '/there'), { headers });
    const [first, second] = web.seen;
    expect(first?.headers).toMatchObject(headers);
    expect(second?.host).toBe(`b.example:${web.port}`);
    expect(JSON.stringify(second)).not.toContain('s3cret');
    expect(second?.headers['accept']).toBe('text/plain');
  });

  test('they do follow within the origin', async () => {
    await redirect('/there', { headers: { 'x-api-key': 'k' } });
    expect(web.seen[1]?.headers['x-api-key']).toBe('k');
  });

  test.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'data'],
    [308, 'POST', 'data'],
  ])('a POST that is answered by %d becomes a %s', async (status, method, body) => {
    await redirect('/there', { status, method: 'POST', body: 'data', headers: { 'content-type': 'text/plain' } });
    expect(web.seen[1]).toMatchObject({ method, body });
    expect(web.seen[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  test('C2: a body is not sent on to another origin', async () => {
    const request = { status: 307, method: 'POST', body: 'data' } as const;
    await expect(redirect(web.url('b.example', '/there'), request)).rejects.toThrow('a request with a body');
    expect(web.seen.length).toBe(1);
  });

  test('C3: cookies that a hop sets are not sent to the next one', async () => {
    await get('/cookie');
    expect(web.seen[1]).toMatchObject({ path: '/after' });
    expect(web.seen[1]?.headers['cookie']).toBeUndefined();
  });
});

describe('rebinding', () => {
  test.each(POISONED)('an answer %j is never connected to', async (address) => {
    const client = new WebClient({ rules: WebRules.parse(), resolve: () => Promise.resolve([address]) });
    await expect(client.fetch({ url: web.url('a.example', '/') }, never)).rejects.toMatchObject({
      code: 'WEB_ADDRESS_REFUSED',
    });
    expect(web.seen).toEqual([]);
  });

  test('the connection goes to the address that was checked, whatever a second lookup would say', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.7']];
    const client = web.client({ 'a.example': () => answers.shift() ?? [] });
    expect((await get('/', {}, client)).status).toBe(200);
    expect(web.lookups.get('a.example')).toBe(1);
    await expect(get('/', {}, client)).rejects.toMatchObject({ code: 'WEB_ADDRESS_REFUSED' });
    expect(web.seen.length).toBe(1);
  });

  test('an inner address beside a permitted one is passed over', async () => {
    expect((await get('/', {}, web.client({ 'a.example': ['10.0.0.7', '127.0.0.1'] }))).status).toBe(200);
  });

  test('a permitted address that does not answer leaves the next one', async () => {
    const client = new WebClient({
      rules: WebRules.parse(`127.0.0.0/8:${web.port}`),
      resolve: () => Promise.resolve(['127.0.0.2', '127.0.0.1']),
    });
    expect((await get('/', {}, client)).status).toBe(200);
  });

  test('a name without an address is a failure that may pass', async () => {
    await expect(get('/', {}, web.client({ 'a.example': [] }))).rejects.toMatchObject({ code: 'WEB_REQUEST_FAILED' });
  });
});

describe('C4: bounds', () => {
  test.each(['/bomb', '/bomb-of-bombs', '/endless', '/onion', '/zstd'])('%s is refused', async (path) => {
    await expect(get(path)).rejects.toMatchObject({ code: 'WEB_RESPONSE_REFUSED' });
  });

  test('a body of more bytes than wanted is refused, one of as many is not', async () => {
    expect((await get('/123', { maxBytes: 10 })).bytes.length).toBe(10);
    await expect(get('/1234', { maxBytes: 10 })).rejects.toThrow('larger than 10 bytes');
  });

  test.each(['/hangs', '/slow-body'])('%s ends by the time limit', async (path) => {
    await expect(get(path, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'WEB_REQUEST_FAILED' });
  });

  test.each(['/hangs', '/slow-body'])('%s ends when the caller aborts, with its reason', async (path) => {
    const abort = new AbortController();
    hangs = () => abort.abort(new Error('cancelled'));
    const url = web.url('a.example', path);
    await expect(web.client().fetch({ url }, abort.signal)).rejects.toThrow('cancelled');
  });

  test('a body that is cut off is a failure that may pass', async () => {
    await expect(get('/cut')).rejects.toMatchObject({ code: 'WEB_REQUEST_FAILED' });
  });

  test.each(['gzip', 'deflate', 'br'])('a body that is no %s is refused', async (coding) => {
    await expect(get(`/garbled?as=${coding}`)).rejects.toMatchObject({
      code: 'WEB_RESPONSE_REFUSED',
      message: expect.stringContaining('cannot be decompressed') as string,
    });
  });
});

describe('what has no body has none to decompress', () => {
  test.each(['/br', '/zstd', '/bomb'])('HEAD %s', async (path) => {
    const answer = await get(path, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, bytes: Buffer.alloc(0) });
    expect(answer.headers['content-encoding']).toBeDefined();
  });

  test.each([200, 204, 304])('an empty %d', async (status) => {
    expect(await get(`/encoded-nothing?status=${status}`)).toMatchObject({ status, bytes: Buffer.alloc(0) });
  });
});

describe('the query, which may hold a key, is not shown by', () => {
  test.each<[string, string, Partial<WebRequest>]>([
    ['a time limit', '/hangs?key=s3cret', { timeoutMs: 50 }],
    ['a loop', '/loop?key=s3cret', {}],
    ['a body that is too large', '/page?key=s3cret', { maxBytes: 1 }],
    ['a redirect to no URL', `/redirect?to=${encodeURIComponent('http://[x]/?key=s3cret')}`, {}],
  ])('%s', async (_, path, more) => {
    const failure = await get(path, more).then(String, String);
    expect(failure).toContain('NexumError');
    expect(failure).not.toContain('s3cret');
  });

  test('what is no URL', async () => {
    const failure = web.client().fetch({ url: 'a.example/page?key=s3cret' }, never);
    await expect(failure).rejects.toThrow('"a.example/page" is no absolute URL');
  });
});

test.each(['/br', '/deflate', '/latin1', '/meta', '/utf16', '/unknown-charset'])('%s is read as text', async (path) => {
  expect((await get(path)).text()).toContain('grüße');
});

test('C3: a proxy of the environment is not used', async () => {
  process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:1';
  try {
    expect((await get('/direct')).status).toBe(200);
  } finally {
    delete process.env['HTTP_PROXY'];
    delete process.env['http_proxy'];
  }
});
