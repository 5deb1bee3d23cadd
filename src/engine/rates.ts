/**
 * The rates of all providers: those of the server, over all workflows, and those that a pipeline sets for its executions. They
 * hold for the workers of this server; another server on the same store has rates of its own.
 */
import type { LimitsSpec, RateSpec } from '../core/ir.js';
import { RateWindow } from './rate-window.js';

export type ProviderRates = NonNullable<LimitsSpec['providers']>;

export interface RateRequest {
  /** The same whenever this call asks again. */
  readonly permit: string;
  readonly provider: string;
  /** As far as they are known before the call. */
  readonly tokens: number;
  readonly workflowId: string;
  /** Of the pipeline. */
  readonly rates: ProviderRates;
}

/** A permit that nobody has mentioned for so long is forgotten: its call has left every window long ago. */
const FORGET_MS = 600_000;

export class Rates {
  readonly #serverWide: ProviderRates;
  readonly #nowMs: () => number;
  readonly #windows = new Map<string, RateWindow>();
  /** The windows in which a call has a place; the oldest first. */
  readonly #permits = new Map<string, { readonly windows: readonly RateWindow[]; readonly atMs: number }>();

  /** @param nowMs a clock that never goes back */
  constructor(serverWide: ProviderRates, nowMs: () => number = () => performance.now()) {
    this.#serverWide = serverWide;
    this.#nowMs = nowMs;
  }

  /** It goes when all of its rates let it through, at once; until then it keeps its place before each of them. */
  ask(request: RateRequest): { readonly waitMs: number; readonly limited: boolean } {
    const windows = this.#windowsOf(request);
    if (windows.length === 0) return { waitMs: 0, limited: false };
    const { permit, tokens } = request;
    const nowMs = this.#nowMs();
    this.#remember(permit, windows, nowMs);
    const waitMs = Math.max(...windows.map((window) => window.ask(permit, tokens, nowMs)));
    for (const window of windows) {
      if (waitMs <= 0) window.take(permit, nowMs);
      else window.expect(permit, nowMs + waitMs);
    }
    return { waitMs: Math.max(0, waitMs), limited: true };
  }

  settle(permit: string, tokens: number): void {
    for (const window of this.#permits.get(permit)?.windows ?? []) window.settle(permit, tokens);
    this.#permits.delete(permit);
  }

  giveBack(permit: string): void {
    for (const window of this.#permits.get(permit)?.windows ?? []) window.giveBack(permit);
    this.#permits.delete(permit);
  }

  #windowsOf({ provider, workflowId, rates }: RateRequest): RateWindow[] {
    return [
      ...this.#window(provider, rateOf(this.#serverWide, provider)),
      // A newer version of the workflow may say something else; what was let through before counts all the same.
      ...this.#window(`${provider}\n${workflowId}`, rateOf(rates, provider)),
    ];
  }

  #window(key: string, rate: RateSpec | undefined): RateWindow[] {
    if (!rate) return [];
    const window = this.#windows.get(key) ?? new RateWindow(rate);
    window.rate = rate;
    this.#windows.set(key, window);
    return [window];
  }

  #remember(permit: string, windows: readonly RateWindow[], atMs: number): void {
    for (const [old, place] of this.#permits) {
      if (place.atMs > atMs - FORGET_MS) break;
      this.#permits.delete(old);
    }
    this.#permits.delete(permit);
    this.#permits.set(permit, { windows, atMs });
  }
}

function rateOf(rates: ProviderRates, provider: string): RateSpec | undefined {
  return Object.hasOwn(rates, provider) ? rates[provider] : undefined;
}
