/** Real MCP servers for tests: the stdio one beside this file, and one over HTTP in this process. */
import { createServer, type IncomingMessage } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
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

/** A server whose only tool says what the client sent as the header `x-key`. */
export async function httpServer(): Promise<{ url: string; keys: (string | null)[] }> {
  const keys: (string | null)[] = [];
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'http', version: '1' });
    server.registerTool(
      'add',
      { description: 'Adds', inputSchema: z.object({ a: z.number(), b: z.number() }) },
      ({ a, b }) => ({
        content: [{ type: 'text', text: String(a + b) }],
      }),
    );
    return server;
  });
  const server = createServer((request, response) => {
    void answer(request).then(async (answered) => {
      response.writeHead(answered.status, Object.fromEntries(answered.headers));
      response.end(Buffer.from(await answered.arrayBuffer()));
    });
  });
  const answer = async (request: IncomingMessage): Promise<Response> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = new Headers(request.headers as Record<string, string>);
    keys.push(headers.get('x-key'));
    if (request.url === '/redirect') return new Response(null, { status: 307, headers: { location: '/mcp' } });
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
    return handler.fetch(
      new Request(`http://127.0.0.1${request.url ?? ''}`, { method: request.method ?? 'GET', headers, ...body }),
    );
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys };
}
