/** A server of the contract without an engine: it answers what a test tells it to, and dies when a test wants it. */
import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { Server, ServerCredentials, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import { nexumError, type ErrorCode } from '../../src/errors.js';
import type { Event } from '../../src/rpc/generated/nexum/Event.js';
import type { NexumServiceHandlers } from '../../src/rpc/generated/nexum/NexumService.js';
import type { WatchRequest__Output } from '../../src/rpc/generated/nexum/WatchRequest.js';
import type { WorkRequest__Output } from '../../src/rpc/generated/nexum/WorkRequest.js';
import type { WorkResponse } from '../../src/rpc/generated/nexum/WorkResponse.js';
import { loadProtocol } from '../../src/rpc/protocol.js';
import { toStatus } from '../../src/rpc/status.js';

const UNARY = [
  'GetServerInfo',
  'GetStatus',
  'StartExecution',
  'CompleteTask',
  'PollTask',
  'Heartbeat',
  'CancelExecution',
] as const;
type Unary = (typeof UNARY)[number];
/** `hang`: takes the request and never answers. */
type Behaviour = 'answer' | 'hang' | ErrorCode;
type WorkCall = ServerDuplexStream<WorkRequest__Output, WorkResponse>;

export class FakeServer {
  /** The unary calls that arrived here, in order. */
  readonly calls: Unary[] = [];
  readonly works: WorkCall[] = [];
  /** What arrived on any Work stream. */
  readonly workRequests: WorkRequest__Output[] = [];
  readonly watches: ServerWritableStream<WatchRequest__Output, Event>[] = [];
  behaviour: Behaviour = 'answer';
  address = '';
  private readonly server = new Server();
  private readonly sockets = new Set<Socket>();
  /** In front of the server: what breaks connections as the death of a process does. */
  private proxy: TcpServer | undefined;
  private port = 0;

  static async start(host = '127.0.0.1', port = 0): Promise<FakeServer> {
    const fake = new FakeServer();
    await fake.serve();
    fake.address = `${host}:${port}`;
    await fake.restart();
    return fake;
  }

  /** As a SIGKILL would: every connection is reset, and new ones are refused. */
  kill(): void {
    this.proxy?.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
    this.server.forceShutdown();
  }

  /** Like `kill`, but it can come back. */
  cut(): void {
    this.proxy?.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Listens again where it did before. */
  async restart(): Promise<void> {
    const [host = '', port = ''] = this.address.split(':');
    const proxy = createServer((socket) => this.forward(socket));
    this.proxy = proxy;
    await new Promise<void>((resolve, reject) => {
      proxy.once('error', reject);
      proxy.listen(Number(port), host, resolve);
    });
    this.address = `${host}:${(proxy.address() as AddressInfo).port}`;
  }

  private forward(socket: Socket): void {
    const onward = connect(this.port, '127.0.0.1');
    for (const end of [socket, onward]) {
      this.sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        this.sockets.delete(end);
        socket.destroy();
        onward.destroy();
      });
    }
    socket.pipe(onward).pipe(socket);
  }

  private async serve(): Promise<void> {
    const unary = Object.fromEntries(UNARY.map((name) => [name, this.unary(name)]));
    const handlers: Partial<NexumServiceHandlers> = {
      ...(unary as Partial<NexumServiceHandlers>),
      Work: (call: WorkCall) => this.work(call),
      WatchExecution: (call: ServerWritableStream<WatchRequest__Output, Event>) => {
        this.watches.push(call);
        call.on('error', () => undefined);
      },
    };
    this.server.addService(loadProtocol().nexum.NexumService.service, handlers as NexumServiceHandlers);
    this.port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  }

  private work(call: WorkCall): void {
    this.works.push(call);
    call.on('data', (request: WorkRequest__Output) => {
      this.workRequests.push(request);
      if (request.hello) call.write({ attached: true });
    });
    call.on('error', () => undefined);
    call.on('end', () => call.end());
  }

  private unary(name: Unary): (call: unknown, callback: (error: object | null, response?: object) => void) => void {
    return (_call, callback) => {
      this.calls.push(name);
      if (this.behaviour === 'hang') return;
      if (this.behaviour === 'answer') callback(null, { version: this.address, executionId: this.address });
      else callback(toStatus(nexumError(this.behaviour, 'as the test wants it')));
    };
  }
}
