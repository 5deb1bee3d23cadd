/** Tokens as each API counts them. The types promise numbers; compatible servers do not keep that promise. */
import type { Usage } from './chat.js';

/**
 * Chat completions: `prompt_tokens` includes the cached ones. Most servers count reasoning in `completion_tokens`;
 * Gemini counts it in `total_tokens` alone. undefined: the server did not say.
 */
export function chatUsage(usage: unknown): Usage | undefined {
  const counted = record(usage);
  if (!('prompt_tokens' in counted) && !('completion_tokens' in counted)) return undefined;
  const inputTokens = count(counted['prompt_tokens']);
  const outputTokens = Math.max(count(counted['completion_tokens']), count(counted['total_tokens']) - inputTokens);
  return { inputTokens, outputTokens, ...cached(record(counted['prompt_tokens_details']), inputTokens) };
}

/** Responses: `input_tokens` includes the cached ones, `output_tokens` the reasoning. */
export function responsesUsage(usage: unknown): Usage | undefined {
  const counted = record(usage);
  if (!('input_tokens' in counted) && !('output_tokens' in counted)) return undefined;
  const inputTokens = count(counted['input_tokens']);
  const outputTokens = count(counted['output_tokens']);
  return { inputTokens, outputTokens, ...cached(record(counted['input_tokens_details']), inputTokens) };
}

function cached(details: Readonly<Record<string, unknown>>, inputTokens: number): { cachedInputTokens?: number } {
  if (typeof details['cached_tokens'] !== 'number') return {};
  return { cachedInputTokens: Math.min(inputTokens, count(details['cached_tokens'])) };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
