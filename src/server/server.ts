/** The composition root of a server: engine thread, gRPC service, shutdown. */
import { join } from 'node:path';
import type { Connection } from '../rpc/connection.js';
import type { GrpcServer } from '../rpc/grpc-server.js';
import { checkListen, type ServerTls } from '../rpc/listen-rule.js';
import type { NexumError } from '../errors.js';
import { EngineThread } from './engine-thread.js';
import { packageVersion } from './package-version.js';

/** How long a lease lasts without a heartbeat. Shorter: a paused process loses work; longer: a dead one delays it. */
export const DEFAULT_LEASE_MS = 30_000;
const DATABASE_FILE = 'nexum.db';

export interface ServerOptions {
  readonly dataDir: string;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  readonly leaseMs?: number;
  readonly reflection?: boolean;
  /** PEM texts: certificate and key of the server; with `ca`, clients must show a certificate of that CA. */
  readonly tls?: ServerTls;
  /** A file with one `<role> <name> <token>` per line; without it whoever reaches the port may call everything. */
  readonly tokensFile?: string;
  /** Listen where other machines can reach it without TLS or without tokens. */
  readonly insecure?: boolean;
  /** This process is going to be a client of the server: `own` says how it connects. */
  readonly ownClient?: boolean;
  /** Something to look after, which does not keep the server from working. */
  readonly onWarning?: (text: string) => void;
  /** The store broke: end the process. */
  readonly onFatal: (error: NexumError) => void;
}

export interface NexumServer {
  /** `host:port` for clients. */
  readonly address: string;
  /** How this process itself connects; holds a token when the server has tokens and `ownClient` was set. */
  readonly own: Connection;
  readonly store: string;
  /** Stops taking calls, finishes those under way, closes the store. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
}

/** @throws NexumError INSECURE_LISTEN, TOKENS_INVALID, STORE_LOCKED, STORE_VERSION, STORE_BROKEN, ADDRESS_IN_USE */
export async function startServer(options: ServerOptions): Promise<NexumServer> {
  const onWarning = options.onWarning ?? ((): void => undefined);
  const risk = checkListen(options);
  if (risk !== undefined) onWarning(risk);
  const databaseFile = join(options.dataDir, DATABASE_FILE);
  // The engine thread opens the store while this one loads gRPC: the two longest parts of a start.
  const starting = EngineThread.start({ databaseFile }, options.onFatal);
  const [engine, { startGrpcServer }] = await Promise.all([starting, import('../rpc/grpc-server.js')]);
  let grpc: GrpcServer;
  try {
    grpc = await startGrpcServer({
      engine,
      listen: options.listen,
      reflection: options.reflection ?? false,
      ownClient: options.ownClient ?? false,
      onWarning,
      ...(options.tls ? { tls: options.tls } : {}),
      ...(options.tokensFile === undefined ? {} : { tokensFile: options.tokensFile }),
      info: {
        version: packageVersion(),
        startedAtMs: Date.now(),
        defaultLeaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
      },
    });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  const { store } = await engine.call('getStats', {});
  let stopping: Promise<void> | undefined;
  return {
    address: grpc.address,
    own: grpc.own,
    store,
    stop: ({ graceMs }) => {
      stopping ??= grpc.stop({ graceMs }).then(() => engine.stop());
      return stopping;
    },
  };
}
