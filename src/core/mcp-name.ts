/** How a tool of an MCP server is named: `mcp:<server>/<tool>`; for agents `mcp:<server>/*` is all of them. */
import type { AgentSpec, NodeBehaviour } from './ir.js';

export const MCP_PREFIX = 'mcp:';
/** The handler that calls one tool of one server. */
export const MCP_HANDLER = 'mcp.call';
export const EVERY_TOOL = '*';

export interface McpToolName {
  readonly server: string;
  readonly tool: string;
}

/** Undefined when it has another form; names without the prefix are no such names. */
export function parseMcpName(name: string): McpToolName | undefined {
  const found = /^mcp:([A-Za-z_][\w-]{0,63})\/(\S{1,128})$/.exec(name);
  return found?.[1] === undefined || found[2] === undefined ? undefined : { server: found[1], tool: found[2] };
}

/** The servers that a node needs, each once. */
export function mcpServersOf({ mcp, agent }: NodeBehaviour): readonly string[] {
  const listed = agent ? serversOfAgent(agent) : [];
  return [...new Set([...(mcp ? [mcp.server] : []), ...listed])];
}

function serversOfAgent({ tools, agents = [] }: AgentSpec): readonly string[] {
  return [...tools.flatMap((tool) => parseMcpName(tool)?.server ?? []), ...agents.flatMap(serversOfAgent)];
}
