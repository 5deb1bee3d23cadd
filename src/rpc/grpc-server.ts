/** Binds the service to addresses, with health and (in development) reflection, and guards it; stops gracefully. */
import { createHash, randomBytes } from 'node:crypto';
import { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { HealthImplementation } from 'grpc-health-check';
import type { EnginePort } from '../engine/engine-port.js';
import { localAddress, type Connection } from './connection.js';
import { guard, holdsRole, type FindToken } from './guard.js';
import type { ServerTls } from './listen-rule.js';
import { bindAll, serverCredentials } from './listen.js';
import { HEALTH_SERVICE, loadProtocol, SERVER_OPTIONS } from './protocol.js';
import { createService, type ServiceInfo } from './service.js';
import { findToken, TokenFile, type TokenEntry } from './token-file.js';

/** Reflection is for people with tools; loading it at once would make every start wait for it. In milliseconds. */
const REFLECTION_AFTER_MS = 500;

export interface GrpcServerOptions {
  readonly engine: EnginePort;
  readonly info: ServiceInfo;
  /** `host:port`; `localhost` means both loopback families, port 0 a free port. */
  readonly listen: string;
  readonly reflection: boolean;
  readonly tls?: ServerTls;
  /** Absent: whoever reaches the port may call everything. */
  readonly tokensFile?: string;
  /** This process is going to be a client of its own server; see `own`. */
  readonly ownClient?: boolean;
  readonly onWarning: (text: string) => void;
}

export interface GrpcServer {
  /** Where clients connect: `host:port` with the real port. */
  readonly address: string;
  /**
   * How this process itself connects: with `ownClient` by a token that nobody else has, on a loopback port without TLS,
   * because a certificate for other machines need not be valid for this one.
   */
  readonly own: Connection;
  /** Whether this Authorization header may read; absent when the server has no tokens. */
  readonly mayRead?: (authorizationHeader: string | undefined) => Promise<boolean>;
  /** Lets calls under way finish for at most `graceMs`, then cuts them. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
}

/** @throws NexumError ADDRESS_IN_USE, TOKENS_INVALID */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const protocol = loadProtocol();
  const service = createService(options.engine, options.info);
  const { token, find } = openTokens(options);
  const server = new Server(find ? { ...SERVER_OPTIONS, interceptors: [guard(find)] } : SERVER_OPTIONS);
  server.addService(protocol.nexum.NexumService.service, service.handlers);
  const health = new HealthImplementation({ '': 'SERVING', [HEALTH_SERVICE]: 'SERVING' });
  health.addToServer(server);
  const address = await bindAll(server, options.listen, serverCredentials(options.tls));
  const ownAddress =
    options.ownClient === true && options.tls
      ? await bindAll(server, '127.0.0.1:0', serverCredentials(undefined))
      : localAddress(address);
  const reflection = options.reflection
    ? setTimeout(() => void addReflection(server, protocol.packageDefinition), REFLECTION_AFTER_MS).unref()
    : undefined;
  let stopping: Promise<void> | undefined;
  return {
    address,
    // Insecure: whatever the address is, these packets never leave the machine.
    own: { addresses: [ownAddress], insecure: true, ...(token === undefined ? {} : { token }) },
    ...(find ? { mayRead: (header: string | undefined) => holdsRole(find, header, ['read', 'admin']) } : {}),
    stop: ({ graceMs }) => {
      clearTimeout(reflection);
      stopping ??= new Promise<void>((resolve) => {
        health.setStatus('', 'NOT_SERVING');
        health.setStatus(HEALTH_SERVICE, 'NOT_SERVING');
        service.drain();
        const force = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, graceMs);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      });
      return stopping;
    },
  };
}

/** What the guard asks for tokens, if there are any; and one for this process itself, if it needs one. */
function openTokens(options: GrpcServerOptions): { token?: string; find?: FindToken } {
  if (options.tokensFile === undefined) return {};
  const file = new TokenFile(options.tokensFile, { onWarning: options.onWarning });
  if (options.ownClient !== true) return { find: (token) => file.find(token) };
  const own = randomBytes(32).toString('base64url');
  const entry: TokenEntry = { role: 'admin', name: 'this process', digest: createHash('sha256').update(own).digest() };
  return { token: own, find: (token) => findToken([entry], token) ?? file.find(token) };
}

async function addReflection(server: Server, definition: PackageDefinition): Promise<void> {
  const { ReflectionService } = await import('@grpc/reflection');
  new ReflectionService(definition).addToServer(server);
}
