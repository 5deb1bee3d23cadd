/** MCP clients (`@modelcontextprotocol/client`): every tool call becomes a durable call. */
import { IDEMPOTENCY_META } from '../../core/ids.js';
import type { DurableSession } from '../../worker/handler.js';
import { callTool, type DurableToolOptions } from '../tool-call.js';

export { IDEMPOTENCY_META };
export { currentCall, type DurableToolOptions } from '../tool-call.js';

interface CallParams {
  readonly name: string;
  readonly arguments?: unknown;
  readonly _meta?: object;
}
interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: never) => void;
}
type CallTool = (params: CallParams, options?: CallOptions) => Promise<unknown>;

/** What is needed of a client. */
export interface McpClient {
  callTool(params: never, options?: never): Promise<unknown>;
  getServerVersion(): { readonly name: string } | undefined;
}

export interface DurableMcpOptions {
  /** The first part of the names of durable calls. Default: the name that the server gives itself. */
  readonly server?: string;
  /** By the name of the tool. */
  readonly tools?: Readonly<Record<string, DurableToolOptions>>;
}

/**
 * Returns the same client; each `callTool` asks the server once per session, server, tool and arguments, and is read back
 * afterwards. A result with `isError` is returned, and not stored.
 */
export function durableMcp<C extends McpClient>(
  client: C,
  session: DurableSession,
  options: DurableMcpOptions = {},
): C {
  const call: CallTool = (params, request) => {
    const server = options.server ?? client.getServerVersion()?.name ?? 'mcp';
    const { signal, onprogress } = request ?? {};
    const tool = {
      // Two servers may have tools of one name. A server names itself as it likes; a durable call does not.
      tool: `${server.replace(/[^\w.-]+/g, '-')}/${params.name}`,
      args: params.arguments ?? {},
      signal,
      options: options.tools?.[params.name],
    };
    return callTool(session, tool, (context) =>
      (client as unknown as { callTool: CallTool }).callTool(
        { ...params, _meta: { ...params._meta, [IDEMPOTENCY_META]: context.idempotencyKey } },
        {
          ...request,
          signal: context.signal,
          ...(onprogress && {
            onprogress: (progress) => {
              context.progress();
              onprogress(progress);
            },
          }),
        },
      ),
    );
  };
  // Methods of the client need the client itself: it has private fields.
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'callTool') return call;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
