/**
 * Executions that this server worked on lately. Other servers work on them, too: what is remembered here counts only
 * when the revision of the locked row says that it is still true. A transaction takes an entry out and puts it back
 * after its commit, so that no two ever share one, and a failed one leaves nothing behind (S1).
 */
import { isClosed } from '../../core/execution.js';
import { ExecutionRecords } from '../execution-records.js';
import { PayloadMissing } from '../payload-missing.js';

/** Running executions kept in memory; more are read again when their turn comes. About 2 KB each without payloads. */
const MAX_EXECUTIONS = 20_000;

export class CachedExecution extends ExecutionRecords {
  /** Of the row that these records were read from or written with; 0: there is none yet. */
  revision = 0;
  /** Keys of the activations that have a row. */
  readonly rows = new Set<string>();

  protected readPayload(seq: number): string {
    throw new PayloadMissing(this.executionId, [seq]);
  }

  protected readPayloads(seqs: readonly number[]): void {
    throw new PayloadMissing(this.executionId, seqs);
  }
}

export class ExecutionCache {
  /** In the order of their last use. */
  private readonly entries = new Map<string, CachedExecution>();

  constructor(private readonly maxExecutions = MAX_EXECUTIONS) {}

  take(executionId: string): CachedExecution | undefined {
    const entry = this.entries.get(executionId);
    if (entry) this.entries.delete(executionId);
    return entry;
  }

  /** After the commit: closed and unknown executions leave, then the least recently used ones over the limit. */
  putBack(used: Iterable<CachedExecution>): void {
    for (const entry of used) {
      entry.forgetTransient();
      if (entry.execution && !isClosed(entry.execution.status)) this.entries.set(entry.executionId, entry);
    }
    for (const executionId of this.entries.keys()) {
      if (this.entries.size <= this.maxExecutions) return;
      this.entries.delete(executionId);
    }
  }
}
