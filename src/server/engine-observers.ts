/** Puts together who observes an engine: nobody, the metrics, the spans of executions, or both. */
import type { EngineObserver } from '../engine/engine-observer.js';
import type { ClosedExecution } from '../tracing/execution-span.js';
import { closedExecutions } from './closed-executions.js';
import type { ObserveOptions } from './engine-messages.js';
import type { EngineMetrics } from './engine-metrics.js';

export interface EngineObservers {
  readonly metrics?: EngineMetrics;
  /** Absent when nobody wants to know anything. */
  readonly observer?: EngineObserver;
}

export async function createObservers(
  wanted: ObserveOptions,
  onClosed: (executions: readonly ClosedExecution[]) => void,
): Promise<EngineObservers> {
  // Loaded only on demand: a start without metrics must not wait for their library.
  const metrics = wanted.metrics ? new (await import('./engine-metrics.js')).EngineMetrics() : undefined;
  if (!metrics && !wanted.closedExecutions) return {};
  const observer: EngineObserver = {
    batchCommitted: (batch) => {
      metrics?.batchCommitted(batch);
      if (!wanted.closedExecutions) return;
      const closed = closedExecutions(batch);
      if (closed.length > 0) onClosed(closed);
    },
  };
  return { observer, ...(metrics === undefined ? {} : { metrics }) };
}
