/**
 * The way to the server of a data folder, which may be this process itself.
 *
 * F1  A folder has one server. Whoever comes first opens it; all others are its clients.
 * F2  When that process ends, one of the others takes the folder over, at the same address: clients just reconnect. Not from
 *     a `nexum server`, which comes back with its tokens and its TLS: for that one they wait.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { NexumError, nexumError } from '../errors.js';
import { NexumClient } from '../rpc/client.js';
import type { ClientTls, Connection } from '../rpc/connection.js';
import type { NexumServiceClient } from '../rpc/generated/nexum/NexumService.js';
import { findHolder, type Holder } from '../server/holder-file.js';
import { startFolderServer, type FolderServer } from './folder-server.js';

const FREE_PORT = 'localhost:0';
/** A server in the folder that says nothing of itself: it starts, ends, or is hidden in a command. In milliseconds. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 50;
const PROBE_MS = 2000;

export interface FolderOptions {
  readonly dataDir: string;
  readonly token?: string;
  readonly tls?: ClientTls;
  /** No server will answer any more. */
  readonly onLost: (error: NexumError) => void;
}

export class DataFolder {
  #server: FolderServer | undefined;
  #recovering: Promise<void> | undefined;
  #closed = false;

  private constructor(
    private readonly options: FolderOptions,
    readonly connection: Connection,
    /** F2: the server is a thread of a program. */
    private readonly embedded: boolean,
    server?: FolderServer,
  ) {
    this.#server = server;
  }

  /** @throws NexumError STORE_LOCKED when the server of the folder cannot be found; STORE_VERSION, STORE_BROKEN */
  static async open(options: FolderOptions): Promise<DataFolder> {
    const { dataDir } = options;
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await findConnection(options);
      if (found) return new DataFolder(options, found.connection, found.embedded);
      try {
        const server = await startFolderServer({ dataDir, listen: FREE_PORT }, options.onLost);
        return new DataFolder(options, { addresses: [server.address] }, true, server);
      } catch (error) {
        if (!isLocked(error) || performance.now() > untilMs)
          throw isLocked(error) ? await lockedBy(dataDir, error) : error;
        await pause(PAUSE_MS);
      }
    }
  }

  /** F2: the connection broke while somebody waits. */
  recover(): void {
    if (this.#server || this.#closed || !this.embedded) return;
    this.#recovering ??= this.#takeOver().finally(() => {
      this.#recovering = undefined;
    });
  }

  /** The server of this process, as long as it has been one from the beginning. */
  get local(): NexumServiceClient | undefined {
    return this.#server?.local;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#recovering;
    await this.#server?.stop();
  }

  async #takeOver(): Promise<void> {
    const { dataDir, onLost } = this.options;
    const { addresses } = this.connection;
    const untilMs = performance.now() + PATIENCE_MS;
    while (!this.#closed) {
      if (await answers(this.connection)) return;
      try {
        this.#server = await startFolderServer({ dataDir, listen: addresses[0] ?? FREE_PORT }, onLost);
        return;
      } catch (error) {
        if (!isLocked(error) || performance.now() > untilMs) {
          onLost(error instanceof NexumError ? error : nexumError('INTERNAL', String(error), {}, error));
          return;
        }
        await pause(PAUSE_MS);
      }
    }
  }
}

interface Found {
  readonly connection: Connection;
  readonly embedded: boolean;
}

/** The server that says to have the folder, if it answers. */
async function findConnection({ dataDir, token, tls }: FolderOptions): Promise<Found | undefined> {
  const holder = await findHolder(dataDir);
  if (!holder || !isAlive(holder)) return undefined;
  if (holder.tls && !tls)
    throw nexumError('SERVER_UNREACHABLE', `the server of ${dataDir} at ${holder.address} talks TLS: pass \`tls\``);
  const connection = {
    addresses: [holder.address],
    ...(token === undefined ? {} : { token }),
    ...(holder.tls && tls ? { tls } : {}),
  };
  return (await answers(connection, holder.pid)) ? { connection, embedded: holder.embedded } : undefined;
}

function isAlive({ pid }: Holder): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answers(connection: Connection, pid?: number): Promise<boolean> {
  const client = new NexumClient(connection);
  try {
    const info = await client.call('GetServerInfo', {}, { timeoutMs: PROBE_MS });
    return pid === undefined || info.pid === pid;
  } catch (error) {
    // It asks who we are, so it is there; the first call says what is wrong with our token.
    return error instanceof NexumError && (error.code === 'UNAUTHENTICATED' || error.code === 'PERMISSION_DENIED');
  } finally {
    client.close();
  }
}

function isLocked(error: unknown): error is NexumError {
  return error instanceof NexumError && error.code === 'STORE_LOCKED';
}

async function lockedBy(dataDir: string, cause: NexumError): Promise<NexumError> {
  const holder = await findHolder(dataDir);
  const who = holder ? `the server at ${holder.address} (pid ${holder.pid})` : 'a server that cannot be found';
  return nexumError(
    'STORE_LOCKED',
    `${dataDir} is in use by ${who}: pass its \`address\``,
    { dataDir, ...holder },
    cause,
  );
}
