/**
 * Holds the scripted nodes of all workers: each call waits here until its performance lets it return. So a test decides
 * what commits next, over any number of worker processes, and knows what was under way when one of them died.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Call {
  readonly executionId: string;
  /** `node#iteration` */
  readonly activation: string;
  readonly attempt: number;
  readonly pid: number;
}

export type Order = 'finish' | 'return';

/** Whoever conducts one execution. */
export interface Listener {
  called(call: Call): void;
  /** It has done everything, as `finish` asked, and waits for `return`. */
  done(call: Call): void;
  /** It will never return: its process died, or it was cancelled. */
  gone(call: Call): void;
}

interface Message extends Omit<Call, 'activation'> {
  readonly what: 'called' | 'done' | 'aborted';
  readonly id: number;
  readonly node: string;
  readonly iteration: number;
}

export class Conductor {
  private readonly listeners = new Map<string, Listener>();
  /** Calls that came before anybody listened. */
  private readonly early = new Map<string, Call[]>();
  private readonly places = new Map<Call, { readonly socket: Socket; readonly id: number }>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.serve(socket));
  }

  static async open(): Promise<Conductor> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Conductor(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  listen(executionId: string, listener: Listener): void {
    this.listeners.set(executionId, listener);
    for (const call of this.early.get(executionId) ?? []) listener.called(call);
    this.early.delete(executionId);
  }

  /** In one message per process, so that it takes all orders in one turn. */
  order(calls: readonly Call[], order: Order): void {
    const bySocket = new Map<Socket, { id: number; order: Order }[]>();
    for (const call of calls) {
      const place = this.places.get(call);
      if (!place) continue;
      if (order === 'return') this.places.delete(call);
      const orders = bySocket.get(place.socket) ?? [];
      bySocket.set(place.socket, [...orders, { id: place.id, order }]);
    }
    for (const [socket, orders] of bySocket) socket.write(`${JSON.stringify(orders)}\n`);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    const calls = new Map<number, Call>();
    let rest = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.hear(socket, calls, JSON.parse(line) as Message);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      for (const call of calls.values()) this.lose(call);
    });
  }

  private hear(socket: Socket, calls: Map<number, Call>, message: Message): void {
    const { what, id, executionId, node, iteration, attempt, pid } = message;
    if (what === 'called') {
      const call: Call = { executionId, activation: `${node}#${iteration}`, attempt, pid };
      calls.set(id, call);
      this.places.set(call, { socket, id });
      const listener = this.listeners.get(executionId);
      if (listener) listener.called(call);
      else this.early.set(executionId, [...(this.early.get(executionId) ?? []), call]);
      return;
    }
    const call = calls.get(id);
    if (!call) return;
    if (what === 'done') this.listeners.get(call.executionId)?.done(call);
    else this.lose(call);
  }

  private lose(call: Call): void {
    if (this.places.delete(call)) this.listeners.get(call.executionId)?.gone(call);
  }
}
