/** The composition root of a server: engine thread, gRPC service, shutdown. */
import { join } from 'node:path';
import type { GrpcServer } from '../rpc/grpc-server.js';
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
  /** The store broke: end the process. */
  readonly onFatal: (error: NexumError) => void;
}

export interface NexumServer {
  /** `host:port` for clients. */
  readonly address: string;
  readonly store: string;
  /** Stops taking calls, finishes those under way, closes the store. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
}

/** @throws NexumError STORE_LOCKED, STORE_VERSION, STORE_BROKEN, ADDRESS_IN_USE */
export async function startServer(options: ServerOptions): Promise<NexumServer> {
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
    store,
    stop: ({ graceMs }) => {
      stopping ??= grpc.stop({ graceMs }).then(() => engine.stop());
      return stopping;
    },
  };
}
