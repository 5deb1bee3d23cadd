/** Who of a batch may run, and who has to wait for a slot of its concurrency key. */
import type { ExecutionStatus } from '../core/execution.js';
import type { StoreTransaction } from '../store/store.js';
import type { BoundExecution } from './bound-execution.js';
import type { Pending, PendingStart, PendingTurn } from './pending.js';
import { Slots } from './slots.js';

/** Locks the slots that a batch may give away or take, before it loads any execution. */
export async function readSlots(
  transaction: StoreTransaction,
  pending: readonly Pending[],
  turns: readonly PendingTurn[],
  statusOf: (executionId: string) => ExecutionStatus | undefined,
): Promise<Slots> {
  const keys = new Set(turns.map(({ turn }) => turn));
  for (const item of pending) if ('workflow' in item && item.concurrency) keys.add(item.concurrency.key);
  return new Slots(keys.size > 0 ? await transaction.findConcurrent([...keys].sort()) : new Map(), statusOf);
}

/** The command of a start, with what it has to do about the slot that it needs. */
export function admission(slots: Slots, item: PendingStart, view: BoundExecution): PendingStart['command'] | Error {
  const { concurrency, command } = item;
  if (!concurrency || view.execution) return command;
  const waiting = slots.ask(concurrency, item.executionId);
  if (waiting instanceof Error || waiting === undefined) return waiting ?? command;
  return { ...command, waiting };
}
