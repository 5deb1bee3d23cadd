/** Random acts on an execution whose nodes are of every kind, and what such tests have to reach. */
import fc from 'fast-check';
import { ACTS, driveToEnd, type KindRun } from './kind-run.js';
import { seeded } from './seeded.js';

/** A guard against a test that passes because it reaches nothing. */
export const REACHED_BY_ALL = [
  ...['CANCELLED', 'COMPLETED', 'FAILED', 'attempt_failed', 'attempt_lost', 'attempt_released', 'execution_cancelled'],
  ...['execution_paused', 'execution_resumed', 'execution_retried', 'node_cancelled', 'node_reopened', 'restart'],
  ...['task again', 'compute again', 'map again', 'item of task again', 'item of child again', 'approval again'],
  ...['timer again', 'signal again', 'child again'],
  ...['retry of task', 'retry of compute', 'retry of map', 'retry of approval', 'retry of signal', 'retry of child'],
  ...['retry after HANDLER_FAILED', 'retry after EXPRESSION_FAILED', 'retry after CHILD_FAILED'],
];

/** What is done, one after the other. */
export function kindActs(maxLength: number): fc.Arbitrary<KindAct[]> {
  return fc.array(fc.record({ act: fc.constantFrom(...ACTS), pick: fc.nat(99) }), { maxLength, size: 'max' });
}

interface KindAct {
  readonly act: (typeof ACTS)[number];
  readonly pick: number;
}

/** Plays them, drives the execution to its end, and returns what was reached. */
export function playToEnd(run: KindRun, acts: readonly KindAct[], seed: number): string[] {
  for (const { act, pick } of acts) run.play(act, pick);
  driveToEnd(run, seeded(seed));
  run.restart();
  return [run.status, run.error, ...run.summary()];
}
