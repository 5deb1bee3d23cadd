/** Random loops of nodes of every kind, under random acts and in any order of a store. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorkflow } from '../../src/core/workflow.js';
import { irOf } from '../support/engine-execution.js';
import { KindRun } from '../support/kind-run.js';
import { kindActs, playToEnd, REACHED_BY_ALL } from '../support/kind-script.js';
import { randomLoops } from '../support/random-loops.js';

/** A guard against a test that passes because it reaches nothing. */
const REACHED = [
  ...REACHED_BY_ALL,
  ...['router again', 'loop again', 'join all again', 'join any again', 'join all_required again'],
  ...['if failed', 'survived loop', 'survived node', 'retry of loop', 'retry after LOOP_EXHAUSTED'],
];

describe('loops of every kind of node under random acts', () => {
  it('begin every kind anew in each round, and can always be driven to their end', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(randomLoops, kindActs(60), fc.nat(), (nodes, script, seed) => {
        const run = new KindRun(buildWorkflow('w', 'sha256:v', irOf(nodes)), seed);
        for (const name of playToEnd(run, script, seed)) seen.add(name);
      }),
      { numRuns: 800 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(REACHED));
  }, 120_000);
});
