/** `limits`: what one execution may use, and how fast model providers may be asked. */
import { z } from 'zod';
import type { LimitsSpec, RateSpec } from '../core/ir.js';
import { parseDuration } from './duration.js';
import { duration, name } from './model-values.js';

/** In tokens; a larger one would limit nothing. */
const MAX_COUNT = 1_000_000_000_000;

const BAD_COUNT = `BAD_LIMIT: must be a whole number from 1 to ${MAX_COUNT}`;
const BAD_COST = 'BAD_LIMIT: must be an amount of US dollars above 0, such as 2.5';

const count = z.int(BAD_COUNT).min(1, BAD_COUNT).max(MAX_COUNT, BAD_COUNT);

export const rateModel = z.strictObject({
  requests_per_minute: count.describe('Model calls in any 60 seconds.').optional(),
  tokens_per_minute: count.describe('Tokens of model calls in any 60 seconds, input and output together.').optional(),
});

export const limitsModel = z.strictObject({
  max_cost_usd: z
    .number(BAD_COST)
    .positive(BAD_COST)
    .describe('What the model calls of one execution may cost, in US dollars; then it is paused.')
    .optional(),
  max_tokens: count
    .describe('Tokens that the model calls of one execution may use, input and output together; then it is paused.')
    .optional(),
  max_duration: duration(1)
    .describe('How long one execution may run, such as 30m; then it is paused. What it is PAUSED does not count.')
    .optional(),
  providers: z
    .record(name, rateModel)
    .describe(
      'How fast each model provider may be asked, by name: all executions and all workers of a server share it.',
    )
    .optional(),
});

export function lowerLimits(limits: z.infer<typeof limitsModel>): LimitsSpec {
  const { max_cost_usd: maxCostUsd, max_tokens: maxTokens, max_duration: maxDuration, providers } = limits;
  const maxDurationMs = maxDuration === undefined ? undefined : parseDuration(maxDuration);
  return {
    ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
    ...(providers === undefined ? {} : { providers: lowerRates(providers) }),
  };
}

function lowerRates(providers: Readonly<Record<string, z.infer<typeof rateModel>>>): Record<string, RateSpec> {
  const rates = Object.entries(providers).map(([provider, rate]): [string, RateSpec] => {
    const { requests_per_minute: requestsPerMinute, tokens_per_minute: tokensPerMinute } = rate;
    return [
      provider,
      {
        ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
        ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
      },
    ];
  });
  return Object.fromEntries(rates);
}
