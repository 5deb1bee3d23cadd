/**
 * List prices of models, in US dollars per million tokens, without batch, priority or regional tariffs.
 *
 * As known in January 2026, from the public price pages of the providers:
 * https://platform.openai.com/docs/pricing, https://claude.com/pricing, https://ai.google.dev/gemini-api/docs/pricing.
 * Prices change: NEXUM_PRICES names a file whose entries replace or add to these (cost.ts).
 */

/** US dollars per million tokens. */
export interface Price {
  readonly inputUsd: number;
  /** Input tokens that were read from the provider's cache; absent: they cost what the others do. */
  readonly cachedInputUsd?: number;
  /** Reasoning tokens are output. */
  readonly outputUsd: number;
  /** For the whole request once its input is larger than `overInputTokens`. */
  readonly long?: Pick<Price, 'inputUsd' | 'cachedInputUsd' | 'outputUsd'> & { readonly overInputTokens: number };
}

/** By `provider/model`. A date at the end of a model's name (`-2025-08-07`, `-20250929`) is no part of it. */
export const MODEL_PRICES: Readonly<Record<string, Price>> = {
  'openai/gpt-5.2': price(1.75, 0.175, 14),
  'openai/gpt-5.1': price(1.25, 0.125, 10),
  'openai/gpt-5': price(1.25, 0.125, 10),
  'openai/gpt-5-mini': price(0.25, 0.025, 2),
  'openai/gpt-5-nano': price(0.05, 0.005, 0.4),
  'openai/gpt-4.1': price(2, 0.5, 8),
  'openai/gpt-4.1-mini': price(0.4, 0.1, 1.6),
  'openai/gpt-4.1-nano': price(0.1, 0.025, 0.4),
  'openai/gpt-4o': price(2.5, 1.25, 10),
  'openai/gpt-4o-mini': price(0.15, 0.075, 0.6),
  'openai/o3': price(2, 0.5, 8),
  'openai/o3-mini': price(1.1, 0.55, 4.4),
  'openai/o4-mini': price(1.1, 0.275, 4.4),
  'openai/o1': price(15, 7.5, 60),

  'anthropic/claude-opus-4-5': price(5, 0.5, 25),
  'anthropic/claude-opus-4-1': price(15, 1.5, 75),
  'anthropic/claude-opus-4': price(15, 1.5, 75),
  'anthropic/claude-sonnet-4-5': over(200_000, price(3, 0.3, 15), price(6, 0.6, 22.5)),
  'anthropic/claude-sonnet-4': over(200_000, price(3, 0.3, 15), price(6, 0.6, 22.5)),
  'anthropic/claude-haiku-4-5': price(1, 0.1, 5),
  'anthropic/claude-3-7-sonnet': price(3, 0.3, 15),
  'anthropic/claude-3-5-haiku': price(0.8, 0.08, 4),

  'gemini/gemini-3-pro-preview': over(200_000, price(2, 0.2, 12), price(4, 0.4, 18)),
  'gemini/gemini-3-flash-preview': price(0.5, 0.05, 3),
  'gemini/gemini-2.5-pro': over(200_000, price(1.25, 0.125, 10), price(2.5, 0.25, 15)),
  'gemini/gemini-2.5-flash': price(0.3, 0.03, 2.5),
  'gemini/gemini-2.5-flash-lite': price(0.1, 0.01, 0.4),
  'gemini/gemini-2.0-flash': price(0.1, 0.025, 0.4),
};

function price(inputUsd: number, cachedInputUsd: number, outputUsd: number): Price {
  return { inputUsd, cachedInputUsd, outputUsd };
}

function over(overInputTokens: number, short: Price, long: Price): Price {
  return { ...short, long: { ...long, overInputTokens } };
}
