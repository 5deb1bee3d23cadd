/** What model calls have used, and the limits of an execution: for `--json`, and in words. */
import type { Json } from '../core/ir.js';
import { NANO_PER_USD, NO_USAGE, totalUsage, type ModelUsage, type Usage } from '../core/usage.js';
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import type { ModelUsage__Output } from '../rpc/generated/nexum/ModelUsage.js';
import { formatDuration } from './text-format.js';

export interface LimitReport {
  /** The limit that has paused the execution; null: none of these. */
  readonly pausedBy: string | null;
  /** Since the start, or the last resume after one of these limits. */
  readonly costUsd: number;
  readonly tokens: number;
  readonly runMs: number;
  /** Null: any amount. */
  readonly maxCostUsd: number | null;
  readonly maxTokens: number | null;
  readonly maxDurationMs: number | null;
}

type UsageFields = Readonly<Record<string, Json>>;

/** Null when no model was called. */
export function usageReport(usage: readonly ModelUsage__Output[]): UsageFields | null {
  if (usage.length === 0) return null;
  const models = Object.fromEntries(usage.map(({ model, ...used }) => [model, usageFields(used)]));
  return { ...usageFields(totalUsage(usageOf(usage))), models };
}

function usageFields({ costNanoUsd, ...used }: ModelUsage): UsageFields {
  const { calls, inputTokens, outputTokens, cachedInputTokens, unpricedCalls } = used;
  return { calls, inputTokens, outputTokens, cachedInputTokens, costUsd: costNanoUsd / NANO_PER_USD, unpricedCalls };
}

function usageOf(usage: readonly ModelUsage__Output[]): Usage {
  return Object.fromEntries(usage.map(({ model, ...used }) => [model, { ...NO_USAGE, ...used }]));
}

/** `3 model calls, 1200 + 340 tokens, $0.0123 (openai/gpt-5)`; undefined when no model was called. */
export function usageText(usage: readonly ModelUsage__Output[]): string | undefined {
  return usage.length === 0 ? undefined : usedText(usageOf(usage));
}

/** The same at the end of an execution, unless it cost nothing: the model `offline` does not. */
export function spentText(usage: readonly ModelUsage__Output[]): string | undefined {
  const spent = usage.filter(
    ({ inputTokens, outputTokens, unpricedCalls }) => inputTokens + outputTokens + unpricedCalls,
  );
  return usageText(spent);
}

export function usedText(usage: Usage): string {
  const { calls, inputTokens, outputTokens, costNanoUsd, unpricedCalls } = totalUsage(usage);
  const unpriced = unpricedCalls === 0 ? '' : `, ${unpricedCalls} without a known price`;
  const models = Object.keys(usage).join(', ');
  const called = `${calls} model ${calls === 1 ? 'call' : 'calls'}`;
  return `${called}, ${inputTokens} + ${outputTokens} tokens, ${costText(costNanoUsd)}${unpriced} (${models})`;
}

/** Null without limits. */
export function limitReport({ limits }: Pick<ExecutionDetail__Output, 'limits'>): LimitReport | null {
  if (!limits) return null;
  const { pausedBy, costNanoUsd, tokens, runMs, maxCostUsd, maxTokens, maxDurationMs } = limits;
  return {
    pausedBy: pausedBy === '' ? null : pausedBy,
    costUsd: costNanoUsd / NANO_PER_USD,
    tokens,
    runMs,
    maxCostUsd: maxCostUsd || null,
    maxTokens: maxTokens || null,
    maxDurationMs: maxDurationMs || null,
  };
}

/** `paused: max_cost_usd (2.5) reached with $2.51`; undefined when none of these limits has paused it. */
export function budgetText(limits: LimitReport | null): string | undefined {
  switch (limits?.pausedBy) {
    case 'max_cost_usd':
      return `paused: max_cost_usd (${limits.maxCostUsd}) reached with ${costText(limits.costUsd * NANO_PER_USD)}`;
    case 'max_tokens':
      return `paused: max_tokens (${limits.maxTokens}) reached with ${limits.tokens} tokens`;
    case 'max_duration':
      return `paused: max_duration (${formatDuration(limits.maxDurationMs ?? 0)}) reached after ${formatDuration(limits.runMs)}`;
    default:
      return undefined;
  }
}

/** Four places, and more for less. */
function costText(costNanoUsd: number): string {
  const costUsd = costNanoUsd / NANO_PER_USD;
  const places = costUsd > 0 && costUsd < 0.01 ? 6 : 4;
  return `$${costUsd.toFixed(places)}`;
}
