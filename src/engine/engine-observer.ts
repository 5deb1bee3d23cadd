/** What the engine tells about its work. It knows no metrics and no traces: the server hands in who wants to know. */
import type { ExecutionEvent } from '../core/event.js';
import type { ExecutionRecord } from '../core/execution.js';

/** One commit that changed something, after it returned and after its answers are on their way. */
export interface CommittedBatch {
  /** Commands of callers; dispatch alone is a batch without any. */
  readonly commands: number;
  /** From before BEGIN until COMMIT had returned. */
  readonly durationMs: number;
  readonly events: readonly ExecutionEvent[];
  /** The execution of one of the events, as it stands after the commit; only valid during the call. */
  readonly findExecution: (executionId: string) => ExecutionRecord | undefined;
}

/** Called on the hot path: counts, and leaves the rest for later. An observer must not throw. */
export interface EngineObserver {
  batchCommitted(batch: CommittedBatch): void;
}
