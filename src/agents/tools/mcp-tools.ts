/**
 * Tools of MCP servers for agents. Their list is a durable call: a replay asks its model with the tools of the first attempt, and starts
 * no server for calls that are committed.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/canonical-json.js';
import type { Json, JsonObject } from '../../core/ir.js';
import { EVERY_TOOL, MCP_PREFIX, parseMcpName } from '../../core/mcp-name.js';
import { serverPowers } from '../../core/tool-powers.js';
import { nexumError } from '../../errors.js';
import type { McpTool } from '../../handlers/mcp/mcp-connection.js';
import type { McpResult } from '../../handlers/mcp/mcp-result.js';
import type { McpServers } from '../../handlers/mcp/mcp-servers.js';
import { findSchemaProblem } from '../../pipeline/output-schema.js';
import type { DurableSession, HandlerLog, McpContext } from '../../worker/handler.js';
import type { AgentTool } from './agent-tool.js';
import { escapedJson, isJsonObject, MAX_RESULT_CHARS } from './observation.js';
import { fitting } from './result-text.js';

/** Names of tools at every provider: `^[a-zA-Z0-9_-]{1,64}$`. */
const MAX_NAME_CHARS = 64;
const MAX_DESCRIPTION_CHARS = 1024;
/** Keywords beside `type: object` that some provider refuses at the top of a schema. */
const REFUSED_AT_TOP = ['$schema', '$id', 'oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else', 'enum', 'const'];
const ANYTHING: JsonObject = { type: 'object', properties: {}, additionalProperties: true };

export interface McpToolRequest {
  readonly servers: McpServers;
  readonly context: McpContext | undefined;
  readonly session: DurableSession;
  readonly log: HandlerLog;
  readonly signal: AbortSignal;
}

export interface McpAgentTool extends AgentTool {
  /** What an author would list for it alone: `mcp:fs/read_file`. */
  readonly origin: string;
}

/**
 * The tools that one listed name stands for: `mcp:fs/read_file`, or `mcp:fs/*`.
 * @throws NexumError UNKNOWN_TOOL, UNKNOWN_MCP_SERVER, MCP_NOT_ALLOWED, MCP_UNAVAILABLE
 */
export async function mcpTools(listed: string, request: McpToolRequest): Promise<readonly McpAgentTool[]> {
  const name = parseMcpName(listed);
  if (!name) throw nexumError('UNKNOWN_TOOL', `${listed} names no tool of an MCP server`, { tool: listed });
  const all = await listTools(name.server, request);
  const tools = name.tool === EVERY_TOOL ? all : all.filter((tool) => tool.name === name.tool);
  if (tools.length === 0) {
    const known = all.map((tool) => tool.name).join(', ');
    throw nexumError('UNKNOWN_TOOL', `the MCP server ${name.server} has no tool ${name.tool}; it has: ${known}`);
  }
  return tools.map((tool) => agentTool(name.server, tool, request));
}

async function listTools(server: string, request: McpToolRequest): Promise<readonly McpTool[]> {
  const { servers, context, session, signal } = request;
  const declared = context && Object.hasOwn(context.servers, server) ? context.servers[server] : undefined;
  const key: Json = { server, spec: declared ? (JSON.parse(canonicalJson(declared.spec)) as Json) : null };
  return session.call<McpTool[]>('mcp:tools', key, async (call) => {
    const both = AbortSignal.any([signal, call.signal]);
    return [...(await (await servers.connect(context, server)).listTools(both))];
  });
}

function agentTool(server: string, tool: McpTool, { servers, context, log }: McpToolRequest): McpAgentTool {
  const origin = originOf(server, tool.name);
  const spec = context && Object.hasOwn(context.servers, server) ? context.servers[server]?.spec : undefined;
  return {
    name: modelName(server, tool.name),
    origin,
    description: tool.description.slice(0, MAX_DESCRIPTION_CHARS),
    parameters: cleanSchema(tool, (problem) => log.warn(`${origin}: ${problem}`)),
    powers: serverPowers(spec ?? {}),
    // Nobody knows whether a second equal call does something again on purpose.
    repeat: 'sequence',
    run: async (args, { signal, idempotencyKey }) => {
      const connection = await servers.connect(context, server);
      return bounded(await connection.call(tool.name, args, { signal, idempotencyKey }));
    },
  };
}

/**
 * A name that every provider takes. It ends with a hash of both names unless it can be read in one way alone: in
 * `mcp_a_b_c` the server is `a`, because that of a server `a_b` has a hash.
 */
export function modelName(server: string, tool: string): string {
  const whole = `mcp_${server}_${tool}`;
  const clean = whole.replace(/[^a-zA-Z0-9_-]/g, '_');
  if (clean === whole && whole.length <= MAX_NAME_CHARS && !server.includes('_')) return whole;
  const hash = createHash('sha256').update(originOf(server, tool)).digest('hex').slice(0, 8);
  return `${clean.slice(0, MAX_NAME_CHARS - hash.length - 1)}_${hash}`;
}

function originOf(server: string, tool: string): string {
  return `${MCP_PREFIX}${server}/${tool}`;
}

/** A schema that providers take and that arguments can be checked with. The server checks them once more. */
export function cleanSchema(tool: McpTool, warn: (problem: string) => void): JsonObject {
  const { inputSchema } = tool;
  if (!isJsonObject(inputSchema) || (inputSchema['type'] ?? 'object') !== 'object') {
    warn('its schema is no object; the model is not told its arguments');
    return ANYTHING;
  }
  const kept = Object.fromEntries(Object.entries(inputSchema).filter(([key]) => !REFUSED_AT_TOP.includes(key)));
  const schema: JsonObject = { properties: {}, ...kept, type: 'object' };
  const problem = findSchemaProblem(schema);
  if (!problem) return schema;
  warn(`its schema is wrong (${problem.message}); the model is not told its arguments`);
  return ANYTHING;
}

/** Structured content is what counts when both are there and both do not fit. */
function bounded(result: McpResult): JsonObject {
  if (escapedJson(result).length <= MAX_RESULT_CHARS) return result;
  const { structured, omitted = [] } = result;
  const fits = structured !== undefined && escapedJson(structured).length <= MAX_RESULT_CHARS - 1000;
  if (fits) return { text: '', structured, omitted: [...omitted, 'the text, which is too long'] };
  const text = fitting(result.text, MAX_RESULT_CHARS - 4000);
  const rest = structured === undefined ? [] : ['the structured content, which is too long'];
  return {
    text,
    omitted: [...omitted.slice(0, 20), ...rest, `${result.text.length - text.length} characters of text`],
  };
}
