/**
 * The durable calls of one process: one way to the server, one registration, many sessions. Each call is committed under
 * a deterministic key. A committed call never runs again in its session; an effect whose process died between the effect
 * and its commit runs again, with the same idempotency key.
 *
 * Owns: the attempts that run here.
 * D1  What is committed is what every caller gets: one whose lease was lost drops its own result and reads that one.
 * D2  A call that has ended is never waited for: what is too old, or had failed, is forgotten by its execution id, so that
 *     of several callers who find that out one starts it anew and the others join.
 */
import { errorMessage, NexumError, nexumError } from '../errors.js';
import { failpoint } from '../failpoint.js';
import type { NexumClient } from '../rpc/client.js';
import type { DurableSession } from '../worker/handler.js';
import type { LeaseKeeper } from '../worker/heartbeat.js';
import { runAttempts } from './call-attempt.js';
import type { CallDesk, HeldCall, RanCall } from './call-desk.js';
import { Nexum02Calls, unsupported } from './nexum02-calls.js';
import { NexumCalls } from './nexum-calls.js';
import { Session, type CallEvent, type CallOrder, type CallRunner, type SessionDefaults } from './session.js';

/** Executions of one key that may be found over, or be taken away, before something must be wrong. */
const MAX_TURNS = 20;
/** How long the first call waits for a server, in milliseconds: an address may be wrong. Later ones wait until it is back. */
const FIRST_CONTACT_MS = 10_000;

export interface CallsOptions {
  readonly client: NexumClient;
  readonly workerId: string;
  readonly leaseMs: number;
  readonly leases: LeaseKeeper;
  readonly onEvent?: (event: CallEvent) => void;
  /** The connection broke while a call waits. */
  readonly onBroken?: () => void;
  /** Whoever gave the address may mean a Nexum 0.2 server. */
  readonly mayBeForeign?: boolean;
}

export class DurableCalls implements CallRunner {
  readonly client: NexumClient;
  readonly #own: NexumCalls;
  #chosen: Promise<CallDesk> | undefined;
  /** By task id. */
  readonly #running = new Map<string, AbortController>();

  constructor(private readonly options: CallsOptions) {
    const { client, workerId, leaseMs, onBroken } = options;
    this.client = client;
    this.#own = new NexumCalls({ client, workerId, leaseMs, ...(onBroken ? { onBroken } : {}) });
  }

  /** @param id becomes part of every key */
  openSession(id: string, signal: AbortSignal, defaults: SessionDefaults = {}): DurableSession {
    return new Session(id, signal, this, { ...defaults, onEvent: defaults.onEvent ?? this.options.onEvent });
  }

  /** The heartbeat found that these leases are lost; tasks that are no calls are none of ours. */
  leasesLost(taskIds: readonly string[]): void {
    for (const taskId of taskIds)
      this.#running.get(taskId)?.abort(nexumError('STALE_LEASE', 'the lease of this call was lost'));
  }

  /** No server will answer any more: whoever waits gets this error. */
  breakWith(error: NexumError): void {
    this.#own.breakWith(error);
  }

  close(): Promise<void> {
    return this.#own.close();
  }

  /** What somebody else carries out. */
  async follow(follow: (desk: NexumCalls) => Promise<RanCall>): Promise<RanCall> {
    await this.requireCalls('what others carry out');
    return follow(this.#own);
  }

  /** @throws NexumError UNSUPPORTED_SERVER on a Nexum 0.2 server */
  async requireCalls(what: string): Promise<void> {
    if ((await this.#desk()) !== this.#own) throw unsupported(what);
  }

  /** @throws NexumError CALL_RUNNING while somebody is at it */
  async forget(session: string, key: string): Promise<boolean> {
    await this.requireCalls('forgetting a call');
    const { forgotten, kept } = await this.client.call('ForgetCalls', { session, keys: [key] }, { waitForReady: true });
    if (kept > 0) throw nexumError('CALL_RUNNING', `the call ${key} is under way`, { key });
    return forgotten > 0;
  }

  /** Returns the stored result, or runs the function under a lease and commits what it returns. */
  async run(order: CallOrder, signal: AbortSignal): Promise<{ outputJson: string; replayed: boolean }> {
    const desk = await this.#desk();
    if (order.options.ttlMs !== undefined && desk !== this.#own) throw unsupported('a result that expires (ttlMs)');
    desk.begin();
    try {
      for (let turn = 0, wasLost = false; turn < MAX_TURNS; turn += 1) {
        const claim = await desk.claim(order, signal);
        if (claim.kind === 'run') {
          const outputJson = await this.#execute(desk, claim.held, order, signal);
          if (outputJson !== undefined) return { outputJson, replayed: false };
          wasLost = true;
        } else if (claim.kind === 'stored' && claim.ageMs <= (order.options.ttlMs ?? Infinity)) {
          return { outputJson: claim.outputJson, replayed: true };
        } else if (claim.kind === 'ended' && wasLost) {
          // It was cancelled under our hands: that must not start it anew.
          throw claim.error;
        } else {
          // D2
          await desk.forget(claim.executionId, order.session);
          failpoint('call.forgotten');
        }
      }
      throw nexumError('INTERNAL', `the call ${order.key} was taken away ${MAX_TURNS} times`);
    } finally {
      desk.end();
    }
  }

  /** Asked once: a Nexum 0.2 server knows neither claims nor this question. */
  #desk(): Promise<CallDesk> {
    if (this.options.mayBeForeign !== true) return Promise.resolve(this.#own);
    this.#chosen ??= this.#choose().catch((error: unknown) => {
      this.#chosen = undefined;
      throw error;
    });
    return this.#chosen;
  }

  async #choose(): Promise<CallDesk> {
    try {
      await this.client.call('GetServerInfo', {}, { timeoutMs: FIRST_CONTACT_MS, waitForReady: true });
      return this.#own;
    } catch (error) {
      if (!(error instanceof NexumError) || error.code !== 'UNSUPPORTED_SERVER') throw error;
      return new Nexum02Calls(this.client, this.options.workerId);
    }
  }

  /** Undefined: the lease was lost, and the call is somebody else's (D1). */
  async #execute(
    desk: CallDesk,
    held: HeldCall,
    { tool, key, execute, options, mask = (text) => text }: CallOrder,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { taskId, attempt } = held;
    const lost = new AbortController();
    const stop = (): void => lost.abort(signal.reason);
    // The claim of a server may come after the caller has stopped.
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    this.#running.set(taskId, lost);
    if (desk.keepsLeases) this.options.leases.hold([held]);
    failpoint('call.claimed');
    try {
      const outputJson = await runAttempts({ tool, idempotencyKey: key, attempt, execute, options }, lost.signal);
      failpoint('call.executed');
      if (!(await isCommitted(desk, held, outputJson))) return undefined;
      failpoint('call.committed');
      return outputJson;
    } catch (error) {
      if (signal.aborted) await desk.release(held);
      else if (lost.signal.aborted) {
        if (await desk.isForgotten(held))
          throw nexumError('EXECUTION_CLOSED', `the call ${key} was cancelled`, { key });
        return undefined;
      } else await desk.fail(held, error instanceof NexumError ? error.code : 'TOOL_FAILED', mask(errorMessage(error)));
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#running.delete(taskId);
      if (desk.keepsLeases) this.options.leases.drop(taskId);
    }
  }
}

/** False: another attempt owns the call by now. */
async function isCommitted(desk: CallDesk, held: HeldCall, outputJson: string): Promise<boolean> {
  try {
    await desk.complete(held, outputJson);
    return true;
  } catch (error) {
    if (error instanceof NexumError && error.code === 'STALE_LEASE') return false;
    throw error;
  }
}
