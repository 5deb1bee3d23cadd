/** The client side: unary calls as promises, errors of the table, streams that come back after a broken connection. */
import { credentials, Metadata, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { fromStatus } from './status.js';
import type { Event__Output } from './generated/nexum/Event.js';
import type { NexumServiceClient, NexumServiceDefinition } from './generated/nexum/NexumService.js';
import { CLIENT_OPTIONS, loadProtocol } from './protocol.js';
import { ReconnectingStream, type StreamHandlers } from './reconnecting-stream.js';
import type { ExecuteRequest } from './generated/nexum/ExecuteRequest.js';
import type { ExecuteResponse__Output } from './generated/nexum/ExecuteResponse.js';
import type { WorkRequest } from './generated/nexum/WorkRequest.js';
import type { WorkResponse__Output } from './generated/nexum/WorkResponse.js';

const DEFAULT_TIMEOUT_MS = 30_000;

type StreamName = 'Work' | 'Execute' | 'WatchExecution';
/** The named methods only: the generated interface also has an index signature. */
type KnownMethods = {
  [
    K in keyof NexumServiceDefinition as string extends K ? never : number extends K ? never : K
  ]: NexumServiceDefinition[K];
};
export type MethodName = Exclude<keyof KnownMethods, StreamName>;
/** Request and response types of a method, read off the generated definition. */
type RequestOf<K extends MethodName> =
  NexumServiceDefinition[K] extends MethodDefinition<infer R, infer _A, infer _B, infer _C> ? R : never;
type ResponseOf<K extends MethodName> =
  NexumServiceDefinition[K] extends MethodDefinition<infer _A, infer _B, infer _C, infer R> ? R : never;

export class NexumClient {
  private readonly stub: NexumServiceClient;

  /** @param address `host:port`; connects when first used */
  constructor(readonly address: string) {
    this.stub = new (loadProtocol().nexum.NexumService)(address, credentials.createInsecure(), CLIENT_OPTIONS);
  }

  /**
   * Makes one unary call. Waits for a connection until the deadline, so that a server that just restarts is no error.
   * @throws NexumError SERVER_UNREACHABLE, or whatever the server threw
   */
  call<K extends MethodName>(
    method: K,
    request: RequestOf<K>,
    options: { timeoutMs?: number; waitForReady?: boolean } = {},
  ): Promise<ResponseOf<K>> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      const metadata = new Metadata({ waitForReady: options.waitForReady ?? false });
      const done = (error: ServiceError | null, response?: ResponseOf<K>): void => {
        if (error) reject(fromStatus(error, this.address));
        else resolve(response as ResponseOf<K>);
      };
      const invoke = this.stub[method] as unknown as (
        request: RequestOf<K>,
        metadata: Metadata,
        options: { deadline: number },
        callback: typeof done,
      ) => void;
      invoke.call(this.stub, request, metadata, { deadline }, done);
    });
  }

  work(
    handlers: StreamHandlers<WorkRequest, WorkResponse__Output>,
  ): ReconnectingStream<WorkRequest, WorkResponse__Output> {
    return new ReconnectingStream(() => this.stub.Work(), handlers);
  }

  execute(
    handlers: StreamHandlers<ExecuteRequest, ExecuteResponse__Output>,
  ): ReconnectingStream<ExecuteRequest, ExecuteResponse__Output> {
    return new ReconnectingStream(() => this.stub.Execute(), handlers);
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
      const stream: ClientReadableStream<Event__Output> = this.stub.WatchExecution(
        { executionId, afterSeq },
        new Metadata({ waitForReady: true }),
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
        const known = fromStatus(error as ServiceError, this.address);
        const gone = Date.now() - lastHeardMs > (options.reconnectMs ?? DEFAULT_TIMEOUT_MS);
        if (!known.retryable || gone) throw known;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      } finally {
        options.signal?.removeEventListener('abort', abort);
      }
    }
  }

  close(): void {
    this.stub.close();
  }
}

/** Between two tries of a watch; the channel's own backoff does the rest. */
const RETRY_MS = 100;
