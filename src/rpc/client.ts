/**
 * The client side: unary calls as promises, errors of the table, streams that come back after a broken connection.
 *
 * With one address a call fails when that server does. With several, a call that may be repeated goes on at the next
 * server within its deadline, and so do all streams.
 */
import type { ClientDuplexStream, ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { setTimeout as pause } from 'node:timers/promises';
import { nexumError, type NexumError } from '../errors.js';
import { Channels } from './channels.js';
import { checkToken, parseAddresses, type Connection } from './connection.js';
import { Endpoints, type Endpoint, type EndpointOptions } from './endpoints.js';
import type { CallInfo__Output } from './generated/nexum/CallInfo.js';
import type { Event__Output } from './generated/nexum/Event.js';
import type { ExecuteRequest } from './generated/nexum/ExecuteRequest.js';
import type { ExecuteResponse__Output } from './generated/nexum/ExecuteResponse.js';
import type { ExecutionDetail__Output } from './generated/nexum/ExecutionDetail.js';
import type { NexumServiceClient } from './generated/nexum/NexumService.js';
import type { SessionInfo__Output } from './generated/nexum/SessionInfo.js';
import type { WorkRequest } from './generated/nexum/WorkRequest.js';
import type { WorkResponse__Output } from './generated/nexum/WorkResponse.js';
import { isRepeatable, type MethodName, type RequestOf, type ResponseOf } from './methods.js';
import { fillPayloads, readChunks } from './payload-reader.js';
import { ReconnectingStream, type StreamHandlers, type StreamSource } from './reconnecting-stream.js';
import { fromStatus, reasonOf } from './status.js';

const DEFAULT_TIMEOUT_MS = 30_000;
/** Between two tries of a watch, and between two rounds over all servers; the channel's own backoff does the rest. */
const RETRY_MS = 100;
/** Before a watch goes on at another server. */
const MOVE_MS = 10;
/** What another server may well do: this one is gone, is going, or cannot reach its store. */
const ELSEWHERE: ReadonlySet<string> = new Set(['SERVER_UNREACHABLE', 'SERVER_STOPPING', 'STORE_UNAVAILABLE']);

export interface CallOptions {
  readonly timeoutMs?: number;
  /** Wait for a server until the deadline instead of failing when none can be reached. */
  readonly waitForReady?: boolean;
}

export interface ClientOptions extends EndpointOptions {
  /** The service of this very process (local-stub.ts), which stands at the only address. */
  readonly local?: NexumServiceClient | undefined;
}

/** One try at one server. */
type Attempt<T> = (endpoint: Endpoint, deadlineMs: number, waitForReady: boolean) => Promise<T>;

export class NexumClient {
  readonly connection: Connection;
  private readonly endpoints: Endpoints;
  private readonly channels: Channels;
  private closed = false;

  /**
   * Connects when first used.
   * @param connection a description, or addresses separated by commas: `host:port,host:port`
   * @throws NexumError USAGE for what is no address; INSECURE_TOKEN
   */
  constructor(connection: Connection | string, options: ClientOptions = {}) {
    const given = typeof connection === 'string' ? { addresses: [connection] } : connection;
    this.connection = { ...given, addresses: parseAddresses(given.addresses.join(',')) };
    checkToken(this.connection);
    this.endpoints = new Endpoints(this.connection.addresses, options);
    this.channels = new Channels(this.connection, options.local);
  }

  /** All addresses, as `--server` takes them. */
  get address(): string {
    return this.connection.addresses.join(',');
  }

  /** Where the next call goes. */
  get currentAddress(): string {
    return this.endpoints.current().address;
  }

  /**
   * Makes one unary call.
   * @throws NexumError SERVER_UNREACHABLE, or whatever the server threw
   */
  async call<K extends MethodName>(
    method: K,
    request: RequestOf<K>,
    options: CallOptions = {},
  ): Promise<ResponseOf<K>> {
    return this.ask(options, isRepeatable(method, request), (endpoint, deadline, waitForReady) =>
      this.invoke(endpoint, method, request, deadline, waitForReady),
    );
  }

  /**
   * Reads everything about one execution, payloads of any size included.
   * @throws NexumError EXECUTION_NOT_FOUND, SERVER_UNREACHABLE
   */
  async getExecution(executionId: string): Promise<ExecutionDetail__Output> {
    const detail = await this.call('GetExecution', { executionId });
    return fillPayloads(detail, (seq) => this.payload(executionId, seq));
  }

  /**
   * Reads the payload of one event, JSON text of any size; event 1 holds the input.
   * @throws NexumError EXECUTION_NOT_FOUND also for an event without a payload; SERVER_UNREACHABLE
   */
  payload(executionId: string, seq: number): Promise<string> {
    return this.ask({}, true, async (endpoint, deadline, waitForReady) => {
      const metadata = this.channels.metadata({ waitForReady });
      try {
        const stream = this.channels.stub(endpoint).GetPayload({ executionId, seq }, metadata, { deadline });
        const text = await readChunks(stream);
        this.endpoints.succeeded(endpoint);
        return text;
      } catch (error) {
        throw this.refused(error as ServiceError, endpoint);
      }
    });
  }

  /** Yields the durable calls of a session, oldest first. @throws NexumError UNSUPPORTED_SERVER, SERVER_UNREACHABLE */
  async *listCalls(session: string, options: { readonly payloads?: boolean } = {}): AsyncGenerator<CallInfo__Output> {
    for (let afterExecutionId = '', more = true; more;) {
      const page = await this.call('ListCalls', { session, afterExecutionId, payloads: options.payloads ?? false });
      yield* page.calls;
      afterExecutionId = page.calls.at(-1)?.executionId ?? '';
      more = page.more && page.calls.length > 0;
    }
  }

  /** Yields the sessions of programs by name, without those of activations. */
  async *listSessions(): AsyncGenerator<SessionInfo__Output> {
    for (let afterSession = '', more = true; more;) {
      const page = await this.call('ListSessions', { afterSession });
      yield* page.sessions;
      afterSession = page.sessions.at(-1)?.session ?? '';
      more = page.more && page.sessions.length > 0;
    }
  }

  /**
   * Forgets the calls of a session, or those of it under these keys, so that they run again when they are asked for. What
   * is under way is kept, and counted, unless `cancel` stops it first.
   */
  forgetCalls(
    session: string,
    options: { readonly keys?: readonly string[]; readonly cancel?: boolean } = {},
  ): Promise<{ readonly forgotten: number; readonly kept: number }> {
    const { keys = [], cancel = false } = options;
    return this.call('ForgetCalls', { session, keys: [...keys], cancel });
  }

  work(
    handlers: StreamHandlers<WorkRequest, WorkResponse__Output>,
  ): ReconnectingStream<WorkRequest, WorkResponse__Output> {
    return new ReconnectingStream(
      this.source((stub, metadata) => stub.Work(metadata)),
      handlers,
    );
  }

  execute(
    handlers: StreamHandlers<ExecuteRequest, ExecuteResponse__Output>,
  ): ReconnectingStream<ExecuteRequest, ExecuteResponse__Output> {
    return new ReconnectingStream(
      this.source((stub, metadata) => stub.Execute(metadata)),
      handlers,
    );
  }

  /**
   * Yields the events of an execution after `afterSeq`, past ones first; ends after the closing event. A broken
   * connection is taken up again after the last event seen.
   * @throws NexumError EXECUTION_NOT_FOUND; SERVER_UNREACHABLE when no server answers within `reconnectMs`
   */
  async *watch(
    executionId: string,
    options: { afterSeq?: number; signal?: AbortSignal; reconnectMs?: number } = {},
  ): AsyncIterable<Event__Output> {
    let afterSeq = options.afterSeq ?? 0;
    let lastHeardMs = Date.now();
    for (;;) {
      const endpoint = await this.channels.next(this.endpoints);
      if (options.signal?.aborted) return;
      const stream: ClientReadableStream<Event__Output> = this.channels
        .stub(endpoint)
        .WatchExecution(
          { executionId, afterSeq },
          this.channels.metadata({ waitForReady: this.endpoints.count === 1 }),
        );
      const abort = (): void => stream.cancel();
      options.signal?.addEventListener('abort', abort, { once: true });
      try {
        for await (const event of stream) {
          const next = event as Event__Output;
          afterSeq = next.seq;
          lastHeardMs = Date.now();
          yield next;
        }
        return;
      } catch (error) {
        if (options.signal?.aborted) return;
        const known = this.readError(error as ServiceError, endpoint);
        const gone = Date.now() - lastHeardMs > (options.reconnectMs ?? DEFAULT_TIMEOUT_MS);
        if (!known.retryable || gone) throw known;
        await pause(this.endpoints.failed(endpoint) ? MOVE_MS : RETRY_MS);
      } finally {
        options.signal?.removeEventListener('abort', abort);
      }
    }
  }

  close(): void {
    this.closed = true;
    this.channels.close();
  }

  /** One call, one server. */
  private invoke<K extends MethodName>(
    endpoint: Endpoint,
    method: K,
    request: RequestOf<K>,
    deadline: number,
    waitForReady: boolean,
  ): Promise<ResponseOf<K>> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, response?: ResponseOf<K>): void => {
        if (!error) {
          this.endpoints.succeeded(endpoint);
          resolve(response as ResponseOf<K>);
          return;
        }
        reject(this.refused(error, endpoint));
      };
      const stub = this.channels.stub(endpoint);
      const send = stub[method] as unknown as (
        request: RequestOf<K>,
        metadata: Metadata,
        options: { deadline: number },
        callback: typeof done,
      ) => void;
      send.call(stub, request, this.channels.metadata({ waitForReady }), { deadline }, done);
    });
  }

  /** Asks the current server, or one after the other until one answers or nothing is left to try. */
  private async ask<T>(options: CallOptions, repeatable: boolean, attempt: Attempt<T>): Promise<T> {
    const deadlineMs = Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const waitForReady = options.waitForReady ?? false;
    const resolving = this.endpoints.ready();
    if (resolving) await resolving;
    if (this.endpoints.count === 1) return attempt(this.endpoints.current(), deadlineMs, waitForReady);
    for (let tried = 1; ; tried += 1) {
      const endpoint = this.endpoints.current();
      const last = !waitForReady && tried >= this.endpoints.count;
      // The last one is asked in any case: what the channel answers says why it cannot be reached.
      if (last || (await this.channels.reach(endpoint, deadlineMs))) {
        try {
          return await attempt(endpoint, deadlineMs, false);
        } catch (error) {
          const known = error as NexumError;
          const over = last || this.closed || Date.now() >= deadlineMs;
          if (over || !ELSEWHERE.has(known.code) || !repeatable) throw known;
        }
      } else {
        this.endpoints.failed(endpoint);
        if (this.closed) throw this.unreachable('the client is closed');
        if (Date.now() >= deadlineMs) throw this.unreachable('not within the deadline');
      }
      if (tried % this.endpoints.count === 0) await pause(RETRY_MS);
    }
  }

  private source<Request, Response>(
    open: (stub: NexumServiceClient, metadata: Metadata) => ClientDuplexStream<Request, Response>,
  ): StreamSource<Request, Response> {
    let endpoint: Endpoint | undefined;
    return {
      isClosed: () => this.closed,
      prepare: () => {
        const resolving = this.endpoints.ready();
        if (!resolving && this.endpoints.count === 1) return undefined;
        return (async () => {
          await resolving;
          endpoint = this.endpoints.current();
          return this.endpoints.count === 1 || (await this.channels.reach(endpoint));
        })();
      },
      connect: () => {
        endpoint = this.endpoints.current();
        return open(this.channels.stub(endpoint), this.channels.metadata());
      },
      succeeded: () => {
        if (endpoint) this.endpoints.succeeded(endpoint);
      },
      failed: () => this.endpoints.failed(endpoint ?? this.endpoints.current()),
    };
  }

  /** What an answer means for the call, and for whom the next one asks. */
  private refused(error: ServiceError, endpoint: Endpoint): NexumError {
    const known = this.readError(error, endpoint);
    if (ELSEWHERE.has(known.code)) this.endpoints.failed(endpoint);
    return known;
  }

  private readError(error: ServiceError, endpoint: Endpoint): NexumError {
    const known = fromStatus(error, endpoint.address);
    return known.code === 'SERVER_UNREACHABLE' ? this.unreachable(reasonOf(error.details), error) : known;
  }

  private unreachable(reason: string, cause?: unknown): NexumError {
    const { addresses } = this.connection;
    const message = `no server answers at ${addresses.join(', ')} (${reason})`;
    return nexumError('SERVER_UNREACHABLE', message, { address: this.address, addresses }, cause);
  }
}
