/**
 * The MCP servers of one worker.
 *
 * P1 A server starts with the first call to it, and once per worker for equal declarations and secrets; calls share it.
 * P2 One that died is started again by the next call; a call that it died in fails, and the policy of its node decides.
 * P3 What a pipeline declares is a program to run: only servers that this worker was started with, or any with
 *    `allowAll`, are connected to.
 * P4 After `stop` no process of them is left, and none is started.
 */
import { canonicalJson } from '../../core/canonical-json.js';
import type { McpServerSpec } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import type { McpContext, McpServer } from '../../worker/handler.js';
import { McpConnection } from './mcp-connection.js';

export interface McpPermissions {
  readonly allowAll: boolean;
  /** Declarations of the pipeline files that the worker was started with. */
  readonly servers: readonly McpServerSpec[];
}

export class McpServers {
  readonly #allowAll: boolean;
  readonly #allowed: ReadonlySet<string>;
  readonly #open = new Map<string, Promise<McpConnection>>();
  #stopped = false;

  constructor({ allowAll, servers }: McpPermissions) {
    this.#allowAll = allowAll;
    this.#allowed = new Set(servers.map((spec) => canonicalJson(spec)));
  }

  /**
   * The connection to a server of a node.
   * @throws NexumError UNKNOWN_MCP_SERVER, MCP_NOT_ALLOWED, MCP_UNAVAILABLE
   */
  async connect(context: McpContext | undefined, name: string): Promise<McpConnection> {
    const server = find(context, name);
    if (!this.#allowAll && !this.#allowed.has(canonicalJson(server.spec))) {
      throw nexumError(
        'MCP_NOT_ALLOWED',
        `this worker does not start the MCP server ${name} of a pipeline it does not know`,
      );
    }
    const key = canonicalJson({ ...server });
    const found = this.#open.get(key);
    if (found && (await found.then(({ isOpen }) => isOpen).catch(() => false))) return found;
    // Whoever came first while this call waited has started it again.
    const current = this.#open.get(key);
    if (current && current !== found) return current;
    // Not sooner: the worker may have been stopped while this call waited.
    if (this.#stopped) throw nexumError('MCP_UNAVAILABLE', `the worker is stopping; ${name} is not started any more`);
    const opening = McpConnection.open(name, server);
    this.#open.set(key, opening);
    opening.catch(() => {
      if (this.#open.get(key) === opening) this.#open.delete(key);
    });
    return opening;
  }

  /** Ends all of them. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(open.map(async (opening) => (await opening).close()));
  }
}

function find(context: McpContext | undefined, name: string): McpServer {
  const server = context && Object.hasOwn(context.servers, name) ? context.servers[name] : undefined;
  if (server) return server;
  throw nexumError('UNKNOWN_MCP_SERVER', `the pipeline declares no MCP server ${name}`, { server: name });
}
