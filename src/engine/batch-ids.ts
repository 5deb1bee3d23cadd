/** Which execution each command of a batch is about. */
import type { Workflow } from '../core/workflow.js';
import type { StoreTransaction } from '../store/store.js';
import type { Pending } from './pending.js';

export interface BatchIds {
  /** Of the commands, in their order. */
  readonly executionIds: readonly string[];
  /** To be created. */
  readonly fresh: ReadonlyMap<string, Workflow>;
  /** To be loaded, if they are there. */
  readonly known: ReadonlySet<string>;
}

/** A start stands for the execution that its key started before, in an earlier batch or in this one. */
export async function resolveIds(transaction: StoreTransaction, pending: readonly Pending[]): Promise<BatchIds> {
  const keys = new Set(pending.flatMap((item) => keyOf(item) ?? []));
  const byKey = new Map(keys.size > 0 ? await transaction.findByIdempotencyKeys([...keys]) : []);
  // A child that is started again comes with the id that it has: it is there, and must not be created over itself.
  const existing = new Set(byKey.values());
  const fresh = new Map<string, Workflow>();
  const known = new Set<string>();
  const executionIds = pending.map((item) => {
    const key = keyOf(item);
    const executionId = (key === undefined ? undefined : byKey.get(key)) ?? item.executionId;
    if (key !== undefined) byKey.set(key, executionId);
    if ('workflow' in item && executionId === item.executionId && !existing.has(executionId))
      fresh.set(executionId, item.workflow);
    else known.add(executionId);
    return executionId;
  });
  return { executionIds, fresh, known };
}

function keyOf(item: Pending): string | undefined {
  return 'workflow' in item ? item.command.idempotencyKey : undefined;
}
