/** Where the session of `nexum agent` is kept: a server elsewhere, or one inside this process on the data folder. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DurableCalls } from '../../durable/session.js';
import { NexumClient } from '../../rpc/client.js';
import type { Connection } from '../../rpc/connection.js';
import type { DurableSession } from '../../worker/handler.js';
import { Heartbeat } from '../../worker/heartbeat.js';
import type { CommandContext } from '../context.js';

/**
 * How long a call that was under way stays with a process that died, in milliseconds, when its server died with it.
 * Longer makes people wait after a crash; shorter loses leases on a machine that stands still for a moment.
 */
const LEASE_MS = 5000;
const SERVER_GRACE_MS = 1000;

export interface AgentHost {
  /** True when the server is this process. */
  readonly embedded: boolean;
  openSession(id: string, signal: AbortSignal): DurableSession;
  /** Idempotent. */
  close(): Promise<void>;
}

/** @throws NexumError whatever a server that does not start throws */
export async function openAgentHost(context: CommandContext): Promise<AgentHost> {
  const { reachServer } = await import('../server-access.js');
  return reachServer(
    context,
    (connection) => hostAt(connection, false, () => Promise.resolve()),
    async () => {
      const { openServer } = await import('../embedded-server.js');
      const server = await openServer(context, { listen: '127.0.0.1:0' });
      return hostAt(server.own, true, () => server.stop({ graceMs: SERVER_GRACE_MS }));
    },
    'only',
  );
}

export function hostAt(connection: Connection, embedded: boolean, stopServer: () => Promise<void>): AgentHost {
  const client = new NexumClient(connection);
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const leases = new Heartbeat({ connection, workerId }, () => undefined);
  const calls = new DurableCalls({ client, workerId, leaseMs: LEASE_MS, leases });
  let closing: Promise<void> | undefined;
  return {
    embedded,
    openSession: (id, signal) => calls.openSession(id, signal),
    close: () =>
      (closing ??= (async () => {
        await calls.close();
        await leases.stop();
        client.close();
        await stopServer();
      })()),
  };
}
