/**
 * What model calls have used. Cost is counted in whole billionths of a US dollar: the sum of integers is the same in any
 * order, so that an execution costs to the last digit the same whether a worker died in between or not.
 */

/** Of one model. */
export interface ModelUsage {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens, those that the provider read from its cache. */
  readonly cachedInputTokens: number;
  readonly costNanoUsd: number;
  /** Calls of a model without a known price: the cost lacks them. */
  readonly unpricedCalls: number;
}

/** By model, `provider/model`. */
export type Usage = Readonly<Record<string, ModelUsage>>;

export const NANO_PER_USD = 1_000_000_000;

export const NO_USAGE: ModelUsage = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  costNanoUsd: 0,
  unpricedCalls: 0,
};

const KEYS = Object.keys(NO_USAGE) as (keyof ModelUsage)[];

export function addUsage(one: Usage, other: Usage): Usage {
  const models = new Set([...Object.keys(one), ...Object.keys(other)]);
  return usageOf([...models].map((model) => [model, combine(find(one, model), find(other, model), (a, b) => a + b)]));
}

/**
 * What a report has beyond what is known: nothing is counted twice. A report is the total of an attempt, the calls that it
 * only read back included, so attempts of one activation repeat each other, number by number. Models do not: an attempt
 * with another model starts over and repeats nothing of the first one.
 */
export function newUsage(known: Usage, reported: Usage): Usage | undefined {
  const more = Object.keys(reported).map((model): [string, ModelUsage] => [
    model,
    combine(find(reported, model), find(known, model), (now, before) => Math.max(0, now - before)),
  ]);
  const left = more.filter(([, usage]) => KEYS.some((key) => usage[key] > 0));
  return left.length > 0 ? usageOf(left) : undefined;
}

/** Over all models. */
export function totalUsage(usage: Usage): ModelUsage {
  return Object.values(usage).reduce((sum, each) => combine(sum, each, (a, b) => a + b), NO_USAGE);
}

export function tokensOf({ inputTokens, outputTokens }: ModelUsage): number {
  return inputTokens + outputTokens;
}

/** The part of a model id before its first slash. */
export function providerOf(model: string): string {
  return model.split('/', 1)[0] ?? model;
}

/** Sorted, and safe for any name: `fromEntries` makes own properties even of `__proto__`. */
function usageOf(entries: readonly (readonly [string, ModelUsage])[]): Usage {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function find(usage: Usage, model: string): ModelUsage {
  return (Object.hasOwn(usage, model) ? usage[model] : undefined) ?? NO_USAGE;
}

function combine(one: ModelUsage, other: ModelUsage, by: (a: number, b: number) => number): ModelUsage {
  return {
    calls: by(one.calls, other.calls),
    inputTokens: by(one.inputTokens, other.inputTokens),
    outputTokens: by(one.outputTokens, other.outputTokens),
    cachedInputTokens: by(one.cachedInputTokens, other.cachedInputTokens),
    costNanoUsd: by(one.costNanoUsd, other.costNanoUsd),
    unpricedCalls: by(one.unpricedCalls, other.unpricedCalls),
  };
}
