/**
 * A network between a client and PostgreSQL that fails on purpose. It reads just enough of the protocol (version 3, without
 * TLS; PostgreSQL manual, chapter "Frontend/Backend Protocol") to cut a connection around a COMMIT, on either side of it.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { ClientMessages, ServerMessages } from './postgres-messages.js';

export type CutMoment = 'before' | 'after';

export interface CutPlan {
  /** Connections to cut before the plan has ended; default 1. */
  readonly times?: number;
  /** Only each n-th COMMIT is hit; default 1. */
  readonly every?: number;
}

/** What a test may choose a connection by. */
export interface ProxiedConnection {
  readonly id: number;
  /** Channels that it listens to. */
  readonly channels: ReadonlySet<string>;
}

export class TcpProxy {
  /** Connections that were cut at a COMMIT. */
  cuts = 0;
  /** COMMIT messages of clients, cut or not. */
  commits = 0;
  /** Connections that were ever opened. */
  opened = 0;
  notificationsDropped = 0;
  /** While true, no NotificationResponse reaches a client. */
  dropNotifications = false;
  private plan: { moment: CutMoment; remaining: number; every: number; seen: number } | undefined;
  private readonly connections = new Set<Connection>();
  private listener: Server | undefined;
  private port = 0;

  private constructor(private readonly target: URL) {}

  static async open(targetUrl: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(targetUrl));
    await proxy.accept();
    return proxy;
  }

  /** The target, through this proxy. */
  get url(): string {
    const url = new URL(this.target.href);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /**
   * Cuts the connections that are about to commit: `before` the server sees the COMMIT, or `after` it has committed and
   * said so; the answer is swallowed. The client sees a reset in both cases.
   */
  cutCommit(moment: CutMoment, { times = 1, every = 1 }: CutPlan = {}): void {
    this.plan = { moment, remaining: times, every, seen: 0 };
  }

  /** True until every cut that was asked for has happened. */
  get cutting(): boolean {
    return (this.plan?.remaining ?? 0) > 0;
  }

  stopCutting(): void {
    this.plan = undefined;
  }

  /** Resets every connection now; new ones are taken. */
  cutAll(): void {
    for (const connection of this.connections) connection.cut();
  }

  /** New connections are refused, as by a server that is not there, until `accept`. */
  async refuse(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    // Its end waits for the connections that it took; it is deaf at once.
    listener?.close();
    await Promise.resolve();
  }

  async accept(): Promise<void> {
    if (this.listener) return;
    const listener = createServer({ noDelay: true }, (client) => this.take(client));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (listener.address() as AddressInfo).port;
    this.listener = listener;
  }

  /**
   * From now on nothing passes through the connections that match, in either direction, and neither side sees a close;
   * returns how many there are.
   */
  freeze(matches: (connection: ProxiedConnection) => boolean = () => true): number {
    const found = [...this.connections].filter((connection) => !connection.frozen && matches(connection));
    for (const connection of found) connection.frozen = true;
    return found.length;
  }

  /** How many connections match now. */
  count(matches: (connection: ProxiedConnection) => boolean = () => true): number {
    return [...this.connections].filter(matches).length;
  }

  async close(): Promise<void> {
    await this.refuse();
    this.cutAll();
  }

  /** Asked by a connection at a COMMIT on the named side of it: true cuts. */
  private strikes(moment: CutMoment): boolean {
    const { plan } = this;
    if (moment === 'before') this.commits += 1;
    if (plan?.moment !== moment || plan.remaining === 0) return false;
    plan.seen += 1;
    if (plan.seen % plan.every !== 0) return false;
    plan.remaining -= 1;
    this.cuts += 1;
    return true;
  }

  private take(client: Socket): void {
    this.opened += 1;
    const server = connect({ host: this.target.hostname, port: Number(this.target.port || '5432'), noDelay: true });
    const connection = new Connection(this.opened, client, server, {
      strikes: (moment) => this.strikes(moment),
      dropsNotification: () => {
        if (this.dropNotifications) this.notificationsDropped += 1;
        return this.dropNotifications;
      },
      onClose: () => this.connections.delete(connection),
    });
    this.connections.add(connection);
  }
}

interface ConnectionHooks {
  readonly strikes: (moment: CutMoment) => boolean;
  readonly dropsNotification: () => boolean;
  readonly onClose: () => void;
}

class Connection implements ProxiedConnection {
  frozen = false;
  private over = false;
  private readonly fromClient = new ClientMessages();
  private readonly fromServer = new ServerMessages();

  constructor(
    readonly id: number,
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly hooks: ConnectionHooks,
  ) {
    client.on('data', (chunk) => this.passUp(chunk));
    server.on('data', (chunk) => this.passDown(chunk));
    client.on('error', () => undefined);
    server.on('error', () => undefined);
    client.on('close', () => {
      if (!this.frozen) this.finish(() => server.end());
    });
    server.on('close', () => {
      if (!this.frozen) this.finish(() => client.resetAndDestroy());
    });
  }

  get channels(): ReadonlySet<string> {
    return this.fromClient.channels;
  }

  /** The client sees a reset. What was passed on to the server before arrives there, then the end of the stream. */
  cut(): void {
    this.frozen = false;
    this.finish(() => {
      this.client.resetAndDestroy();
      this.server.end();
    });
  }

  private passUp(chunk: Buffer): void {
    if (this.over || this.frozen) return;
    const passed: Buffer[] = [];
    for (const message of this.fromClient.push(chunk)) {
      if (message.kind === 'tls-request') {
        this.client.write('N');
        continue;
      }
      if (message.kind === 'commit' && this.hooks.strikes('before')) {
        this.server.write(Buffer.concat(passed));
        this.cut();
        return;
      }
      passed.push(message.bytes);
    }
    if (passed.length > 0) this.server.write(Buffer.concat(passed));
  }

  private passDown(chunk: Buffer): void {
    if (this.over || this.frozen) return;
    const passed: Buffer[] = [];
    for (const message of this.fromServer.push(chunk)) {
      if (message.kind === 'notification' && this.hooks.dropsNotification()) continue;
      if (message.kind === 'committed' && this.hooks.strikes('after')) {
        this.cut();
        return;
      }
      passed.push(message.bytes);
    }
    if (passed.length > 0) this.client.write(Buffer.concat(passed));
  }

  private finish(end: () => void): void {
    if (this.over) return;
    this.over = true;
    this.hooks.onClose();
    end();
  }
}
