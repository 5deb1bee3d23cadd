/** Real MCP servers for tests: the stdio one beside this file, and one over HTTP in this process. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMcpHandler, McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { McpServerSpec } from '../../../../src/core/ir.js';
import { McpServers } from '../../../../src/handlers/mcp/mcp-servers.js';
import type { McpContext } from '../../../../src/worker/handler.js';

export const SERVER = fileURLToPath(new URL('./server.js', import.meta.url));

export interface StdioServer {
  readonly servers: McpServers;
  readonly context: McpContext;
  /** What the server has done so far. */
  log(): Promise<readonly string[]>;
}

export function contextOf(spec: McpServerSpec, env: Readonly<Record<string, string>> = {}): McpContext {
  return { servers: { test: { spec, env, headers: spec.headers ?? {} } } };
}

export async function stdioServer(env: Readonly<Record<string, string>> = {}): Promise<StdioServer> {
  const folder = await mkdtemp(join(tmpdir(), 'nexum-mcp-'));
  const file = join(folder, 'log');
  const spec = { command: process.execPath, args: [SERVER], env: { LOG: file } };
  const servers = new McpServers({ allowAll: true, servers: [] });
  onTestFinished(async () => {
    await servers.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const log = async (): Promise<readonly string[]> =>
    (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  return { servers, context: contextOf(spec, { LOG: file, ...env }), log };
}

function addingServer(): McpServer {
  const server = new McpServer({ name: 'http', version: '1' });
  server.registerTool(
    'add',
    { description: 'Adds', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => ({
      content: [{ type: 'text', text: String(a + b) }],
    }),
  );
  return server;
}

/** Port 0 takes any. */
async function listen(answer: (request: Request) => Promise<Response>, port = 0): Promise<Server> {
  const server = createServer((request, response) => {
    void fetchRequest(request)
      .then(answer)
      .then(async (answered) => {
        response.writeHead(answered.status, Object.fromEntries(answered.headers));
        response.end(Buffer.from(await answered.arrayBuffer()));
      });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => end(server));
  return server;
}

async function fetchRequest(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { url = '', method = 'GET' } = request;
  const headers = new Headers(request.headers as Record<string, string>);
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
  return new Request(`http://127.0.0.1${url}`, { method, headers, ...body });
}

/** A server whose only tool adds, and what the clients sent as the header `x-key`. */
export async function httpServer(): Promise<{ url: string; keys: (string | null)[] }> {
  const keys: (string | null)[] = [];
  const handler = createMcpHandler(addingServer);
  const server = await listen((request) => {
    keys.push(request.headers.get('x-key'));
    if (!request.url.endsWith('/redirect')) return handler.fetch(request);
    return Promise.resolve(new Response(null, { status: 307, headers: { location: '/mcp' } }));
  });
  return { url: urlOf(server), keys };
}

export interface SessionServer {
  readonly url: string;
  /** Resolves when the tool `late` runs, which answers after `release`. */
  readonly lateCalled: Promise<void>;
  release(): void;
  /** Forgets its sessions. */
  forget(): void;
  /** Forgets them, too. */
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

/** A server over HTTP that keeps sessions in memory, and answers others with the status `unknown`. */
export async function sessionServer(unknown: number): Promise<SessionServer> {
  const lateCalled = signal();
  const released = signal();
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const answer = async (request: Request): Promise<Response> => {
    const id = request.headers.get('mcp-session-id');
    const found = id === null ? await begin() : sessions.get(id);
    return found?.handleRequest(request) ?? new Response(null, { status: unknown });
  };
  const begin = async (): Promise<WebStandardStreamableHTTPServerTransport> => {
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      enableJsonResponse: true,
    });
    const added = addingServer();
    added.registerTool('late', { description: 'Waits', inputSchema: z.object({}) }, async () => {
      lateCalled.resolve();
      await released.promise;
      return { content: [{ type: 'text', text: 'late' }] };
    });
    await added.connect(transport);
    return transport;
  };
  let server = await listen(answer);
  const url = urlOf(server);
  return {
    url,
    lateCalled: lateCalled.promise,
    release: released.resolve,
    forget: () => sessions.clear(),
    stop: () => {
      sessions.clear();
      return end(server);
    },
    start: async () => {
      server = await listen(answer, Number(new URL(url).port));
    },
  };
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
