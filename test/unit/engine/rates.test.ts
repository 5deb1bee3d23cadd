/** Rates of providers, on a clock that stands still: never more than they say, first come first served, nothing lost. */
import { expect, it } from 'vitest';
import { Rates, type ProviderRates } from '../../../src/engine/rates.js';

const MINUTE_MS = 60_000;

/** A clock, workers that ask as they are told, and what went when. */
class Minute {
  nowMs = 0;
  readonly sent: { readonly permit: string; readonly atMs: number; readonly tokens: number }[] = [];
  readonly #waiting = new Map<string, { readonly tokens: number; atMs: number }>();

  constructor(
    private readonly pipeline: ProviderRates,
    server: ProviderRates = {},
  ) {
    this.rates = new Rates(server, () => this.nowMs);
  }

  readonly rates: Rates;

  /** 0: it went; else how long it has to wait. */
  ask(permit: string, tokens = 0, workflowId = 'w'): number {
    const { waitMs } = this.rates.ask({ permit, provider: 'openai', tokens, workflowId, rates: this.pipeline });
    if (waitMs === 0) {
      this.sent.push({ permit, atMs: this.nowMs, tokens });
      this.#waiting.delete(permit);
    } else this.#waiting.set(permit, { tokens, atMs: this.nowMs + waitMs });
    return waitMs;
  }

  /** Lets time pass; whoever waits asks again when it was told to. */
  until(atMs: number): void {
    for (;;) {
      const [next] = [...this.#waiting].sort(([, a], [, b]) => a.atMs - b.atMs);
      if (!next || next[1].atMs > atMs) break;
      this.nowMs = next[1].atMs;
      this.ask(next[0], next[1].tokens);
    }
    this.nowMs = atMs;
  }

  /** Who went, in that order. */
  get order(): string[] {
    return this.sent.map(({ permit }) => permit);
  }

  /** The most that went in any minute. */
  most(of: (sent: { readonly tokens: number }) => number): number {
    const inMinute = (endMs: number): number =>
      this.sent
        .filter(({ atMs }) => atMs <= endMs && atMs > endMs - MINUTE_MS)
        .reduce((sum, sent) => sum + of(sent), 0);
    return Math.max(...this.sent.map(({ atMs }) => inMinute(atMs)));
  }
}

it('does not limit a provider without a rate', () => {
  const minute = new Minute({});
  const request = { permit: 'p', provider: 'openai', tokens: 1e9, workflowId: 'w', rates: {} };
  expect(minute.rates.ask(request)).toEqual({ waitMs: 0, limited: false });
});

it('R1, R2: fifty calls of many workers, ten a minute: ten at once, the rest in the order in which they came', () => {
  const minute = new Minute({ openai: { requestsPerMinute: 10 } });
  const permits = Array.from({ length: 50 }, (_, index) => `p${index}`);
  for (const permit of permits) {
    minute.ask(permit);
    minute.nowMs += 7;
  }
  expect(minute.order).toHaveLength(10);
  minute.until(5 * MINUTE_MS);
  expect(minute.order).toEqual(permits);
  expect(minute.most(() => 1)).toBe(10);
});

it('R1: tokens of any minute stay below their rate, and a call larger than it goes alone', () => {
  const minute = new Minute({ openai: { tokensPerMinute: 1000 } });
  for (const [index, tokens] of [600, 300, 300, 5000, 50].entries()) minute.ask(`p${index}`, tokens);
  expect(minute.order).toEqual(['p0', 'p1']);
  minute.until(10 * MINUTE_MS);
  expect(minute.order).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
  const large = minute.sent.find(({ permit }) => permit === 'p3')?.atMs ?? 0;
  expect(minute.sent.filter(({ atMs }) => Math.abs(atMs - large) < MINUTE_MS)).toHaveLength(1);
});

it('goes by what a call took as soon as that is known: less lets others through, more holds them up', () => {
  const less = new Minute({ openai: { tokensPerMinute: 1000 } });
  less.ask('a', 900);
  expect(less.ask('b', 500)).toBe(MINUTE_MS);
  less.rates.settle('a', 100);
  expect(less.ask('b', 500)).toBe(0);

  const more = new Minute({ openai: { tokensPerMinute: 1000 } });
  more.ask('a', 100);
  more.rates.settle('a', 1000);
  expect(more.ask('b', 100)).toBe(MINUTE_MS);
});

it('gives the place back of a call that was not made', () => {
  const minute = new Minute({ openai: { requestsPerMinute: 1 } });
  minute.ask('a');
  minute.ask('b');
  expect(minute.ask('c')).toBe(2 * MINUTE_MS);
  minute.rates.giveBack('b');
  expect(minute.ask('c')).toBe(MINUTE_MS);
  minute.rates.giveBack('a');
  expect(minute.ask('c')).toBe(0);
});

it('R3: the place of a worker that died while it waited falls to the others', () => {
  const minute = new Minute({ openai: { requestsPerMinute: 1 } });
  minute.ask('a');
  minute.ask('dead');
  expect(minute.ask('b')).toBe(2 * MINUTE_MS);
  // `dead` was to come again after a minute, and is expected for some seconds more.
  minute.nowMs = MINUTE_MS + 4000;
  expect(minute.ask('b')).toBeGreaterThan(0);
  minute.nowMs = MINUTE_MS + 6000;
  expect(minute.ask('b')).toBe(0);
});

it('an answer that was lost is given again, and counts once', () => {
  const minute = new Minute({ openai: { requestsPerMinute: 2 } });
  expect(minute.ask('a')).toBe(0);
  expect(minute.ask('a')).toBe(0);
  expect(minute.ask('b')).toBe(0);
  expect(minute.ask('c')).toBeGreaterThan(0);
});

it('keeps the rate of the server over all workflows, and that of a pipeline for itself', () => {
  const minute = new Minute({ openai: { requestsPerMinute: 2 } }, { openai: { requestsPerMinute: 3 } });
  expect(['a', 'b'].map((permit) => minute.ask(permit, 0, 'one'))).toEqual([0, 0]);
  expect(minute.ask('c', 0, 'one')).toBe(MINUTE_MS);
  // `c` has a place before the server's rate, too.
  expect(minute.ask('d', 0, 'two')).toBe(MINUTE_MS);
  minute.rates.giveBack('c');
  expect(minute.ask('d', 0, 'two')).toBe(0);
});

it('R3: a call before two rates keeps its place in the shorter queue while the longer one holds it up', () => {
  const minute = new Minute({ openai: { requestsPerMinute: 1 } }, { openai: { requestsPerMinute: 2 } });
  minute.ask('a', 0, 'one');
  minute.ask('b', 0, 'one');
  expect(minute.ask('b', 0, 'one')).toBe(MINUTE_MS);
  minute.nowMs = 10_000;
  // `b` is still expected: the second place of the server's minute is its own.
  expect(minute.ask('c', 0, 'two')).toBe(MINUTE_MS - 10_000);
});
