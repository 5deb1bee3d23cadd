/** Who gets what over HTTP, and what is refused. The real server behind it is in test/e2e/http.test.ts. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { readFileSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startHttpServer, type HttpServerOptions, type Probes } from '../../../src/server/http-server.js';

const OK: Probes = {
  live: () => Promise.resolve(),
  ready: () => Promise.resolve(),
  metrics: () => Promise.resolve('nexum_up 1\n'),
  metricsType: 'text/plain; version=0.0.4',
};

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Ask = (
  path: string,
  options?: { method?: string; headers?: Record<string, string>; body?: string },
) => Promise<Reply>;

async function serve(
  options: Partial<HttpServerOptions> = {},
): Promise<Ask & { address: string; stop(): Promise<void> }> {
  const server = await startHttpServer({ listen: '127.0.0.1:0', probes: OK, ...options });
  onTestFinished(() => server.stop());
  const port = Number(server.address.split(':').at(-1));
  const ask: Ask = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      request.on('error', reject);
      request.end(body);
    });
  return Object.assign(ask, { address: server.address, stop: () => server.stop() });
}

describe('the answers', () => {
  it('are three, with or without a query; HEAD has the headers alone', async () => {
    const ask = await serve();
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
    expect(await ask('/readyz?verbose')).toMatchObject({ status: 200 });
    const metrics = await ask('/metrics');
    expect(metrics).toMatchObject({ status: 200, body: 'nexum_up 1\n' });
    expect(metrics.headers).toMatchObject({ 'content-type': 'text/plain; version=0.0.4', 'cache-control': 'no-store' });
    const head = await ask('/metrics', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe('11');
  });

  it('are 404 for every other path and 405 for every other method', async () => {
    const ask = await serve();
    for (const path of ['/', '/metrics/', '/../metrics', '/healthz/x', '//metrics']) {
      expect(await ask(path)).toMatchObject({ status: 404 });
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const reply = await ask('/metrics', { method });
      expect(reply).toMatchObject({ status: 405 });
      expect(reply.headers.allow).toBe('GET, HEAD');
    }
  });

  it('say why the server is not ready, without touching health', async () => {
    const ready = (): Promise<void> => Promise.reject(new Error('the server is draining'));
    const ask = await serve({ probes: { ...OK, ready } });
    const reply = await ask('/readyz');
    expect(reply.status).toBe(503);
    expect(JSON.parse(reply.body)).toEqual({ status: 'unavailable', reason: 'the server is draining' });
    expect(await ask('/healthz')).toMatchObject({ status: 200 });
  });

  it('are 503 when the engine does not answer in time', async () => {
    const never = new Promise<never>(() => undefined);
    const asked = vi.fn(() => never);
    const ask = await serve({ probes: { ...OK, live: asked, metrics: asked } });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const replies = Promise.all([ask('/healthz'), ask('/metrics')]);
    await vi.waitUntil(() => asked.mock.calls.length === 2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await replies).toMatchObject([{ status: 503 }, { status: 503, body: 'no answer within 5000 ms\n' }]);
  });
});

describe('with the TLS of the server', () => {
  it('everything is served by HTTPS, with its certificate, and plain HTTP gets nothing', async () => {
    const pem = (name: string): string =>
      readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
    const ask = await serve({ tls: { cert: pem('server'), key: pem('server-key') } });
    await expect(ask('/healthz')).rejects.toThrow();
    const status = await new Promise((resolve, reject) => {
      const port = Number(ask.address.split(':').at(-1));
      httpsGet(
        { host: '127.0.0.1', servername: 'localhost', port, path: '/healthz', ca: pem('ca'), agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      ).on('error', reject);
    });
    expect(status).toBe(200);
  });
});

describe('metrics beyond loopback', () => {
  const listen = '0.0.0.0:0';

  it('are refused without a way to authorize, and the text says why; health is for everybody', async () => {
    const ask = await serve({ listen });
    const reply = await ask('/metrics', { headers: { authorization: 'Bearer x' } });
    expect(reply.status).toBe(403);
    expect(reply.body).toContain('loopback addresses only');
    expect(reply.body).not.toContain('nexum_up');
    expect(await ask('/healthz')).toMatchObject({ status: 200 });
    expect(await ask('/readyz')).toMatchObject({ status: 200 });
  });

  it('need the token', async () => {
    const authorize = vi.fn((header: string | undefined) => header === 'Bearer right');
    const ask = await serve({ listen, authorize, insecure: true });
    const refused = await ask('/metrics');
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(await ask('/metrics', { headers: { authorization: 'Bearer wrong' } })).toMatchObject({ status: 401 });
    expect(await ask('/metrics', { headers: { authorization: 'Bearer right' } })).toMatchObject({ status: 200 });
    expect(authorize.mock.calls).toEqual([[undefined], ['Bearer wrong'], ['Bearer right']]);
    expect(await ask('/healthz')).toMatchObject({ status: 200 });
  });

  it('are served to everybody when that is wanted', async () => {
    const ask = await serve({ listen, insecure: true });
    expect(await ask('/metrics')).toMatchObject({ status: 200 });
  });

  it('are not asked for a token on loopback', async () => {
    const ask = await serve({ authorize: () => false });
    expect(await ask('/metrics')).toMatchObject({ status: 200 });
  });
});

describe('a request', () => {
  it('may have no body', async () => {
    const ask = await serve();
    const reply = await ask('/metrics', { headers: { 'content-length': '3' }, body: 'abc' });
    expect(reply).toMatchObject({ status: 413 });
    expect(reply.headers.connection).toBe('close');
    expect(await ask('/metrics', { headers: { 'transfer-encoding': 'chunked' }, body: 'abc' })).toMatchObject({
      status: 413,
    });
  });

  it('may not have headers beyond 8 KiB', async () => {
    const ask = await serve();
    expect(await ask('/metrics', { headers: { 'x-large': 'x'.repeat(9000) } })).toMatchObject({ status: 431 });
  });

  it('does not hold the server up, finished or not', async () => {
    const ask = await serve();
    const socket = connect(Number(ask.address.split(':').at(-1)), '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await new Promise<void>((resolve) =>
      socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\nGET /met', () => resolve()),
    );
    await new Promise<void>((resolve) => socket.once('data', () => resolve()));
    await ask.stop();
    await closed;
    await expect(ask('/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('the address', () => {
  it('is the real one, and a second server there is refused', async () => {
    const ask = await serve({ listen: 'localhost:0' });
    expect(ask.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    await expect(serve({ listen: ask.address })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  });

  it.each(['9464', ':9464', 'localhost:', 'localhost:x', 'localhost:70000'])('is not %s', async (listen) => {
    await expect(serve({ listen })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
