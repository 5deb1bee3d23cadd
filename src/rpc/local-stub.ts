/**
 * The service called within one process: the same handlers and the same messages, without a network. What NexumClient
 * takes instead of a channel.
 */
import { EventEmitter } from 'node:events';
import { status, Metadata, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import type { EnginePort } from '../engine/engine-port.js';
import type { NexumServiceClient } from './generated/nexum/NexumService.js';
import { loadProtocol } from './protocol.js';
import { createService, type ServiceInfo } from './service.js';

type Method = MethodDefinition<object, object>;
type Answer = (error: ServiceError | null, response?: object) => void;
type Handler = (call: unknown, answer?: Answer) => void;
/** What a message becomes on its way: a copy in which every field has a value. */
type Convert = (message: object) => object;

/** Unary calls and streams in both directions; others are not served here. */
export function localStub(engine: EnginePort, info: ServiceInfo): NexumServiceClient {
  const handlers = createService(engine, info).handlers as unknown as Readonly<Record<string, Handler>>;
  const methods = loadProtocol().nexum.NexumService.service as unknown as Readonly<Record<string, Method>>;
  const calls = Object.entries(methods).map(([name, method]) => {
    const handler = handlers[name];
    if (!handler) throw new Error(`the service has no handler for ${name}`);
    return [name, method.requestStream ? () => stream(handler, method) : unaryCall(handler, method)] as const;
  });
  return { ...Object.fromEntries(calls), close: () => undefined } as unknown as NexumServiceClient;
}

function requestOf(method: Method): Convert {
  return (message) => method.requestDeserialize(method.requestSerialize(message));
}

function responseOf(method: Method): Convert {
  return (message) => method.responseDeserialize(method.responseSerialize(message));
}

function unaryCall(handler: Handler, method: Method) {
  const [convertRequest, convertResponse] = [requestOf(method), responseOf(method)];
  return (request: object, _metadata: Metadata, { deadline }: { readonly deadline: number }, answer: Answer): void => {
    const sent = convertRequest(request);
    const late = setTimeout(() => {
      const details = 'it did not answer in time';
      answer(Object.assign(new Error(details), { code: status.DEADLINE_EXCEEDED, details, metadata: new Metadata() }));
    }, deadline - Date.now());
    handler({ request: sent }, (error, response) => {
      clearTimeout(late);
      if (error) answer(error);
      else answer(null, convertResponse(response ?? {}));
    });
  };
}

/** Two ends: what is written to one is read at the other, later and in order. */
class StreamEnd extends EventEmitter {
  peer: StreamEnd | undefined;
  writableEnded = false;

  constructor(private readonly convert: Convert) {
    super();
  }

  write(message: object, onWritten?: () => void): boolean {
    const sent = this.convert(message);
    queueMicrotask(() => this.peer?.emit('data', sent));
    onWritten?.();
    return true;
  }

  end(): void {
    if (this.writableEnded) return;
    this.writableEnded = true;
    queueMicrotask(() => this.peer?.emit('end'));
  }
}

function stream(handler: Handler, method: Method): StreamEnd {
  const [client, server] = [new StreamEnd(requestOf(method)), new StreamEnd(responseOf(method))];
  client.peer = server;
  server.peer = client;
  // Handlers end a call with a status by this event.
  server.on('error', (error) => queueMicrotask(() => client.emit('error', error)));
  handler(server);
  return client;
}
