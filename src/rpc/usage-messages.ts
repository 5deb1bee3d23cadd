/** What model calls have used <-> wire messages. Only shapes change here; numbers that are none count nothing. */
import type { LimitDetail } from '../engine/execution-detail.js';
import type { ModelCallRequest } from '../engine/engine-port.js';
import type { ModelUsage, Usage } from '../core/usage.js';
import type { AdmitModelCallRequest__Output } from './generated/nexum/AdmitModelCallRequest.js';
import type { LimitDetail as LimitMessage } from './generated/nexum/LimitDetail.js';
import type { ModelUsage as UsageMessage, ModelUsage__Output } from './generated/nexum/ModelUsage.js';

/** Models of one report; a worker has one or a few. */
const MAX_MODELS = 100;
const MAX_NAME = 200;

/** An empty list on the wire is an absent value. */
export function readUsage(messages: readonly ModelUsage__Output[]): { readonly usage?: Usage } {
  if (messages.length === 0) return {};
  const entries = messages.slice(0, MAX_MODELS).map(({ model, ...usage }): [string, ModelUsage] => [
    model.slice(0, MAX_NAME),
    {
      calls: count(usage.calls),
      inputTokens: count(usage.inputTokens),
      outputTokens: count(usage.outputTokens),
      cachedInputTokens: count(usage.cachedInputTokens),
      costNanoUsd: count(usage.costNanoUsd),
      unpricedCalls: count(usage.unpricedCalls),
    },
  ]);
  return { usage: Object.fromEntries(entries) };
}

export function usageMessages(usage: Usage = {}): UsageMessage[] {
  return Object.entries(usage).map(([model, used]) => ({ model, ...used }));
}

export function readModelCall(request: AdmitModelCallRequest__Output): ModelCallRequest {
  const { taskId, permit, provider, estimatedTokens, usage } = request;
  return { taskId, permit, provider, estimatedTokens: count(estimatedTokens), ...readUsage(usage) };
}

export function limitMessage({ limits, pausedBy, ...use }: LimitDetail): LimitMessage {
  const { maxCostUsd = 0, maxTokens = 0, maxDurationMs = 0 } = limits;
  return { ...use, maxCostUsd, maxTokens, maxDurationMs, pausedBy: pausedBy ?? '' };
}

function count(value: number): number {
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}
