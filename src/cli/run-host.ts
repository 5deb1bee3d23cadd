/** Where an execution runs: a server and a worker inside this process, or a server elsewhere with its own workers. */
import type { Permissions } from '../handlers/permissions.js';
import { NexumClient } from '../rpc/client.js';
import type { Connection } from '../rpc/connection.js';
import type { HandlerTable } from '../worker/handler.js';
import type { CommandContext } from './context.js';

const EMBEDDED_CONCURRENCY = 16;
/** The embedded worker dies with its server; a long lease only matters when the process is suspended. */
const EMBEDDED_LEASE_MS = 30_000;
const SERVER_GRACE_MS = 2000;

export interface RunHost {
  readonly client: NexumClient;
  readonly embedded: boolean;
  /** Lets work begin; nothing runs before the execution has started. */
  begin(): Promise<void>;
  /** Gives back what runs (`nexum run` ends now, not when a handler does), closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** For a new execution: the server that was asked for, otherwise this process. */
export async function openRunHost(
  context: CommandContext,
  handlers: HandlerTable,
  permissions: Permissions,
): Promise<RunHost> {
  return context.explicitServer ? remoteHost(context.connection) : embeddedHost(context, handlers, permissions);
}

/**
 * For an execution that exists: the server that has it, or this process when none runs.
 * @throws NexumError SERVER_UNREACHABLE when there is neither a server nor a database
 */
export async function openExistingHost(
  context: CommandContext,
  handlers: HandlerTable,
  permissions: Permissions,
): Promise<RunHost> {
  const { reachServer } = await import('./server-access.js');
  return reachServer(context, remoteHost, () => embeddedHost(context, handlers, permissions));
}

function remoteHost(connection: Connection): RunHost {
  const client = new NexumClient(connection);
  const stop = (): Promise<void> => {
    client.close();
    return Promise.resolve();
  };
  return { client, embedded: false, begin: () => Promise.resolve(), stop };
}

async function embeddedHost(
  context: CommandContext,
  handlers: HandlerTable,
  permissions: Permissions,
): Promise<RunHost> {
  const [{ openServer }, { startWorker }] = await Promise.all([
    import('./embedded-server.js'),
    import('./worker-host.js'),
  ]);
  const server = await openServer(context, { listen: '127.0.0.1:0' });
  const client = new NexumClient(server.own);
  let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
  return {
    client,
    embedded: true,
    begin: async () => {
      worker ??= await startWorker({
        connection: server.own,
        handlers,
        permissions,
        concurrency: EMBEDDED_CONCURRENCY,
        leaseMs: EMBEDDED_LEASE_MS,
        log: () => undefined,
      });
    },
    stop: async () => {
      await worker?.stop({ graceMs: 0 });
      client.close();
      await server.stop({ graceMs: SERVER_GRACE_MS });
    },
  };
}
