/** One connection to one MCP server: a child process on its standard input and output, or an address. */
import {
  Client,
  ProtocolError,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { IDEMPOTENCY_META } from '../../core/ids.js';
import type { Json, JsonObject } from '../../core/ir.js';
import { errorMessage, nexumError, type NexumError } from '../../errors.js';
import type { McpServer } from '../../worker/handler.js';
import { readResult, type McpResult } from './mcp-result.js';

/** Starting `npx` on a cold cache takes as long. */
const CONNECT_TIMEOUT_MS = 60_000;
/** Without a sign of progress; the time limit of the node comes earlier, if it has one. */
const CALL_TIMEOUT_MS = 300_000;
/** What a server said on its standard error before it failed: the end says why. */
const MAX_STDERR_CHARS = 2000;
const MAX_TOOLS = 128;

/** A tool as its server describes it. A type alias, so that it is JSON. */
export type McpTool = { readonly name: string; readonly description: string; readonly inputSchema: JsonObject };

export interface McpCallOptions {
  readonly signal: AbortSignal;
  /** Told to the server in `_meta`, as IDEMPOTENCY_META: the same in every attempt. */
  readonly idempotencyKey: string;
}

export class McpConnection {
  readonly #name: string;
  readonly #client: Client;
  #closed = false;
  #runningCalls = 0;

  private constructor(name: string, client: Client) {
    this.#name = name;
    this.#client = client;
    client.onclose = () => (this.#closed = true);
  }

  /**
   * Starts the program, or greets the address.
   * @throws NexumError MCP_UNAVAILABLE
   */
  static async open(name: string, server: McpServer): Promise<McpConnection> {
    const client = new Client({ name: 'nexum-pipelines', version: '1' });
    const connection = new McpConnection(name, client);
    const stderr = { text: '' };
    try {
      await client.connect(transportOf(server, stderr), { timeout: CONNECT_TIMEOUT_MS });
      return connection;
    } catch (error) {
      await connection.close();
      const said = stderr.text.trim() === '' ? '' : `; it said: ${stderr.text.trim()}`;
      throw nexumError('MCP_UNAVAILABLE', `cannot connect to the MCP server ${name}: ${errorMessage(error)}${said}`);
    }
  }

  /** False when the process has died, or the server over HTTP is gone or has forgotten the session. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** @throws NexumError MCP_UNAVAILABLE; TOOL_FAILED when the server has more tools than can be shown to a model */
  async listTools(signal: AbortSignal): Promise<readonly McpTool[]> {
    const { tools } = await this.#ask(signal, () => this.#client.listTools(undefined, { signal }));
    if (tools.length > MAX_TOOLS)
      throw nexumError('TOOL_FAILED', `the MCP server ${this.#name} has ${tools.length} tools, more than ${MAX_TOOLS}`);
    return tools.map(({ name, description = '', inputSchema }) => {
      return { name, description, inputSchema: JSON.parse(JSON.stringify(inputSchema)) as JsonObject };
    });
  }

  /**
   * Calls one tool.
   * @throws NexumError TOOL_FAILED when the tool, or the server for it, says that it failed; MCP_UNAVAILABLE
   */
  async call(tool: string, args: JsonObject, options: McpCallOptions): Promise<McpResult> {
    const { signal, idempotencyKey } = options;
    const parameters = { name: tool, arguments: args, _meta: { [IDEMPOTENCY_META]: idempotencyKey } };
    const limits = { signal, timeout: CALL_TIMEOUT_MS, resetTimeoutOnProgress: true, onprogress: () => undefined };
    const answer = await this.#ask(signal, () => this.#client.callTool(parameters, limits));
    const result = readResult(answer as { readonly content?: Json; readonly structuredContent?: Json });
    if (answer.isError === true) throw nexumError('TOOL_FAILED', `${this.#name}/${tool}: ${failureText(result)}`);
    return result;
  }

  /** Ends the process: its input is closed, then SIGTERM, then SIGKILL. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close().catch(() => undefined);
  }

  async #ask<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    this.#runningCalls += 1;
    try {
      return await ask();
    } catch (error) {
      if (isGone(error)) this.#closed = true;
      signal.throwIfAborted();
      throw this.#problem(error);
    } finally {
      this.#runningCalls -= 1;
      // Not sooner: a call that still runs may get its answer.
      if (this.#closed && this.#runningCalls === 0) await this.close();
    }
  }

  #problem(error: unknown): NexumError {
    const code = error instanceof ProtocolError ? 'TOOL_FAILED' : 'MCP_UNAVAILABLE';
    return nexumError(code, `the MCP server ${this.#name}: ${errorMessage(error)}`, { server: this.#name }, error);
  }
}

/**
 * True when a server over HTTP cannot be reached (`fetch` throws a TypeError), or answers with a status that is none of the
 * protocol: one that was started again says 404 to the old session (MCP, Session Management), or 400.
 */
function isGone(error: unknown): boolean {
  return error instanceof SdkHttpError || error instanceof TypeError;
}

function transportOf({ spec, env, headers }: McpServer, stderr: { text: string }): Transport {
  const { command, args = [], cwd, url } = spec;
  if (command !== undefined) {
    // The transport adds PATH, HOME and the like, and nothing else of the environment of the worker.
    const where = cwd === undefined ? {} : { cwd };
    const transport = new StdioClientTransport({ command, args: [...args], env: { ...env }, ...where, stderr: 'pipe' });
    transport.stderr?.on('data', (chunk: Buffer) => {
      stderr.text = (stderr.text + chunk.toString()).slice(-MAX_STDERR_CHARS);
    });
    return transport;
  }
  // A redirect would carry the headers to a server that nobody named.
  return new StreamableHTTPClientTransport(new URL(url ?? ''), {
    requestInit: { headers: { ...headers }, redirect: 'error' },
  });
}

function failureText({ text, structured }: McpResult): string {
  const said = text.trim() !== '' ? text : structured === undefined ? 'it failed' : JSON.stringify(structured);
  return said.slice(0, MAX_STDERR_CHARS);
}
