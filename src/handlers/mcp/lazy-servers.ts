/** The MCP servers of a worker, whose client is loaded with the first node that needs it. */
import type { Permissions } from '../permissions.js';
import type { McpServers } from './mcp-servers.js';

export interface LazyServers {
  readonly get: () => Promise<McpServers>;
  /** Ends what was started. Idempotent. */
  readonly stop: () => Promise<void>;
}

export function lazyServers({ mcp }: Permissions): LazyServers {
  let loading: Promise<McpServers> | undefined;
  return {
    get: () => (loading ??= import('./mcp-servers.js').then(({ McpServers }) => new McpServers(mcp))),
    stop: async () => {
      await (await loading)?.stop();
    },
  };
}
