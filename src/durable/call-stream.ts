/**
 * Starts of one-node executions over one Execute stream per process: "here is the stored result", "somebody else is at
 * it, wait", or "you hold the lease, run it".
 *
 * C1  Starts are idempotent by their key: after a broken connection everything that is unanswered is sent again.
 * C2  Who stopped waiting gets no lease: one that comes too late is given back at once.
 * C3  The stream is open only while somebody needs it: an idle session must not keep its process alive.
 * C4  An end is news to whoever asked before it: that caller hears the error, everybody later starts the call anew.
 */
import { isErrorCode, nexumError, type NexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import type { ExecuteFinished__Output } from '../rpc/generated/nexum/ExecuteFinished.js';
import type { ExecuteRequest } from '../rpc/generated/nexum/ExecuteRequest.js';
import type { ExecuteResponse__Output } from '../rpc/generated/nexum/ExecuteResponse.js';
import type { ExecuteStart } from '../rpc/generated/nexum/ExecuteStart.js';
import type { ExecuteStarted__Output } from '../rpc/generated/nexum/ExecuteStarted.js';
import type { StartRequest } from '../rpc/generated/nexum/StartRequest.js';
import type { PollResponse__Output } from '../rpc/generated/nexum/PollResponse.js';
import type { ReconnectingStream } from '../rpc/reconnecting-stream.js';
import { asError } from './abortable.js';
import type { StoredCall } from './call-desk.js';

/** Codes of a server that cannot answer just now: asked again, because the call is not at fault. */
const AGAIN: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'SERVER_STOPPING']);
const AGAIN_MS = 200;
/** How long the stream stays open for the next call, in milliseconds. Longer: the process ends that much later. */
const IDLE_MS = 50;

export type Answer =
  /** `lateMs`: how long ago the lease may have begun. */
  | { readonly kind: 'task'; readonly task: PollResponse__Output; readonly lateMs: number }
  /** `fresh`: it ended while this caller waited (C4). */
  | (StoredCall & { readonly fresh: boolean })
  | { readonly kind: 'ended'; readonly executionId: string; readonly fresh: boolean; readonly error: NexumError };

interface Pending {
  readonly start: ExecuteStart;
  readonly claims: boolean;
  /** On the monotonic clock. */
  readonly askedMs: number;
  /** The newest time that it was sent. */
  sentMs: number;
  /** C2 */
  abandoned: boolean;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export interface CallStreamHooks {
  /** The connection broke while somebody waits. */
  onBroken?(): void;
  /** A lease that nobody wants any more. */
  onUnwanted(task: PollResponse__Output): void;
}

export class CallStream {
  private readonly starting = new Map<number, Pending>();
  private readonly waiting = new Map<string, Pending[]>();
  private stream: ReconnectingStream<ExecuteRequest, ExecuteResponse__Output> | undefined;
  private idle: NodeJS.Timeout | undefined;
  private users = 0;
  private lastRef = 0;
  private problem: NexumError | undefined;

  constructor(
    private readonly client: NexumClient,
    private readonly hooks: CallStreamHooks,
  ) {}

  /** C3 */
  hold(): void {
    this.users += 1;
    clearTimeout(this.idle);
    this.stream ??= this.client.execute({
      onOpen: (send) => this.repeat(send),
      onMessage: (response) => this.receive(response),
      onBroken: () => this.hooks.onBroken?.(),
    });
  }

  release(): void {
    this.users -= 1;
    if (this.users === 0) this.closeLater();
  }

  /** Not before the answers that are under way have come (C2). */
  private closeLater(): void {
    this.idle = setTimeout(() => {
      if (this.starting.size > 0) this.closeLater();
      else void this.closeStream();
    }, IDLE_MS).unref();
  }

  /**
   * Starts the execution of this key, or joins it. Resolves at its end; with a claim also when this process holds the lease.
   * @throws NexumError what the server refused; the reason of `signal`
   */
  start(request: StartRequest, claim: ExecuteStart['claim'], signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(asError(signal.reason));
        return;
      }
      this.lastRef += 1;
      const start = { ref: this.lastRef, request, ...(claim ? { claim } : {}) };
      const abort = (): void => {
        this.forget(pending);
        reject(asError(signal.reason));
      };
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T): void => {
          signal.removeEventListener('abort', abort);
          how(value);
        };
      const pending: Pending = {
        start,
        claims: claim !== undefined && claim !== null,
        askedMs: performance.now(),
        sentMs: performance.now(),
        abandoned: false,
        resolve: settle(resolve),
        reject: settle(reject),
      };
      signal.addEventListener('abort', abort, { once: true });
      this.begin(pending);
    });
  }

  /** Everybody who waits or will ask hears of it. */
  fail(error: NexumError): void {
    this.problem = error;
    const all = [...this.starting.values(), ...[...this.waiting.values()].flat()];
    this.starting.clear();
    this.waiting.clear();
    for (const pending of all) pending.reject(error);
  }

  async close(): Promise<void> {
    clearTimeout(this.idle);
    await this.closeStream();
  }

  private async closeStream(): Promise<void> {
    const { stream } = this;
    this.stream = undefined;
    await stream?.close();
  }

  private begin(pending: Pending): void {
    if (pending.abandoned) return;
    if (this.problem) {
      pending.reject(this.problem);
      return;
    }
    pending.sentMs = performance.now();
    this.starting.set(Number(pending.start.ref), pending);
    this.stream?.send({ starts: [pending.start] });
  }

  /** C2: the answer to a start that is under way must still be heard. */
  private forget(pending: Pending): void {
    pending.abandoned = true;
    for (const [executionId, list] of this.waiting) {
      const rest = list.filter((one) => one !== pending);
      if (rest.length > 0) this.waiting.set(executionId, rest);
      else this.waiting.delete(executionId);
    }
  }

  /** C1 */
  private repeat(send: (request: ExecuteRequest) => void): void {
    const wanted = [...this.starting.values()].filter((pending) => !pending.abandoned);
    this.starting.clear();
    for (const pending of wanted) {
      pending.sentMs = performance.now();
      this.starting.set(Number(pending.start.ref), pending);
    }
    if (wanted.length + this.waiting.size === 0) return;
    send({ starts: wanted.map((pending) => pending.start), watchExecutionIds: [...this.waiting.keys()] });
  }

  private receive(response: ExecuteResponse__Output): void {
    for (const started of response.started) this.onStarted(started);
    for (const finished of response.finished) this.onFinished(finished);
  }

  private onStarted(started: ExecuteStarted__Output): void {
    const pending = this.starting.get(started.ref);
    if (!pending) return;
    this.starting.delete(started.ref);
    if (pending.abandoned) {
      if (started.task) this.hooks.onUnwanted(started.task);
    } else if (AGAIN.has(started.code)) {
      setTimeout(() => this.begin(pending), AGAIN_MS);
    } else if (started.code !== '') {
      pending.reject(nexumError(isErrorCode(started.code) ? started.code : 'INTERNAL', started.message));
    } else if (started.task) {
      pending.resolve({ kind: 'task', task: started.task, lateMs: performance.now() - pending.sentMs });
    } else {
      this.waiting.set(started.executionId, [...(this.waiting.get(started.executionId) ?? []), pending]);
    }
  }

  private onFinished(finished: ExecuteFinished__Output): void {
    const { executionId, status, code } = finished;
    const list = this.waiting.get(executionId) ?? [];
    // The holder failed or died: whoever asks first holds the lease now. An execution without one goes on by itself.
    const stays = status === 'READY' ? list.filter(({ claims }) => !claims) : [];
    if (stays.length > 0) this.waiting.set(executionId, stays);
    else this.waiting.delete(executionId);
    for (const pending of list) {
      // It was forgotten meanwhile: the key is free.
      if (code === 'EXECUTION_NOT_FOUND' || (status === 'READY' && pending.claims)) this.begin(pending);
      else if (status !== 'READY') pending.resolve(endOf(finished, pending));
    }
  }
}

function endOf(finished: ExecuteFinished__Output, { askedMs }: Pending): Answer {
  const { executionId, status, outputJson, code, message, ageMs } = finished;
  const fresh = ageMs <= performance.now() - askedMs;
  if (status === 'COMPLETED') return { kind: 'stored', executionId, outputJson, ageMs, fresh };
  const text = message === '' ? `the call is ${status}` : message;
  const error = nexumError(isErrorCode(code) ? code : 'TOOL_FAILED', text, { executionId, status });
  return { kind: 'ended', executionId, fresh, error };
}
