/**
 * A bidirectional stream that opens again after a broken connection, and sends in batches.
 *
 * R1  `onOpen` runs at every (re)connection before anything else is sent: it must send whatever the server forgot.
 * R2  Nothing is kept over a broken connection: what has to survive is the owner's to send again in `onOpen`.
 */
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';

/** First pause before a new try, in milliseconds; doubles up to the maximum. */
const BACKOFF = { firstMs: 50, maxMs: 1000 } as const;

export interface StreamHandlers<Request, Response> {
  onOpen(send: (request: Request) => void): void;
  onMessage(response: Response): void;
  /** The connection broke; a new one is tried after the backoff. */
  onBroken?(error: ServiceError): void;
}

export class ReconnectingStream<Request, Response> {
  private stream: ClientDuplexStream<Request, Response> | undefined;
  private backoffMs: number = BACKOFF.firstMs;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly connect: () => ClientDuplexStream<Request, Response>,
    private readonly handlers: StreamHandlers<Request, Response>,
  ) {
    this.open();
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

  private open(): void {
    const stream = this.connect();
    this.stream = stream;
    stream.on('data', (response: Response) => {
      this.backoffMs = BACKOFF.firstMs;
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
    this.timer = setTimeout(() => this.open(), this.backoffMs);
    this.backoffMs = Math.min(this.backoffMs * 2, BACKOFF.maxMs);
  }
}
