/**
 * A session whose durable calls are watched: each gets a number, is timed, and is told to whoever listens. What a call
 * does stays with the session below.
 */
import type { Json, JsonObject } from '../../core/ir.js';
import type {
  DurableCallContext,
  DurableCallOptions,
  DurableSession,
  PersonsAnswer,
  RemoteOptions,
} from '../../worker/handler.js';

/** `executed`: it ran, and its result is committed. `passed`: it ran and commits nothing. `cached`: it was read back. */
export type CallOutcome = 'executed' | 'passed' | 'cached' | 'failed';

/** The name under which a session asks people. */
export const ASK = 'ask';
/** No person answers that fast: an answer within these milliseconds was given before. */
const ANSWERED_BEFORE_MS = 500;

export interface WatchedCall {
  /** From 1, in the order in which the calls were made. */
  readonly number: number;
  readonly tool: string;
  readonly args: Json;
}

export interface EndedCall extends WatchedCall {
  readonly outcome: CallOutcome;
  readonly ms: number;
  readonly error?: unknown;
}

export interface CallWatcher {
  /** Its result is not stored: it begins to run here. */
  submitted(call: WatchedCall): void;
  /** Told right after the commit, before the caller sees the result. */
  ended(call: EndedCall): void;
}

export class WatchedSession implements DurableSession {
  readonly #inner: DurableSession;
  readonly #watcher: CallWatcher;
  #calls = 0;

  constructor(inner: DurableSession, watcher: CallWatcher) {
    this.#inner = inner;
    this.#watcher = watcher;
  }

  get id(): string {
    return this.#inner.id;
  }

  get stats(): DurableSession['stats'] {
    return this.#inner.stats;
  }

  call<T extends Json>(
    tool: string,
    args: Json,
    execute: (context: DurableCallContext) => T | Promise<T>,
    options: DurableCallOptions = {},
  ): Promise<T> {
    const ran: CallOutcome = options.repeat === 'never' ? 'passed' : 'executed';
    return this.#watch({ tool, args }, ran, (begin) => {
      const watched = (context: DurableCallContext): T | Promise<T> => {
        begin();
        return execute(context);
      };
      return this.#inner.call(tool, args, watched, options);
    });
  }

  remote<T extends Json>(tool: string, args: JsonObject, options?: RemoteOptions): Promise<T> {
    return this.#inner.remote(tool, args, options);
  }

  ask(question: string, options?: { readonly approvers?: readonly string[] }): Promise<PersonsAnswer> {
    return this.#watch({ tool: ASK, args: { question } }, 'executed', (begin) => {
      const waits = setTimeout(begin, ANSWERED_BEFORE_MS);
      return this.#inner.ask(question, options).finally(() => clearTimeout(waits));
    });
  }

  forget(
    tool: string,
    args: Json,
    options?: Pick<DurableCallOptions, 'repeat' | 'version' | 'key'> & { readonly ordinal?: number },
  ): Promise<boolean> {
    return this.#inner.forget(tool, args, options);
  }

  async #watch<T>(
    what: Pick<WatchedCall, 'tool' | 'args'>,
    ran: CallOutcome,
    run: (begin: () => void) => Promise<T>,
  ): Promise<T> {
    this.#calls += 1;
    const call: WatchedCall = { number: this.#calls, ...what };
    const clock = { fromMs: performance.now(), runs: false };
    const begin = (): void => {
      // A retry inside the call is the same call.
      if (clock.runs) return;
      clock.runs = true;
      clock.fromMs = performance.now();
      this.#watcher.submitted(call);
    };
    try {
      const result = await run(begin);
      this.#watcher.ended({ ...call, outcome: clock.runs ? ran : 'cached', ms: performance.now() - clock.fromMs });
      return result;
    } catch (error) {
      this.#watcher.ended({ ...call, outcome: 'failed', ms: performance.now() - clock.fromMs, error });
      throw error;
    }
  }
}
