/**
 * Durable calls: each is a one-node execution under a deterministic key. A committed call never runs again in its
 * session; an effect whose process died between the effect and its commit runs again, with the same idempotency key.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { canonicalJson } from '../core/canonical-json.js';
import type { Json, WorkflowIr } from '../core/ir.js';
import { toJsonText } from '../core/json-text.js';
import { errorMessage, NexumError, nexumError } from '../errors.js';
import { failpoint } from '../failpoint.js';
import type { NexumClient } from '../rpc/client.js';
import type { PollResponse__Output } from '../rpc/generated/nexum/PollResponse.js';
import type { DurableCallContext, DurableCallOptions, DurableSession } from '../worker/handler.js';
import type { LeaseKeeper } from '../worker/heartbeat.js';
import { traceCall } from '../tracing/call-span.js';
import { CallStream } from './call-stream.js';

const TOOL_NAME = /^[\w.:/-]{1,128}$/;
const CALL_WORKFLOW = 'nexum.call';
/** A call is retried by whoever asks for it again, without a limit of its own: errors are never cached. */
const UNLIMITED = 1_000_000_000;
const CALL_IR: WorkflowIr = {
  nodes: {
    call: {
      type: 'EFFECT',
      dependencies: [],
      'x-nexum': {
        handler: CALL_WORKFLOW,
        retry: {
          maxAttempts: UNLIMITED,
          maxLost: UNLIMITED,
          initialIntervalMs: 0,
          multiplier: 1,
          maxIntervalMs: 0,
          jitter: 0,
          nonRetryable: [],
        },
      },
    },
  },
};
const CALL_IR_JSON = JSON.stringify(CALL_IR);
const CALL_VERSION = `sha256:${createHash('sha256').update(CALL_IR_JSON).digest('hex')}`;
/** Between two tries to deliver a result that the server did not answer for. */
const REDELIVER_MS = 200;

export interface CallEvent {
  readonly session: string;
  readonly tool: string;
  /** `<session>/<hash>[@version][#n]`: equal keys are the same call. */
  readonly key: string;
  readonly outcome: 'executed' | 'replayed' | 'failed';
}

export interface CallsOptions {
  readonly client: NexumClient;
  readonly workerId: string;
  readonly leaseMs: number;
  readonly leases: LeaseKeeper;
  readonly onEvent?: (event: CallEvent) => void;
}

/** The durable calls of one process: one stream, one registration, many sessions. */
export class DurableCalls {
  private readonly stream: CallStream;
  private registered: Promise<unknown> | undefined;

  constructor(private readonly options: CallsOptions) {
    this.stream = new CallStream(options.client);
  }

  /** @param id unique per activation; it becomes part of every key */
  openSession(id: string, signal: AbortSignal): DurableSession {
    return new Session(id, signal, this);
  }

  async close(): Promise<void> {
    await this.stream.close();
  }

  get events(): CallsOptions['onEvent'] {
    return this.options.onEvent;
  }

  /** Returns the stored result, or runs `execute` under a lease and commits what it returns. */
  async run(
    key: string,
    inputJson: string,
    signal: AbortSignal,
    execute: (context: DurableCallContext) => Json | Promise<Json>,
  ): Promise<{ outputJson: string; replayed: boolean }> {
    await this.register(signal);
    const { workerId, leaseMs, leases } = this.options;
    const claim = await abortable(
      this.stream.claim({
        workflowId: CALL_WORKFLOW,
        versionHash: CALL_VERSION,
        inputJson,
        idempotencyKey: key,
        workerId,
        leaseMs,
      }),
      signal,
    );
    if (claim.kind === 'stored') return { outputJson: claim.outputJson, replayed: true };
    const { task } = claim;
    leases.hold([task]);
    failpoint('call.claimed');
    try {
      const result = await execute({ idempotencyKey: key, attempt: task.attempt, signal, progress: () => undefined });
      const outputJson = toJsonText(result, `the result of ${key}`);
      failpoint('call.executed');
      await this.deliver(task, outputJson);
      failpoint('call.committed');
      return { outputJson, replayed: false };
    } catch (error) {
      await this.giveBack(task, error);
      throw error;
    } finally {
      leases.drop(task.taskId);
    }
  }

  /** W1: a result that was sent once is sent until the server answers, and never becomes a failure. */
  private async deliver(task: PollResponse__Output, outputJson: string): Promise<void> {
    for (;;) {
      try {
        await this.options.client.call('CompleteTask', { taskId: task.taskId, outputJson }, { waitForReady: true });
        return;
      } catch (error) {
        if (!(error instanceof NexumError) || !error.retryable) throw new Undelivered(errorMessage(error), error);
        await pause(REDELIVER_MS);
      }
    }
  }

  private async giveBack(task: PollResponse__Output, error: unknown): Promise<void> {
    if (error instanceof Undelivered) return;
    const code = error instanceof NexumError ? error.code : 'TOOL_FAILED';
    await this.options.client
      .call('FailTask', { taskId: task.taskId, errorMessage: errorMessage(error), errorCode: code })
      // The lease ends by itself; the caller needs the error of the call, not this one.
      .catch(() => undefined);
  }

  /** Asks until a server answers: that it restarts just now must not cost the node an attempt. */
  private async register(signal: AbortSignal): Promise<void> {
    for (;;) {
      const registered = (this.registered ??= this.options.client.call(
        'RegisterWorkflow',
        { workflowId: CALL_WORKFLOW, versionHash: CALL_VERSION, irJson: CALL_IR_JSON },
        { waitForReady: true },
      ));
      try {
        await abortable(registered, signal);
        return;
      } catch (error) {
        if (this.registered === registered) this.registered = undefined;
        if (!(error instanceof NexumError) || !error.retryable || signal.aborted) throw error;
        await pause(REDELIVER_MS, undefined, { signal });
      }
    }
  }
}

/** The server refused the result: the lease is lost, another attempt owns the call. */
class Undelivered extends Error {
  override readonly name = 'Undelivered';
  constructor(message: string, cause: unknown) {
    super(`the result of a durable call could not be committed: ${message}`, { cause });
  }
}

class Session implements DurableSession {
  readonly stats = { executed: 0, replayed: 0 };
  /** Identical calls so far in this attempt, for `sequence`. */
  private readonly ordinals = new Map<string, number>();

  constructor(
    readonly id: string,
    private readonly signal: AbortSignal,
    private readonly calls: DurableCalls,
  ) {}

  async call<T extends Json>(
    tool: string,
    args: Json,
    execute: (context: DurableCallContext) => T | Promise<T>,
    options: DurableCallOptions = {},
  ): Promise<T> {
    if (!TOOL_NAME.test(tool))
      throw nexumError('INVALID_REQUEST', `${JSON.stringify(tool)} is not a tool name (letters, digits, _ . : / -)`);
    const key = this.key(tool, args, options);
    if (options.repeat === 'never')
      return execute({ idempotencyKey: key, attempt: 1, signal: this.signal, progress: () => undefined });
    const inputJson = JSON.stringify({ session: this.id, tool, args: options.key ?? args });
    try {
      const { outputJson, replayed } = await traceCall({ tool, key }, () =>
        this.calls.run(key, inputJson, this.signal, execute),
      );
      if (replayed) this.stats.replayed += 1;
      else this.stats.executed += 1;
      this.calls.events?.({ session: this.id, tool, key, outcome: replayed ? 'replayed' : 'executed' });
      return JSON.parse(outputJson) as T;
    } catch (error) {
      this.calls.events?.({ session: this.id, tool, key, outcome: 'failed' });
      throw error;
    }
  }

  remote(): Promise<never> {
    return Promise.reject(nexumError('NOT_SUPPORTED_YET', 'remote calls'));
  }

  ask(): Promise<never> {
    return Promise.reject(nexumError('NOT_SUPPORTED_YET', 'questions'));
  }

  forget(): Promise<never> {
    return Promise.reject(nexumError('NOT_SUPPORTED_YET', 'forgetting calls'));
  }

  /** `<session>/<sha256(tool + canonical JSON of args)>[@version][#n]` (RFC 8785). */
  private key(tool: string, args: Json, options: DurableCallOptions): string {
    const digest = createHash('sha256')
      .update(tool + canonicalJson(options.key ?? args))
      .digest('hex');
    const base = `${this.id}/${digest}${options.version === undefined ? '' : `@${options.version}`}`;
    if (options.repeat !== 'sequence') return base;
    const ordinal = (this.ordinals.get(base) ?? 0) + 1;
    this.ordinals.set(base, ordinal);
    return `${base}#${ordinal}`;
  }
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(asError(signal.reason));
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(asError(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
