/**
 * Metrics and health over HTTP, for machines that watch: GET /metrics, /healthz and /readyz, and nothing else.
 *
 * H1  Health is for everybody. Metrics name workflows' load and the build: beyond loopback they need a token.
 * H2  A request is small and short: no bodies, bounded headers, connections and times.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { errorMessage, nexumError } from '../errors.js';

export interface HttpServerOptions {
  /** `host:port`; `localhost` means both loopback families, port 0 takes a free one. */
  readonly listen: string;
  readonly probes: Probes;
  /** Decides by the Authorization header who may read the metrics beyond loopback. */
  readonly authorize?: (authorizationHeader: string | undefined) => boolean | Promise<boolean>;
  /** Serves the metrics beyond loopback to everybody when there is no `authorize`. */
  readonly insecure?: boolean;
  /** PEM texts: serve HTTPS, so that tokens do not travel in clear. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Probes {
  /** Rejects when the engine does not answer. */
  live(): Promise<void>;
  /** Rejects, with the reason, when the server takes no work. */
  ready(): Promise<void>;
  /** Prometheus text. */
  metrics(): Promise<string>;
  readonly metricsType: string;
}

export interface HttpServer {
  /** `host:port` with the real port. */
  readonly address: string;
  /** Ends open connections, too. Idempotent. */
  stop(): Promise<void>;
}

/** A probe that takes longer has failed. An fsync on a bad disk takes seconds, and is no reason for a restart. */
const PROBE_TIMEOUT_MS = 5000;
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
} as const;
const MAX_CONNECTIONS = 64;
const SOCKET_TIMEOUT_MS = 15_000;
const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const NEEDS_TOKEN =
  'metrics are served without a token on loopback addresses only; ' +
  'listen on 127.0.0.1, or start the server with tokens (a token of role read or admin), or with --insecure\n';

/** What one listening socket serves. */
type Scope = HttpServerOptions & { readonly beyondLoopback: boolean };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws NexumError USAGE, ADDRESS_IN_USE */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port } = parseListen(options.listen);
  const servers = [await listen(options, host === 'localhost' ? '127.0.0.1' : host, port)];
  const bound = (servers[0]?.address() as AddressInfo).port;
  if (host === 'localhost') servers.push(...(await listenAlso(options, '::1', bound, servers)));
  const shown = host === 'localhost' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  let stopping: Promise<unknown> | undefined;
  return {
    address: `${shown}:${bound}`,
    stop: async () => {
      stopping ??= Promise.all(servers.map(close));
      await stopping;
    },
  };
}

function parseListen(listen: string): { host: string; port: number } {
  const separator = listen.lastIndexOf(':');
  const host = listen.slice(0, separator).replace(/^\[(.*)\]$/, '$1');
  const port = Number(listen.slice(separator + 1));
  if (separator < 1 || listen.endsWith(':') || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw nexumError('USAGE', `--http must be host:port, not ${JSON.stringify(listen)}`);
  }
  return { host, port };
}

function listen(options: HttpServerOptions, host: string, port: number): Promise<Server> {
  let beyondLoopback = true;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    respond({ ...options, beyondLoopback }, request, response).catch(() => response.destroy());
  };
  const { tls } = options;
  const server = tls ? createTlsServer({ ...LIMITS, ...tls }, answer) : createServer(LIMITS, answer);
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = SOCKET_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const address = `${host}:${port}`;
      reject(nexumError('ADDRESS_IN_USE', `cannot listen on ${address}: ${error.message}`, { address }, error));
    });
    server.listen(port, host, () => {
      beyondLoopback = !isLoopback((server.address() as AddressInfo).address);
      resolve(server);
    });
  });
}

/** A machine without IPv6 is fine; a port that somebody else holds there is not ours to share. */
async function listenAlso(
  options: HttpServerOptions,
  host: string,
  port: number,
  opened: readonly Server[],
): Promise<Server[]> {
  try {
    return [await listen(options, host, port)];
  } catch (error) {
    if (!errorMessage(error).includes('EADDRINUSE')) return [];
    await Promise.all(opened.map(close));
    throw error;
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function respond(options: Scope, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerTo(options, request);
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // Nothing here reads a body: whoever sends one all the same loses the connection (H2).
    ...(hasBody(request) ? { connection: 'close' } : {}),
    ...answer.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

async function answerTo(options: Scope, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '').split('?', 1)[0];
  const { probes } = options;
  if (path !== '/metrics' && path !== '/healthz' && path !== '/readyz') return text(404, 'not found\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return text(405, 'only GET and HEAD\n', { allow: 'GET, HEAD' });
  }
  if (hasBody(request)) return text(413, 'no request body is accepted\n');
  if (path === '/healthz') return health(() => probes.live());
  if (path === '/readyz') return health(() => probes.ready());
  const refusal = await refuse(options, request);
  if (refusal) return refusal;
  try {
    return { status: 200, type: probes.metricsType, body: await inTime(probes.metrics()) };
  } catch (error) {
    return text(503, `${errorMessage(error)}\n`);
  }
}

async function health(probe: () => Promise<void>): Promise<Answer> {
  try {
    await inTime(probe());
    return { status: 200, type: JSON_TYPE, body: '{"status":"ok"}\n' };
  } catch (error) {
    const body = `${JSON.stringify({ status: 'unavailable', reason: errorMessage(error) })}\n`;
    return { status: 503, type: JSON_TYPE, body };
  }
}

/** Why this request gets no metrics (H1). */
async function refuse(
  { authorize, insecure, beyondLoopback }: Scope,
  request: IncomingMessage,
): Promise<Answer | undefined> {
  if (!beyondLoopback) return undefined;
  if (authorize) {
    if (await authorize(request.headers.authorization)) return undefined;
    return text(401, 'a bearer token of role read or admin is needed\n', {
      'www-authenticate': 'Bearer realm="nexum"',
    });
  }
  return insecure === true ? undefined : text(403, NEEDS_TOKEN);
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: TEXT_TYPE, body, headers };
}

async function inTime<T>(probe: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`)), PROBE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([probe, late]);
  } finally {
    clearTimeout(timer);
  }
}
