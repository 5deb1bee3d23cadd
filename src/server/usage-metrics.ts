/** What model calls have used, by provider: counted when it is committed, and each call once. */
import { Counter, type Registry } from 'prom-client';
import type { ExecutionEvent } from '../core/event.js';
import { addUsage, NANO_PER_USD, providerOf, type ModelUsage, type Usage } from '../core/usage.js';

export class UsageMetrics {
  /** By provider instead of by model. */
  #used: Usage = {};

  constructor(registry: Registry) {
    const counter = (name: string, help: string, labelNames: string[], fill: (counter: Counter) => void): void => {
      new Counter({
        name,
        help,
        labelNames,
        registers: [registry],
        collect() {
          this.reset();
          fill(this);
        },
      });
    };
    const each = (add: (provider: string, used: ModelUsage) => void): void => {
      for (const [provider, used] of Object.entries(this.#used)) add(provider, used);
    };
    counter('nexum_model_calls_total', 'Model calls of pipelines.', ['provider'], (metric) =>
      each((provider, { calls }) => metric.inc({ provider }, calls)),
    );
    counter('nexum_model_tokens_total', 'Tokens of model calls.', ['provider', 'direction'], (metric) =>
      each((provider, { inputTokens, outputTokens, cachedInputTokens }) => {
        metric.inc({ provider, direction: 'input' }, inputTokens);
        metric.inc({ provider, direction: 'output' }, outputTokens);
        metric.inc({ provider, direction: 'cached_input' }, cachedInputTokens);
      }),
    );
    counter('nexum_model_cost_usd_total', 'Cost of model calls, as far as prices are known.', ['provider'], (metric) =>
      each((provider, { costNanoUsd }) => metric.inc({ provider }, costNanoUsd / NANO_PER_USD)),
    );
  }

  count({ added }: ExecutionEvent & { readonly kind: 'usage_reported' }): void {
    for (const [model, used] of Object.entries(added)) this.#used = addUsage(this.#used, { [providerOf(model)]: used });
  }
}
