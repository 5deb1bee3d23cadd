/**
 * A server in this process on the data folder or database of the command line. While it runs on a folder, `server.json` in the folder says where
 * it listens, so that `nexum ps` or `nexum cancel` in another terminal finds it.
 */
import { NexumError, nexumError } from '../errors.js';
import { localAddress } from '../rpc/connection.js';
import { findHolder, removeHolder, writeHolder } from '../server/holder-file.js';
import { startServer, type NexumServer, type ServerOptions } from '../server/server.js';
import type { StoreLocation } from '../server/store-location.js';
import type { CommandContext } from './context.js';
import { exitCodeOf } from './exit-code.js';

/**
 * Starts a server on the data folder or database of the command line; a store that breaks later ends the process at once. A hidden
 * one leaves no `server.json`: it is gone in a moment, and nobody should begin to talk to it.
 *
 * @throws NexumError STORE_LOCKED, naming the server that has the folder; whatever `startServer` throws
 */
export async function openServer(
  context: CommandContext,
  options: Omit<ServerOptions, 'location' | 'onFatal' | 'onWarning'> & { readonly hidden?: boolean },
): Promise<NexumServer> {
  const { dataDir } = context;
  const { hidden, ...serverOptions } = options;
  const location = hidden === true ? asItIs(context.location) : context.location;
  const onWarning = (text: string): void => context.output.note(`warning: ${text}`);
  if (context.showsPassword)
    onWarning('everybody on this machine can read the password in --database: use DATABASE_URL');
  const onFatal = (error: NexumError): void => {
    context.output.error(error);
    process.exit(exitCodeOf(error));
  };
  let server: NexumServer;
  try {
    server = await startServer({ ...serverOptions, location, onFatal, onWarning });
  } catch (error) {
    throw error instanceof NexumError && error.code === 'STORE_LOCKED' ? await lockedBy(dataDir, error) : error;
  }
  // A database has many servers: whoever knows it can open another one, and need not find this one.
  if (hidden === true || location.kind === 'postgres') return server;
  const address = localAddress(server.address);
  await writeHolder(dataDir, { address, pid: process.pid, tls: options.tls !== undefined, embedded: false });
  return {
    ...server,
    stop: async (stopOptions) => {
      await removeHolder(dataDir);
      await server.stop(stopOptions);
    },
  };
}

/** What is gone in a moment leaves the schema of a database to servers that stay. */
function asItIs(location: StoreLocation): StoreLocation {
  return location.kind === 'postgres' ? { ...location, migrate: false } : location;
}

async function lockedBy(dataDir: string, cause: NexumError): Promise<NexumError> {
  const holder = await findHolder(dataDir);
  const who = holder ? `the server at ${holder.address} (pid ${holder.pid})` : 'another server';
  const way = `to work with that server, add --server ${holder?.address ?? '<address>'}`;
  return nexumError('STORE_LOCKED', `${dataDir} is in use by ${who}; ${way}`, { dataDir, ...holder }, cause);
}
