/**
 * A bidirectional stream that opens again after a broken connection, and sends in batches.
 *
 * R1  `onOpen` runs at every (re)connection before anything else is sent: it must send whatever the server forgot.
 * R2  Nothing is kept over a broken connection: what has to survive is the owner's to send again in `onOpen`.
 * R3  However the stream ended, the source moves on to another server if it has one, and that one is tried at once.
 */
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';

/** First pause before a new try, in milliseconds; doubles up to the maximum. */
const BACKOFF = { firstMs: 50, maxMs: 1000 } as const;
/** Before the try at another server, which has not failed lately: only so long that a mistake does not spin. */
const MOVE_MS = 10;

export interface StreamHandlers<Request, Response> {
  onOpen(send: (request: Request) => void): void;
  onMessage(response: Response): void;
  /** The connection broke; a new one is tried after the backoff. */
  onBroken?(error: ServiceError): void;
}

/** Where the streams come from: one server, or one of several. */
export interface StreamSource<Request, Response> {
  /** The client is closed: no stream comes any more, and none is tried. */
  isClosed(): boolean;
  /** Resolves when it is known whether the next server can be reached; undefined: just connect. */
  prepare(): Promise<boolean> | undefined;
  connect(): ClientDuplexStream<Request, Response>;
  /** The server has answered on this stream. */
  succeeded(): void;
  /** The stream broke, ended or did not come about. True: another server is worth a try at once. */
  failed(): boolean;
}

export class ReconnectingStream<Request, Response> {
  private stream: ClientDuplexStream<Request, Response> | undefined;
  private backoffMs: number = BACKOFF.firstMs;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly source: StreamSource<Request, Response>,
    private readonly handlers: StreamHandlers<Request, Response>,
  ) {
    this.begin();
  }

  /** Sends now if the stream is open; otherwise drops it (R2). `onWritten` runs when the socket has taken it. */
  send(request: Request, onWritten?: () => void): void {
    this.stream?.write(request, onWritten);
  }

  /** Ends the stream from this side; the server sees a clean end. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const { stream } = this;
    this.stream = undefined;
    if (!stream) return;
    await new Promise<void>((resolve) => {
      stream.once('end', resolve);
      stream.once('error', () => resolve());
      stream.end();
    });
  }

  private begin(): void {
    if (this.source.isClosed()) return;
    const preparing = this.source.prepare();
    if (!preparing) {
      this.open();
      return;
    }
    void preparing.then((reachable) => {
      if (this.closed || this.source.isClosed()) return;
      if (reachable) this.open();
      else this.tryAgain();
    });
  }

  private open(): void {
    const stream = this.source.connect();
    let heard = false;
    this.stream = stream;
    stream.on('data', (response: Response) => {
      this.backoffMs = BACKOFF.firstMs;
      if (!heard) this.source.succeeded();
      heard = true;
      this.handlers.onMessage(response);
    });
    stream.on('error', (error: ServiceError) => this.reopen(stream, error));
    stream.on('end', () => this.reopen(stream, undefined));
    this.handlers.onOpen((request) => stream.write(request));
  }

  private reopen(stream: ClientDuplexStream<Request, Response>, error: ServiceError | undefined): void {
    if (this.closed || this.stream !== stream) return;
    this.stream = undefined;
    if (error) this.handlers.onBroken?.(error);
    this.tryAgain();
  }

  private tryAgain(): void {
    // Whoever heard of the break may have closed the stream for it.
    if (this.closed || this.source.isClosed()) return;
    if (this.source.failed()) {
      this.timer = setTimeout(() => this.begin(), MOVE_MS);
      return;
    }
    this.timer = setTimeout(() => this.begin(), this.backoffMs);
    this.backoffMs = Math.min(this.backoffMs * 2, BACKOFF.maxMs);
  }
}
