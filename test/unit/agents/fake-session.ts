import { createHash } from 'node:crypto';
import canonicalizeExport from 'canonicalize';
import type { RecordedCall } from '../../../src/agents/steps.js';
import type { Json } from '../../../src/core/ir.js';
import { toJsonText } from '../../../src/core/json-text.js';
import { findSizeProblem } from '../../../src/core/payload-limit.js';
import type {
  DurableCallContext,
  DurableCallOptions,
  DurableSession,
  PersonsAnswer,
} from '../../../src/worker/handler.js';

const canonicalize = canonicalizeExport as unknown as (value: unknown) => string;

/** What survives a crash: results by key. */
export type Store = Map<string, Json>;

/** Answers questions of agents; by default nobody does. */
export type Person = (question: string) => PersonsAnswer;

export class Killed extends Error {}

function baseKey(tool: string, args: Json): string {
  return createHash('sha256')
    .update(tool + canonicalize(args))
    .digest('hex');
}

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
    readonly person: Person = () => {
      throw new Error('no people');
    },
  ) {}

  async call<T extends Json>(
    tool: string,
    args: Json,
    execute: (context: DurableCallContext) => T | Promise<T>,
    options: DurableCallOptions = {},
  ): Promise<T> {
    if (!/^[\w.:/-]{1,128}$/.test(tool)) throw new Error(`bad tool name ${tool}`);
    toJsonText(options.key ?? args, `the arguments of ${tool}`);
    let key = baseKey(tool, options.key ?? args);
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
    const running =
      this.#running.get(key) ?? this.#execute(tool, key, execute).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return structuredClone(await running) as T;
  }

  /** The calls of this attempt with what is committed of them, each once. */
  recorded(): readonly RecordedCall[] {
    const unique = new Map(this.calls.map(({ key, tool, args }) => [key, { tool, args }]));
    return [...unique].map(([key, call]) => {
      const result = this.store.get(key);
      return result === undefined ? call : { ...call, result };
    });
  }

  remote(): Promise<never> {
    return Promise.reject(new Error('no workers'));
  }

  ask(question: string): Promise<PersonsAnswer> {
    return this.call('ask', { question }, () => this.person(question));
  }

  forget(
    tool: string,
    args: Json,
    options: { repeat?: DurableCallOptions['repeat']; ordinal?: number } = {},
  ): Promise<boolean> {
    if (this.#dead) return Promise.reject(new Killed('killed'));
    const base = baseKey(tool, args);
    if (options.repeat !== 'sequence') return Promise.resolve(this.store.delete(base));
    const ordinal = options.ordinal ?? 1;
    // The newest of a sequence is then the next one again, as in a real session.
    if (this.#ordinals.get(base) === ordinal) this.#ordinals.set(base, ordinal - 1);
    return Promise.resolve(this.store.delete(`${base}#${ordinal}`));
  }

  async #execute(
    tool: string,
    key: string,
    execute: (context: DurableCallContext) => Json | Promise<Json>,
  ): Promise<Json> {
    const result = await execute({
      idempotencyKey: `${this.id}/${key}`,
      attempt: 1,
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    if (this.#dead) throw new Killed('killed');
    const text = toJsonText(result, `the result of ${tool}`);
    const problem = findSizeProblem('OUTPUT_TOO_LARGE', text, `the result of ${tool}`);
    if (problem) throw problem;
    this.store.set(key, JSON.parse(text) as Json);
    this.stats.executed += 1;
    if (this.stats.executed === this.dieAfter) {
      this.#dead = true;
      throw new Killed('killed');
    }
    return result;
  }
}
