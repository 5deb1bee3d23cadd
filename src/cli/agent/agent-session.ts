/** Where the session of `nexum agent` is kept: at a server elsewhere, in a database, or in the data folder. */
import type { Connection } from '../../rpc/connection.js';
import { openSession, type ProgramSession } from '../../sdk/open-session.js';
import type { CommandContext } from '../context.js';

/**
 * How long a call that was under way stays with a process that died, in milliseconds, when its server died with it.
 * Longer makes people wait after a crash; shorter loses calls on a busy machine before the first heartbeat, and they run again.
 */
const LEASE_MS = 10_000;
const SERVER_GRACE_MS = 1000;

export interface AgentSession {
  readonly session: ProgramSession;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** @throws NexumError whatever a server that does not start, or cannot be reached, throws */
export async function openAgentSession(context: CommandContext, id: string): Promise<AgentSession> {
  if (context.explicitServer) return opened(await openSession({ id, ...linkTo(context.connection) }));
  if (context.location.kind === 'sqlite') {
    // Whoever has the folder open may ask who we are.
    const { addresses: _addresses, ...security } = context.connection;
    return opened(await openSession({ id, dataDir: context.dataDir, leaseMs: LEASE_MS, ...security }));
  }
  const { openServer } = await import('../embedded-server.js');
  const server = await openServer(context, { listen: '127.0.0.1:0' });
  const stop = (): Promise<void> => server.stop({ graceMs: SERVER_GRACE_MS });
  try {
    return opened(await openSession({ id, ...linkTo(server.own) }), stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function linkTo({ addresses, ...rest }: Connection): Omit<Parameters<typeof openSession>[0], 'id'> {
  return { address: addresses.join(','), ...rest };
}

function opened(session: ProgramSession, stop: () => Promise<void> = () => Promise.resolve()): AgentSession {
  return { session, close: () => session.close({ graceMs: 0 }).then(stop) };
}
