/** Random loops of nodes of every kind, under random acts and in any order of a store. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorkflow } from '../../src/core/workflow.js';
import { irOf } from '../support/engine-execution.js';
import { ACTS, driveToEnd, KindRun } from '../support/kind-run.js';
import { randomLoops } from '../support/random-loops.js';
import { seeded } from '../support/seeded.js';

const acts = fc.array(fc.record({ act: fc.constantFrom(...ACTS), pick: fc.nat(99) }), { maxLength: 60, size: 'max' });

/** A guard against a test that passes because it reaches nothing. */
const REACHED = [
  ...['CANCELLED', 'COMPLETED', 'FAILED', 'attempt_failed', 'attempt_lost', 'attempt_released', 'execution_cancelled'],
  ...['execution_paused', 'execution_resumed', 'execution_retried', 'node_cancelled', 'node_reopened', 'restart'],
  ...['task again', 'compute again', 'map again', 'item of task again', 'item of child again', 'approval again'],
  ...['timer again', 'signal again', 'child again'],
  ...['retry of task', 'retry of compute', 'retry of map', 'retry of approval', 'retry of signal', 'retry of child'],
  ...['retry after HANDLER_FAILED', 'retry after EXPRESSION_FAILED', 'retry after CHILD_FAILED'],
  ...['router again', 'loop again', 'join all again', 'join any again', 'join all_required again'],
  ...['if failed', 'survived loop', 'survived node', 'retry of loop', 'retry after LOOP_EXHAUSTED'],
];

describe('loops of every kind of node under random acts', () => {
  it('begin every kind anew in each round, and can always be driven to their end', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(randomLoops, acts, fc.nat(), (nodes, script, seed) => {
        const run = new KindRun(buildWorkflow('w', 'sha256:v', irOf(nodes)), seed);
        for (const { act, pick } of script) run.play(act, pick);
        driveToEnd(run, seeded(seed));
        run.restart();
        for (const name of [run.status, run.error, ...run.summary()]) seen.set(name, (seen.get(name) ?? 0) + 1);
      }),
      { numRuns: 800 },
    );
    expect([...seen.keys()]).toEqual(expect.arrayContaining(REACHED));
  }, 120_000);
});
