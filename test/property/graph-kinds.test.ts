/** Random free graphs of nodes of every kind, under random acts and in any order of a store. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildWorkflow } from '../../src/core/workflow.js';
import { irOf } from '../support/engine-execution.js';
import { KindRun } from '../support/kind-run.js';
import { kindActs, playToEnd, REACHED_BY_ALL } from '../support/kind-script.js';
import { randomKindGraphs } from '../support/random-kind-graphs.js';

/** A guard against a test that passes because it reaches nothing. */
const REACHED = [...REACHED_BY_ALL, ...['PAUSED', 'edges_fired', 'message_added', 'wave_started']];

describe('free graphs of every kind of node under random acts', () => {
  it('let every kind run again and again, and can always be driven to their end or a limit', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(randomKindGraphs, kindActs(40), fc.nat(), ({ nodes, graph }, script, seed) => {
        const run = new KindRun(buildWorkflow('w', 'sha256:v', irOf(nodes, undefined, { graph })), seed);
        for (const name of playToEnd(run, script, seed)) seen.add(name);
      }),
      { numRuns: 800 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(REACHED));
  }, 120_000);
});
