import { describe, expect, onTestFinished, test } from 'vitest';
import { lazyServers } from '../../../../src/handlers/mcp/lazy-servers.js';
import { mcpCall } from '../../../../src/handlers/mcp/mcp-call.js';
import { McpServers } from '../../../../src/handlers/mcp/mcp-servers.js';
import type { JsonObject } from '../../../../src/core/ir.js';
import type { HandlerContext } from '../../../../src/worker/handler.js';
import { runIn } from '../handler-context.js';
import { contextOf, httpServer, SERVER, sessionServer, stdioServer, type StdioServer } from './mcp-rig.js';

function call(
  server: Pick<StdioServer, 'servers' | 'context'>,
  tool: string,
  input: JsonObject = {},
  changes: Partial<HandlerContext> = {},
): Promise<JsonObject> {
  const mcp = { ...server.context, call: { server: 'test', tool } };
  return runIn(new Map([['mcp.call', mcpCall(() => Promise.resolve(server.servers))]]), 'mcp.call', input, {
    mcp,
    ...changes,
  });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('P1, P2, P4: one process answers all calls, is started again when it died, and is gone after the stop', async () => {
  const server = await stdioServer();
  const results = await Promise.all(['a', 'b', 'c'].map((value) => call(server, 'echo', { value })));
  expect(results.map(({ text }) => (text as string).slice(0, 1))).toEqual(['a', 'b', 'c']);
  expect(results[0]?.['text']).toContain('"nexum-pipelines/idempotency-key":"exec:step:1"');
  await expect(call(server, 'dies')).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
  expect(await call(server, 'echo', { value: 'd' })).toMatchObject({ text: expect.stringContaining('d ') as string });
  const pids = (await server.log()).flatMap((line) => (line.startsWith('start ') ? [Number(line.slice(6))] : []));
  expect(pids).toHaveLength(2);
  await server.servers.stop();
  expect(pids.map(isAlive)).toEqual([false, false]);
  await expect(call(server, 'echo', { value: 'e' })).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
});

test('P4: a call that waits for a dead server while the worker is stopped does not start it again', async () => {
  const server = await stdioServer();
  const { servers, context } = server;
  await expect(call(server, 'dies')).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
  const waiting = servers.connect(context, 'test');
  await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' }), servers.stop()]);
  expect((await server.log()).filter((line) => line.startsWith('start '))).toHaveLength(1);
});

test('P4: servers that are loaded after the stop start none', async () => {
  const server = await stdioServer();
  const lazy = lazyServers({ shell: false, mcp: { allowAll: true, servers: [] } });
  await lazy.stop();
  await expect((await lazy.get()).connect(server.context, 'test')).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
  expect(await server.log()).toEqual([]);
});

test('what a tool calls an error, bad arguments and an unknown tool fail; other answers are JSON', async () => {
  const server = await stdioServer();
  await expect(call(server, 'fails')).rejects.toMatchObject({
    code: 'TOOL_FAILED',
    message: expect.stringContaining('the disk is full') as string,
  });
  await expect(call(server, 'echo', { value: 1 })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  await expect(call(server, 'nothing')).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  expect(await call(server, 'image')).toEqual({ text: 'see', omitted: ['image (image/png)'] });
  expect(await call(server, 'structured')).toEqual({ text: '{"sum":3}', structured: { sum: 3 } });
});

test('its environment has what is declared, and nothing else of the worker', async () => {
  process.env['NEXUM_CANARY_KEY'] = 'canary';
  try {
    const { text } = await call(await stdioServer({ TOKEN: 't' }), 'env');
    const env = JSON.parse(text as string) as Record<string, string>;
    expect(env).toMatchObject({ TOKEN: 't', PATH: process.env['PATH'] });
    expect(JSON.stringify(env)).not.toContain('canary');
  } finally {
    delete process.env['NEXUM_CANARY_KEY'];
  }
});

test('an abort ends the call', async () => {
  const server = await stdioServer();
  await call(server, 'echo', { value: 'warm' });
  const abort = new AbortController();
  const running = call(server, 'hangs', {}, { signal: abort.signal });
  await expect.poll(() => server.log()).toContain('hangs');
  abort.abort(new Error('cancelled'));
  await expect(running).rejects.toThrow('cancelled');
});

test('a server that does not start says why', async () => {
  const server = await stdioServer({ BROKEN: '1' });
  await expect(call(server, 'echo')).rejects.toMatchObject({
    code: 'MCP_UNAVAILABLE',
    message: expect.stringContaining('no such database') as string,
  });
  const missing = { servers: server.servers, context: contextOf({ command: '/no/such/program' }) };
  await expect(call(missing, 'echo')).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
});

describe('P3: permission', () => {
  const spec = { command: process.execPath, args: [SERVER] };

  test('a server that the worker does not know is not started', async () => {
    const servers = new McpServers({ allowAll: false, servers: [{ ...spec, args: [SERVER, 'more'] }] });
    await expect(call({ servers, context: contextOf(spec) }, 'echo')).rejects.toMatchObject({
      code: 'MCP_NOT_ALLOWED',
    });
  });

  test('one that it was started with is', async () => {
    const servers = new McpServers({ allowAll: false, servers: [spec] });
    try {
      expect(await call({ servers, context: contextOf(spec) }, 'echo', { value: 'x' })).toMatchObject({
        text: expect.stringContaining('x') as string,
      });
    } finally {
      await servers.stop();
    }
  });

  test('a server that the pipeline does not declare is unknown', async () => {
    const servers = new McpServers({ allowAll: true, servers: [] });
    await expect(call({ servers, context: { servers: {} } }, 'echo')).rejects.toMatchObject({
      code: 'UNKNOWN_MCP_SERVER',
    });
  });
});

test('a server over HTTP gets the headers, and no redirect takes them elsewhere', async () => {
  const { url, keys } = await httpServer();
  const servers = new McpServers({ allowAll: true, servers: [] });
  const at = (path: string) => ({ servers, context: contextOf({ url: url + path, headers: { 'x-key': 'k' } }) });
  expect(await call(at('/mcp'), 'add', { a: 1, b: 2 })).toEqual({ text: '3' });
  expect(new Set(keys)).toEqual(new Set(['k']));
  keys.length = 0;
  await expect(call(at('/redirect'), 'add', { a: 1, b: 2 })).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
  expect(keys).toHaveLength(1);
  await servers.stop();
});

describe('P2: a server over HTTP that was started again', () => {
  const add = { a: 1, b: 2 };

  async function connected(unknown: number) {
    const server = await sessionServer(unknown);
    const servers = new McpServers({ allowAll: true, servers: [] });
    onTestFinished(() => servers.stop());
    const client = { servers, context: contextOf({ url: `${server.url}/mcp` }) };
    expect(await call(client, 'add', add)).toEqual({ text: '3' });
    return { server, client };
  }

  test.each([404, 400])('and answers %d to the old session gets a new one with the next call', async (unknown) => {
    const { server, client } = await connected(unknown);
    await server.stop();
    await server.start();
    await expect(call(client, 'add', add)).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
    expect(await call(client, 'add', add)).toEqual({ text: '3' });
  });

  test('after a call that could not reach it is connected to with the next call', async () => {
    const { server, client } = await connected(404);
    await server.stop();
    await expect(call(client, 'add', add)).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
    await server.start();
    expect(await call(client, 'add', add)).toEqual({ text: '3' });
  });

  test('a call that still runs when another one finds the session forgotten gets its answer', async () => {
    const { server, client } = await connected(404);
    const late = call(client, 'late');
    await server.lateCalled;
    server.forget();
    await expect(call(client, 'add', add)).rejects.toMatchObject({ code: 'MCP_UNAVAILABLE' });
    server.release();
    expect(await late).toEqual({ text: 'late' });
  });

  test('what the tool itself refuses leaves the session as it is', async () => {
    const { client } = await connected(404);
    const connection = await client.servers.connect(client.context, 'test');
    await expect(call(client, 'add', { a: 'x' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
    expect(await client.servers.connect(client.context, 'test')).toBe(connection);
  });
});
