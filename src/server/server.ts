/** The composition root of a server: engine thread, gRPC service, metrics and health, shutdown. */
import type { MessagePort } from 'node:worker_threads';
import type { LimitsSpec } from '../core/ir.js';
import type { Connection } from '../rpc/connection.js';
import type { GrpcServer } from '../rpc/grpc-server.js';
import { checkListen, type ServerTls } from '../rpc/listen-rule.js';
import type { NexumError } from '../errors.js';
import { recordExecution } from '../tracing/execution-span.js';
import { isTracing } from '../tracing/span.js';
import { EngineThread } from './engine-thread.js';
import type { HttpServer, HttpServerOptions } from './http-server.js';
import { packageVersion } from './package-version.js';
import type { StoreLocation } from './store-location.js';

/** How long a lease lasts without a heartbeat. Shorter: a paused process loses work; longer: a dead one delays it. */
export const DEFAULT_LEASE_MS = 30_000;

export interface ServerOptions {
  readonly location: StoreLocation;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  readonly leaseMs?: number;
  /** Nodes that may wait for a worker before starts are refused; 0: any number; default 1,000,000. */
  readonly maxQueue?: number;
  /** How fast all its workers together may ask each model provider. */
  readonly rates?: LimitsSpec['providers'];
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
  /** Where metrics and health are served; absent: nowhere. */
  readonly http?: Omit<HttpServerOptions, 'probes'>;
  /** The store broke: end the process. */
  readonly onFatal: (error: NexumError) => void;
}

export interface NexumServer {
  /** `host:port` for clients. */
  readonly address: string;
  /** How this process itself connects; holds a token when the server has tokens and `ownClient` was set. */
  readonly own: Connection;
  readonly store: string;
  /** `host:port` of metrics and health. */
  readonly http?: string;
  /** Another way to its engine, for a thread of this process (EngineLink). */
  share(): MessagePort;
  /** Says from now on that it is not ready. Part of `stop`; apart for those who finish work of their own before. */
  drain(): void;
  /** Stops taking calls, finishes those under way, closes the store. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
}

/** @throws NexumError INSECURE_LISTEN, TOKENS_INVALID, STORE_LOCKED, STORE_VERSION, STORE_BROKEN, STORE_UNAVAILABLE, DATABASE_REFUSED, ADDRESS_IN_USE */
export async function startServer(options: ServerOptions): Promise<NexumServer> {
  const onWarning = options.onWarning ?? ((): void => undefined);
  const risk = checkListen(options);
  if (risk !== undefined) onWarning(risk);
  // The engine thread opens the store while this one loads gRPC: the two longest parts of a start.
  const observe = { metrics: options.http !== undefined, closedExecutions: isTracing() };
  const starting = EngineThread.start(
    {
      location: options.location,
      observe,
      ...(options.maxQueue === undefined ? {} : { maxQueue: options.maxQueue }),
      ...(options.rates === undefined ? {} : { rates: options.rates }),
    },
    { onFatal: options.onFatal, onWarning, onClosed: (executions) => executions.forEach(recordExecution) },
  );
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
  let http: WatchedServer | undefined;
  try {
    http = options.http && (await startHttp(httpOptions(options.http, options, grpc), engine, store));
  } catch (error) {
    await grpc.stop({ graceMs: 0 });
    await engine.stop();
    throw error;
  }
  const drain = (): void => http?.drain();
  let stopping: Promise<void> | undefined;
  return {
    address: grpc.address,
    own: grpc.own,
    store,
    ...(http === undefined ? {} : { http: http.address }),
    share: () => engine.share(),
    drain,
    stop: ({ graceMs }) => {
      drain();
      stopping ??= grpc
        .stop({ graceMs })
        .then(() => http?.stop())
        .then(() => engine.stop());
      return stopping;
    },
  };
}

/** Metrics are guarded as the calls are: by the same tokens, over the same TLS. */
function httpOptions(
  http: NonNullable<ServerOptions['http']>,
  { tls, insecure }: ServerOptions,
  { mayRead }: GrpcServer,
): NonNullable<ServerOptions['http']> {
  return {
    ...http,
    ...(tls ? { tls: { cert: tls.cert, key: tls.key } } : {}),
    ...(insecure === undefined ? {} : { insecure }),
    ...(mayRead ? { authorize: mayRead } : {}),
  };
}

interface WatchedServer extends HttpServer {
  drain(): void;
}

/** Loaded only on demand: most servers of this package are hidden inside a command. */
async function startHttp(
  options: NonNullable<ServerOptions['http']>,
  engine: EngineThread,
  store: string,
): Promise<WatchedServer> {
  const [{ startHttpServer }, { createProbes }] = await Promise.all([
    import('./http-server.js'),
    import('./server-probes.js'),
  ]);
  const probes = createProbes(engine, () => engine.metrics(), { version: packageVersion(), store });
  const server = await startHttpServer({ ...options, probes });
  return { ...server, drain: () => probes.drain() };
}
