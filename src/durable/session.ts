/** One session: names its calls, counts them, tells of them. What happens to a call is decided in durable-calls.ts. */
import { setMaxListeners } from 'node:events';
import type { Json, JsonObject } from '../core/ir.js';
import { nexumError } from '../errors.js';
import { traceCall } from '../tracing/call-span.js';
import type {
  DurableCallContext,
  DurableCallOptions,
  DurableSession,
  PersonsAnswer,
  RemoteOptions,
} from '../worker/handler.js';
import { runAttempts, type Execute } from './call-attempt.js';
import { baseKey, CallKeys, type KeyOptions } from './call-key.js';
import { followCall } from './followed-call.js';
import { questionWorkflow, remoteWorkflow } from './followed-workflows.js';
import type { CallRequest, RanCall } from './call-desk.js';
import type { CallWorkflow, NexumCalls } from './nexum-calls.js';

/** Causes of an error that are looked at. */
const MAX_CAUSES = 8;

export interface CallEvent {
  readonly session: string;
  readonly tool: string;
  /** `<session>/<hash>[@version][#n]`: equal keys are the same call. */
  readonly key: string;
  readonly outcome: 'executed' | 'replayed' | 'failed';
}

export interface CallOrder extends CallRequest {
  readonly session: string;
  readonly execute: Execute;
  readonly options: DurableCallOptions;
  readonly mask?: ((text: string) => string) | undefined;
}

/** What a session needs of the process that it is in. */
export interface CallRunner {
  run(order: CallOrder, signal: AbortSignal): Promise<RanCall>;
  follow(follow: (desk: NexumCalls) => Promise<RanCall>): Promise<RanCall>;
  forget(session: string, key: string): Promise<boolean>;
}

export interface SessionDefaults {
  /** For calls that name none. */
  readonly ttlMs?: number;
  readonly onEvent?: ((event: CallEvent) => void) | undefined;
  /** Takes secrets out of the arguments and errors that are stored; keys and results stay what they are. */
  readonly mask?: ((text: string) => string) | undefined;
}

export class Session implements DurableSession {
  readonly stats = { executed: 0, replayed: 0 };
  readonly #keys: CallKeys;

  constructor(
    readonly id: string,
    private readonly signal: AbortSignal,
    private readonly calls: CallRunner,
    private readonly defaults: SessionDefaults,
  ) {
    this.#keys = new CallKeys(id);
    // Every call under way listens to it, and there may be thousands.
    setMaxListeners(0, signal);
  }

  async call<T extends Json>(
    tool: string,
    args: Json,
    execute: (context: DurableCallContext) => T | Promise<T>,
    options: DurableCallOptions = {},
  ): Promise<T> {
    const key = this.#keys.next(tool, args, options);
    const signal = options.signal ? AbortSignal.any([this.signal, options.signal]) : this.signal;
    if (options.repeat === 'never') {
      const attempt = { tool, idempotencyKey: key, attempt: 1, execute, options };
      return this.#told(tool, key, async () => ({ outputJson: await runAttempts(attempt, signal), replayed: false }));
    }
    const { ttlMs, mask } = this.defaults;
    const withDefaults = ttlMs === undefined ? options : { ttlMs, ...options };
    const order = { ...this.#request(tool, args, key, options), execute, options: withDefaults, mask };
    return this.#told(tool, key, () => this.calls.run(order, signal));
  }

  async remote<T extends Json>(tool: string, args: JsonObject, options: RemoteOptions = {}): Promise<T> {
    if ((options as KeyOptions).repeat === 'never')
      throw nexumError(
        'INVALID_REQUEST',
        `${tool}: what another process carries out is stored; repeat cannot be never`,
      );
    const key = this.#keys.next(tool, args, options);
    return this.#follow(remoteWorkflow(tool), tool, key, { session: this.id, tool, args });
  }

  async ask(question: string, { approvers }: { readonly approvers?: readonly string[] } = {}): Promise<PersonsAnswer> {
    const { mask = (text: string) => text } = this.defaults;
    const args = { question: mask(question), ...(approvers ? { approvers: [...approvers] } : {}) };
    const key = this.#keys.next('ask', args, {});
    return this.#follow(questionWorkflow(approvers), 'ask', key, { session: this.id, tool: 'ask', args });
  }

  async forget(tool: string, args: Json, options: KeyOptions & { readonly ordinal?: number } = {}): Promise<boolean> {
    const base = baseKey(this.id, tool, args, options);
    if (options.repeat !== 'sequence') return this.calls.forget(this.id, base);
    const { ordinal = 1 } = options;
    const was = await this.calls.forget(this.id, `${base}#${ordinal}`);
    // Otherwise the call would be the next of its sequence now, and the first one again for whoever comes after a crash.
    this.#keys.again(base, ordinal);
    return was;
  }

  #request(
    tool: string,
    args: Json,
    key: string,
    options: KeyOptions,
  ): { session: string; tool: string; key: string; inputJson: string } {
    const { mask } = this.defaults;
    const inTexts = (_key: string, value: unknown): unknown =>
      typeof value === 'string' && mask ? mask(value) : value;
    const inputJson = JSON.stringify({ session: this.id, tool, args: options.key ?? args }, inTexts);
    return { session: this.id, tool, key, inputJson };
  }

  #follow<T>(workflow: CallWorkflow, tool: string, key: string, input: JsonObject): Promise<T> {
    const { ttlMs = Infinity } = this.defaults;
    const request = { session: this.id, tool, key, inputJson: JSON.stringify(input), ttlMs };
    return this.#told(tool, key, () => this.calls.follow((desk) => followCall(desk, workflow, request, this.signal)));
  }

  async #told<T>(tool: string, key: string, run: () => Promise<RanCall>): Promise<T> {
    const { onEvent, mask } = this.defaults;
    try {
      const { outputJson, replayed } = await traceCall({ tool, key }, () => maskingErrors(run, mask));
      if (replayed) this.stats.replayed += 1;
      else this.stats.executed += 1;
      onEvent?.({ session: this.id, tool, key, outcome: replayed ? 'replayed' : 'executed' });
      return JSON.parse(outputJson) as T;
    } catch (error) {
      onEvent?.({ session: this.id, tool, key, outcome: 'failed' });
      throw error;
    }
  }
}

/** Whoever hears of the error, a trace or a model, hears it without secrets. */
async function maskingErrors<T>(run: () => Promise<T>, mask: ((text: string) => string) | undefined): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (mask) maskError(error, mask);
    throw error;
  }
}

/** In place: its class, its code and what it carries stay what they are. */
function maskError(error: unknown, mask: (text: string) => string): void {
  for (let each = error, depth = 0; each instanceof Error && depth < MAX_CAUSES; each = each.cause, depth += 1) {
    const { message, stack } = each;
    const masked = mask(message);
    if (masked === message || Object.isFrozen(each)) continue;
    each.message = masked;
    if (stack !== undefined) each.stack = mask(stack);
  }
}
