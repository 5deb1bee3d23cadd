/** The changes of a batch, coalesced: of several records with one key the last one is written. */
import { activationKey, type ActivationRecord, type ExecutionRecord, type JoinRecord } from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import type { Changes } from '../core/transition.js';

/** The last record per key; of one execution. */
export interface MergedExecution {
  execution: ExecutionRecord | undefined;
  /** Nothing but leases was extended: no event, no other record (E5). */
  isRenewal: boolean;
  readonly activations: Map<string, ActivationRecord>;
  readonly joins: Map<string, JoinRecord>;
}

export interface MergedChanges {
  readonly executions: ReadonlyMap<string, MergedExecution>;
  /** In the order in which they were decided. */
  readonly events: readonly ExecutionEvent[];
  /** Those of them about which something has to be done elsewhere. */
  readonly outbox: readonly ExecutionEvent[];
}

export function mergeChanges(changes: readonly Changes[]): MergedChanges {
  const executions = new Map<string, MergedExecution>();
  const events: ExecutionEvent[] = [];
  const outbox: ExecutionEvent[] = [];
  for (const change of changes) {
    mergeInto(executions, change);
    for (const event of change.events) events.push(event);
    if (change.outbox.length > 0) outbox.push(...change.events.filter(({ seq }) => change.outbox.includes(seq)));
  }
  return { executions, events, outbox };
}

function mergeInto(executions: Map<string, MergedExecution>, change: Changes): void {
  const executionId =
    change.execution?.executionId ?? change.activations[0]?.executionId ?? change.events[0]?.executionId;
  if (executionId === undefined) return;
  let target = executions.get(executionId);
  if (!target) {
    target = { execution: undefined, isRenewal: true, activations: new Map(), joins: new Map() };
    executions.set(executionId, target);
  }
  target.execution = change.execution ?? target.execution;
  target.isRenewal &&= !change.execution && change.joins.length + change.events.length === 0;
  for (const record of change.activations)
    target.activations.set(activationKey(record.node, record.iteration, record.item), record);
  for (const record of change.joins) target.joins.set(`${record.target}\n${record.group}`, record);
}
