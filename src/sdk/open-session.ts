/** Sessions of programs: durable calls without a worker and without a pipeline. */
import type { Json } from '../core/ir.js';
import { checkSessionId, checkToolName } from '../durable/call-key.js';
import type { CallEvent } from '../durable/session.js';
import { callRecord, type CallRecord } from '../durable/call-record.js';
import { nexumError } from '../errors.js';
import type { DurableCallContext, DurableCallOptions, DurableSession } from '../worker/handler.js';
import { openLink, type Link, type LinkOptions } from './link.js';

/** How long `close` lets calls under way end, in milliseconds. */
const CLOSE_GRACE_MS = 10_000;
/** Longer timers fire at once (Node). */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface SessionOptions extends LinkOptions {
  /** 1 to 64 letters, digits, `_`, `.` and `-`; equal ids are one session, in whatever process. */
  readonly id: string;
  /** For calls that name none: a result older than this many milliseconds is made again. Default: none ever is. */
  readonly ttlMs?: number;
  readonly onEvent?: (event: CallEvent) => void;
}

/** Of a tool, `key` may also be a function of the arguments. */
export type ToolOptions<Args> = Omit<DurableCallOptions, 'key' | 'signal'> & {
  readonly key?: Json | ((args: Args) => Json);
};

export interface ProgramSession extends DurableSession, AsyncDisposable {
  call: DurableSession['call'] & {
    /** A stream is drained: its pieces are the result. */
    <T extends Json>(
      tool: string,
      args: Json,
      execute: (context: DurableCallContext) => AsyncIterable<T> | Promise<AsyncIterable<T>>,
      options?: DurableCallOptions,
    ): Promise<T[]>;
  };
  /**
   * Returns `run` as a durable function: each call of it is a durable call with its arguments.
   *
   * @example
   * const price = session.tool('price', async ({ item }: { item: string }) => fetchPrice(item), { ttlMs: 60_000 });
   * await price({ item: 'apple' });
   */
  tool<Args extends Json, Result extends Json>(
    name: string,
    run: (args: Args, context: DurableCallContext) => Result | Promise<Result>,
    options?: ToolOptions<Args>,
  ): (args: Args, options?: { readonly signal?: AbortSignal }) => Promise<Result>;
  /** What the session holds, oldest first; with `payloads` also arguments and results. */
  list(options?: { readonly payloads?: boolean }): Promise<readonly CallRecord[]>;
  /**
   * Forgets every call of the session; returns how many there were.
   * @param options `cancel`: stops what is under way, and forgets it too
   * @throws NexumError CALL_RUNNING when something is under way; everything else is forgotten then
   */
  forgetAll(options?: { readonly cancel?: boolean }): Promise<number>;
  /** Lets calls under way end for at most `graceMs` (default 10 s), stops the rest, leaves. Idempotent. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Opens a session: a namespace in which each call is committed under its tool and arguments, and runs again only when it
 * was not. Without an address the server is in this process, on the data folder (`dataDir`, NEXUM_HOME, `./.nexum`), or
 * in whatever process has that folder open. A session that is not closed keeps its process alive only for its calls.
 *
 * @throws NexumError INVALID_REQUEST for what is no session id; STORE_LOCKED, STORE_VERSION, STORE_BROKEN
 * @example
 * const session = await openSession({ id: 'demo' });
 * const page = await session.call('fetch', { url }, async ({ signal }) => (await fetch(url, { signal })).text());
 * await session.close();
 */
export async function openSession(options: SessionOptions): Promise<ProgramSession> {
  checkSessionId(options.id);
  return new OpenSession(options, await openLink(options));
}

class OpenSession implements ProgramSession {
  readonly id: string;
  readonly #session: DurableSession;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(
    { id, ttlMs, onEvent }: SessionOptions,
    private readonly link: Link,
  ) {
    this.id = id;
    const defaults = { ...(ttlMs === undefined ? {} : { ttlMs }), ...(onEvent ? { onEvent } : {}) };
    this.#session = link.calls.openSession(id, this.#stop.signal, defaults);
  }

  get stats(): DurableSession['stats'] {
    return this.#session.stats;
  }

  // Also for streams, which the session drains.
  readonly call = ((
    tool: string,
    args: Json,
    execute: (context: DurableCallContext) => Json,
    options?: DurableCallOptions,
  ) => this.#run(() => this.#session.call(tool, args, execute, options))) as ProgramSession['call'];

  readonly remote: DurableSession['remote'] = (tool, args, options) =>
    this.#run(() => this.#session.remote(tool, args, options));

  readonly ask: DurableSession['ask'] = (question, options) => this.#run(() => this.#session.ask(question, options));

  readonly forget: DurableSession['forget'] = (tool, args, options) =>
    this.#run(() => this.#session.forget(tool, args, options));

  tool<Args extends Json, Result extends Json>(
    name: string,
    run: (args: Args, context: DurableCallContext) => Result | Promise<Result>,
    { key, ...options }: ToolOptions<Args> = {},
  ): (args: Args, options?: { readonly signal?: AbortSignal }) => Promise<Result> {
    checkToolName(name);
    return (args, { signal } = {}) => {
      const keyed = typeof key === 'function' ? key(args) : key;
      const own = { ...(keyed === undefined ? {} : { key: keyed }), ...(signal ? { signal } : {}) };
      return this.#run(() => this.#session.call(name, args, (context) => run(args, context), { ...options, ...own }));
    };
  }

  list({ payloads = false }: { readonly payloads?: boolean } = {}): Promise<readonly CallRecord[]> {
    return this.#run(async () => {
      await this.link.calls.requireCalls('the list of calls');
      const records: CallRecord[] = [];
      for await (const call of this.link.calls.client.listCalls(this.id, { payloads })) records.push(callRecord(call));
      return records;
    });
  }

  forgetAll({ cancel = false }: { readonly cancel?: boolean } = {}): Promise<number> {
    return this.#run(async () => {
      await this.link.calls.requireCalls('forgetting calls');
      const { forgotten, kept } = await this.link.calls.client.forgetCalls(this.id, { cancel });
      if (kept > 0) throw nexumError('CALL_RUNNING', `${kept} calls of session ${this.id} are under way`, { kept });
      return forgotten;
    });
  }

  close({ graceMs = CLOSE_GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    return (this.#closing ??= this.#close(graceMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(nexumError('SESSION_CLOSED', `session ${this.id} is closed`));
    const running = work();
    this.#running.add(running);
    const done = (): void => void this.#running.delete(running);
    running.then(done, done);
    return running;
  }

  async #close(graceMs: number): Promise<void> {
    const timer = setTimeout(
      () => {
        this.#stop.abort(nexumError('SESSION_CLOSED', `session ${this.id} was closed`));
      },
      Math.min(graceMs, MAX_TIMER_MS),
    );
    await Promise.allSettled(this.#running);
    clearTimeout(timer);
    await this.link.close();
  }
}
