/** The handler `mcp.call`: what `uses: mcp:<server>/<tool>` compiles to. */
import { nexumError } from '../../errors.js';
import type { Handler } from '../../worker/handler.js';
import type { McpServers } from './mcp-servers.js';

/**
 * Calls one tool of an MCP server with the `with` of the node. Output: `{ text, structured?, omitted? }`. What a tool calls an
 * error fails the attempt and is never committed as a result.
 */
export function mcpCall(servers: () => Promise<McpServers>): Handler {
  return async (input, { mcp, node, signal, idempotencyKey }) => {
    const call = mcp?.call;
    if (!call) throw nexumError('INVALID_WORKFLOW', `node ${node} has the handler mcp.call, but no tool`);
    const connection = await (await servers()).connect(mcp, call.server);
    return connection.call(call.tool, input, { signal, idempotencyKey });
  };
}
