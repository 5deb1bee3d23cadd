/** What a decision does about limits: tells what was used, and pauses (limits.ts says when). */
import { refOf, type ActivationRecord } from './execution.js';
import { findReachedLimit, isOverTime } from './limits.js';
import type { Transition } from './transition.js';
import { newUsage, type Usage } from './usage.js';

/** Pauses what has run as long as it may. True: it is paused now. */
export function pauseOverTime(transition: Transition): boolean {
  const { execution, workflow, nowMs } = transition;
  if (execution?.status !== 'RUNNING' || !isOverTime(workflow.ir, execution, nowMs)) return false;
  transition.emit(execution.executionId, { kind: 'execution_paused', reason: 'max_duration' });
  return true;
}

/** Pauses for whoever was refused a model call, unless the limit was lifted since. */
export function pauseAtLimit(transition: Transition): void {
  const { execution, workflow, nowMs } = transition;
  // Somebody may have paused it before: the limit counts all the same, or a resume would go beyond it.
  if (!execution || execution.extra?.limits?.pausedBy !== undefined) return;
  const reason = findReachedLimit(workflow.ir, execution, nowMs);
  if (reason) transition.emit(execution.executionId, { kind: 'execution_paused', reason });
}

/** B1. Emits what the report of an attempt has that was not known before. */
export function tellUsage(transition: Transition, record: ActivationRecord, usage: Usage | undefined): void {
  const added = usage && newUsage(record.detail?.usage ?? {}, usage);
  if (!added) return;
  const { attempt } = record;
  transition.emit(record.executionId, { kind: 'usage_reported', ...refOf(record), attempt, added });
}
