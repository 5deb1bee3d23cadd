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
  let stopped = false;
  const load = async (): Promise<McpServers> => {
    const { McpServers } = await import('./mcp-servers.js');
    const servers = new McpServers(mcp);
    if (stopped) await servers.stop();
    return servers;
  };
  return {
    get: () => (loading ??= load()),
    stop: async () => {
      stopped = true;
      await (await loading)?.stop();
    },
  };
}
