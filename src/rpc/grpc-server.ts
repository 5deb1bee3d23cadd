/** Binds the service to addresses, with health and (in development) reflection; stops gracefully. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { HealthImplementation } from 'grpc-health-check';
import type { EnginePort } from '../engine/engine-port.js';
import { errorMessage, nexumError } from '../errors.js';
import { HEALTH_SERVICE, loadProtocol, SERVER_OPTIONS } from './protocol.js';
import { createService, type ServiceInfo } from './service.js';

/** Reflection is for people with tools; loading it at once would make every start wait for it. In milliseconds. */
const REFLECTION_AFTER_MS = 500;

export interface GrpcServerOptions {
  readonly engine: EnginePort;
  readonly info: ServiceInfo;
  /** `host:port`; `localhost` means both loopback families, port 0 a free port. */
  readonly listen: string;
  readonly reflection: boolean;
}

export interface GrpcServer {
  /** Where clients connect: `host:port` with the real port. */
  readonly address: string;
  /** Lets calls under way finish for at most `graceMs`, then cuts them. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
}

/** @throws NexumError ADDRESS_IN_USE */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const protocol = loadProtocol();
  const service = createService(options.engine, options.info);
  const server = new Server(SERVER_OPTIONS);
  server.addService(protocol.nexum.NexumService.service, service.handlers);
  const health = new HealthImplementation({ '': 'SERVING', [HEALTH_SERVICE]: 'SERVING' });
  health.addToServer(server);
  const address = await bindAll(server, options.listen);
  const reflection = options.reflection
    ? setTimeout(() => void addReflection(server, protocol.packageDefinition), REFLECTION_AFTER_MS).unref()
    : undefined;
  let stopping: Promise<void> | undefined;
  return {
    address,
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

async function addReflection(server: Server, definition: PackageDefinition): Promise<void> {
  const { ReflectionService } = await import('@grpc/reflection');
  new ReflectionService(definition).addToServer(server);
}

async function bindAll(server: Server, listen: string): Promise<string> {
  const separator = listen.lastIndexOf(':');
  const host = listen.slice(0, separator);
  const port = Number(listen.slice(separator + 1));
  if (separator < 1 || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw nexumError('USAGE', `--listen must be host:port, not ${JSON.stringify(listen)}`);
  }
  if (host !== 'localhost') return `${host}:${await bind(server, `${host}:${port}`)}`;
  const bound = await bind(server, `127.0.0.1:${port}`);
  try {
    await bind(server, `[::1]:${bound}`);
  } catch (error) {
    // A machine without IPv6 is fine; a port that somebody else holds there is not ours to share.
    if (errorMessage(error).includes('EADDRINUSE')) throw error;
  }
  return `127.0.0.1:${bound}`;
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error)
        reject(nexumError('ADDRESS_IN_USE', `cannot listen on ${address}: ${error.message}`, { address }, error));
      else resolve(port);
    });
  });
}
