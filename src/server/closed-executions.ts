/** Picks the executions that a batch closed, for their spans. Durable calls have spans of their own, in the worker. */
import type { ExecutionEvent } from '../core/event.js';
import { INTERNAL_PREFIX } from '../core/ids.js';
import type { CommittedBatch } from '../engine/engine-observer.js';
import type { ClosedExecution } from '../tracing/execution-span.js';

const CLOSING: ReadonlySet<ExecutionEvent['kind']> = new Set([
  'execution_completed',
  'execution_failed',
  'execution_cancelled',
]);

export function closedExecutions({ events, findExecution }: CommittedBatch): ClosedExecution[] {
  return events
    .filter(({ kind }) => CLOSING.has(kind))
    .flatMap((event): ClosedExecution[] => {
      const execution = findExecution(event.executionId);
      if (!execution || execution.workflowId.startsWith(INTERNAL_PREFIX)) return [];
      const { executionId, workflowId, versionHash, status, createdAtMs, error, failedNode } = execution;
      return [
        {
          executionId,
          workflowId,
          versionHash,
          status,
          startedAtMs: createdAtMs,
          endedAtMs: event.atMs,
          ...(error === undefined ? {} : { error }),
          ...(failedNode === undefined ? {} : { failedNode }),
        },
      ];
    });
}
