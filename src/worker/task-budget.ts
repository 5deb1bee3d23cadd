/**
 * The model calls of one attempt: what they have used, and whether the next one may be made.
 *
 * Owns the sum of what the attempt has used. U1: every committed call counts once per attempt, whether it ran or was read
 * back; so the sum of an attempt that replays another one begins with the sum of that one, and the server counts only
 * what is beyond it. What a killed attempt has used is therefore known as soon as the next one has replayed it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { addUsage, NANO_PER_USD, type Usage } from '../core/usage.js';
import { NexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import type { ModelUsage } from '../rpc/generated/nexum/ModelUsage.js';
import type { ModelBudget, ModelUse } from './handler.js';

/** Between two tries to reach a server; the same as of durable calls. */
const AGAIN_MS = 200;
/** Costs nothing and is asked by nobody else: only the limits of the execution concern it. */
const OFFLINE = 'offline';

interface Question {
  readonly provider: string;
  readonly estimatedTokens: number;
}

/** Who is asked before a model call; absent: nobody limits it. */
export interface BudgetServer {
  readonly client: NexumClient;
  readonly taskId: string;
  /** The pipeline limits its executions, or the rates of providers. */
  readonly hasLimits: boolean;
}

export class TaskBudget implements ModelBudget {
  readonly #server: BudgetServer | undefined;
  #usage: Usage = {};
  #isLimited = false;
  /** Calls that a rate counts, by provider, the oldest first: what they took is told when it is known. */
  readonly #permits = new Map<string, string[]>();

  constructor(server?: BudgetServer) {
    this.#server = server;
  }

  /** A model call was refused, because the execution has used what it may. */
  get isLimited(): boolean {
    return this.#isLimited;
  }

  get usage(): readonly ModelUsage[] {
    return Object.entries(this.#usage).map(([model, used]) => ({ model, ...used }));
  }

  async admit(request: Question, signal: AbortSignal): Promise<void> {
    const server = this.#server;
    if (!server || (request.provider === OFFLINE && !server.hasLimits)) return;
    const permit = randomUUID();
    try {
      for (;;) {
        signal.throwIfAborted();
        const { waitMs, limited } = await this.#ask(server, permit, request, signal);
        if (waitMs === 0) {
          if (limited) this.#permits.set(request.provider, [...(this.#permits.get(request.provider) ?? []), permit]);
          return;
        }
        await pause(waitMs, undefined, { signal });
      }
    } catch (error) {
      if (error instanceof NexumError && error.code === 'LIMIT_REACHED') this.#isLimited = true;
      else if (signal.aborted) tell(server, { permit, returned: true });
      throw error;
    }
  }

  used(call: ModelUse): void {
    const { provider, model, inputTokens, outputTokens, cachedInputTokens = 0, costUsd, replayed } = call;
    const used = {
      calls: 1,
      inputTokens,
      outputTokens,
      cachedInputTokens,
      costNanoUsd: Math.round((costUsd ?? 0) * NANO_PER_USD),
      unpricedCalls: costUsd === undefined && provider !== OFFLINE ? 1 : 0,
    };
    this.#usage = addUsage(this.#usage, { [model]: used });
    // Of two calls at once it may be the other one: what counts is the sum.
    const permit = replayed ? undefined : this.#permits.get(provider)?.shift();
    if (permit !== undefined && this.#server) tell(this.#server, { permit, tokens: inputTokens + outputTokens });
  }

  /** Asks until a server answers: that it restarts just now must not cost the node an attempt. */
  async #ask(
    { client, taskId }: BudgetServer,
    permit: string,
    request: Question,
    signal: AbortSignal,
  ): Promise<{ readonly waitMs: number; readonly limited: boolean }> {
    for (;;) {
      try {
        const question = { taskId, permit, ...request, usage: [...this.usage] };
        return await client.call('AdmitModelCall', question, { waitForReady: true });
      } catch (error) {
        if (!(error instanceof NexumError)) throw error;
        // An older server knows no limits.
        if (error.code === 'UNSUPPORTED_SERVER') return { waitMs: 0, limited: false };
        if (!error.retryable) throw error;
        await pause(AGAIN_MS, undefined, { signal });
      }
    }
  }
}

/** Only the rates need it, and they get by with the estimate: a server that cannot be reached is asked no second time. */
function tell({ client }: BudgetServer, settled: { permit: string; returned?: boolean; tokens?: number }): void {
  client.call('SettleModelCall', settled).catch(() => undefined);
}
