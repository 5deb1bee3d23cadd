import { createHash } from 'node:crypto';
import canonicalizeExport from 'canonicalize';
import type { Json } from '../../../src/core/ir.js';
import type { DurableCallContext, DurableCallOptions, DurableSession } from '../../../src/worker/handler.js';

const canonicalize = canonicalizeExport as unknown as (value: unknown) => string;

/** What survives a crash: results by key. */
export type Store = Map<string, Json>;

export class Killed extends Error {}

/** One attempt over a store: dies right after its `dieAfter`-th commit, and nothing of it commits after that. */
export class FakeSession implements DurableSession {
  readonly id = 'exec-1';
  readonly stats = { executed: 0, replayed: 0 };
  readonly calls: { tool: string; args: Json; key: string; replayed: boolean }[] = [];
  readonly #ordinals = new Map<string, number>();
  readonly #running = new Map<string, Promise<Json>>();
  #dead = false;

  constructor(
    readonly store: Store = new Map(),
    readonly dieAfter = Infinity,
  ) {}

  async call<T extends Json>(
    tool: string,
    args: Json,
    execute: (context: DurableCallContext) => T | Promise<T>,
    options: DurableCallOptions = {},
  ): Promise<T> {
    if (!/^[\w.:/-]{1,128}$/.test(tool)) throw new Error(`bad tool name ${tool}`);
    let key = createHash('sha256')
      .update(tool + canonicalize(options.key ?? args))
      .digest('hex');
    if (options.repeat === 'sequence') {
      const ordinal = (this.#ordinals.get(key) ?? 0) + 1;
      this.#ordinals.set(key, ordinal);
      key = `${key}#${ordinal}`;
    }
    if (this.#dead) throw new Killed('killed');
    const stored = this.store.get(key);
    this.calls.push({ tool, args, key, replayed: stored !== undefined });
    if (stored !== undefined) {
      this.stats.replayed += 1;
      return structuredClone(stored) as T;
    }
    const running = this.#running.get(key) ?? this.#execute(key, execute);
    this.#running.set(key, running);
    return structuredClone(await running) as T;
  }

  remote(): Promise<never> {
    return Promise.reject(new Error('no workers'));
  }

  ask(): Promise<never> {
    return Promise.reject(new Error('no people'));
  }

  forget(): Promise<never> {
    return Promise.reject(new Error('a fake forgets nothing'));
  }

  async #execute(key: string, execute: (context: DurableCallContext) => Json | Promise<Json>): Promise<Json> {
    const result = await execute({
      idempotencyKey: `${this.id}/${key}`,
      attempt: 1,
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    if (this.#dead) throw new Killed('killed');
    this.store.set(key, JSON.parse(JSON.stringify(result)) as Json);
    this.stats.executed += 1;
    if (this.stats.executed === this.dieAfter) {
      this.#dead = true;
      throw new Killed('killed');
    }
    return result;
  }
}
