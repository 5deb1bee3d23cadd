/**
 * Which server a command talks to. `--server` or NEXUM_SERVER: that one and no other. With a PostgreSQL database, an
 * embedded one on it, beside those that run already. Otherwise the server that has the data folder open, else the one at localhost:50051, else (when the folder has a database) an embedded one for the
 * length of the command, without workers: it shows and changes executions, it runs nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NexumError, nexumError } from '../errors.js';
import { NexumClient } from '../rpc/client.js';
import type { Connection } from '../rpc/connection.js';
import { DEFAULT_ADDRESS, type CommandContext } from './context.js';
import { findHolder, type Holder } from '../server/holder-file.js';
import { openServer } from './embedded-server.js';

/** A server that does not answer this question within that time, in milliseconds, is none. */
const PROBE_MS = 3000;
/** Two commands at the same moment may both want the folder: the second waits for the first, this often and long. */
const LOCKED_TRIES = 100;
const LOCKED_PAUSE_MS = 100;

export interface ServerAccess {
  readonly client: NexumClient;
  close(): Promise<void>;
}

/** @throws NexumError SERVER_UNREACHABLE when there is neither a server nor a database */
export function accessServer(context: CommandContext, folder?: FolderUse): Promise<ServerAccess> {
  return reachServer(context, clientOf, () => embedded(context), folder);
}

/** What a data folder with data means to a command: `first` is before whatever runs at the default address. */
export type FolderUse = 'first' | 'last';

/**
 * Talks to the server that this command line means, or opens one of its own when none runs.
 * @throws NexumError SERVER_UNREACHABLE when there is neither a server nor a database
 */
export async function reachServer<T>(
  context: CommandContext,
  talkTo: (server: Connection) => T,
  openOwn: () => Promise<T>,
  folder: FolderUse = 'last',
): Promise<T> {
  if (context.explicitServer) return talkTo(context.connection);
  if (context.location.kind === 'postgres') return openOwn();
  for (let tries = 1; ; tries += 1) {
    const hasData = existsSync(join(context.dataDir, 'nexum.db'));
    const running = await findServer(context, folder === 'first' && hasData);
    if (running !== undefined) return talkTo(running);
    if (!hasData) {
      throw nexumError(
        'SERVER_UNREACHABLE',
        `no server answers at ${DEFAULT_ADDRESS}, and ${context.dataDir} holds no data`,
      );
    }
    try {
      return await openOwn();
    } catch (error) {
      const locked = error instanceof NexumError && error.code === 'STORE_LOCKED';
      if (!locked || tries === LOCKED_TRIES) throw error;
      await pause(LOCKED_PAUSE_MS);
    }
  }
}

async function findServer(context: CommandContext, folderOnly: boolean): Promise<Connection | undefined> {
  const holder = await findHolder(context.dataDir);
  if (holder) {
    const connection = holderConnection(context, holder);
    if (await answers(connection, holder.pid)) return connection;
  }
  // Who names a folder means that folder, not whatever runs at the default address.
  if (folderOnly || context.explicitDataDir) return undefined;
  const connection = context.connectionTo(DEFAULT_ADDRESS);
  return (await answers(connection)) ? connection : undefined;
}

/** The holder says itself whether it talks TLS: settings that are meant for a server elsewhere must not get in the way. */
function holderConnection(context: CommandContext, { address, pid, tls }: Holder): Connection {
  const { tls: given, ...plain } = context.connectionTo(address);
  if (!tls) return plain;
  if (given) return { ...plain, tls: given };
  throw nexumError('SERVER_UNREACHABLE', `the server at ${address} (pid ${pid}) talks TLS: add --tls-ca or --tls`);
}

/** True when a server listens there: the process `pid`, if given. */
async function answers(connection: Connection, pid?: number): Promise<boolean> {
  const { pid: found, problem } = await probe(connection);
  // It asks who we are, so it is there; the command itself says what is wrong with our token.
  if (problem) return problem.code === 'UNAUTHENTICATED' || problem.code === 'PERMISSION_DENIED';
  return pid === undefined || found === pid;
}

/** Asks a server for its process; or says why none answers, or why it does not let us in. */
export async function probe(connection: Connection): Promise<{ pid?: number; problem?: NexumError }> {
  const client = new NexumClient(connection);
  try {
    const { pid } = await client.call('GetServerInfo', {}, { timeoutMs: PROBE_MS });
    return { pid };
  } catch (error) {
    if (!(error instanceof NexumError)) throw error;
    // A Nexum 0.2 server does not know the question, but it is a server.
    return error.code === 'UNSUPPORTED_SERVER' ? {} : { problem: error };
  } finally {
    client.close();
  }
}

function clientOf(connection: Connection): ServerAccess {
  const client = new NexumClient(connection);
  return {
    client,
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

async function embedded(context: CommandContext): Promise<ServerAccess> {
  const server = await openServer(context, { listen: '127.0.0.1:0', hidden: true });
  const client = new NexumClient(server.own);
  return {
    client,
    close: async () => {
      client.close();
      await server.stop({ graceMs: 1000 });
    },
  };
}
