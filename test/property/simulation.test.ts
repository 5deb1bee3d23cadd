/** Random pipelines under random scripts: a simulation ends, and ends twice in the same way. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/ir.js';
import { isClosed } from '../../src/core/execution.js';
import { Simulation } from '../../src/simulation/simulation.js';
import type { Script } from '../../src/simulation/script.js';
import { fixtureOf, workflowOf, type NodeOf } from '../unit/simulation/fixture-rig.js';

const RETRY = {
  maxAttempts: 3,
  maxLost: 2,
  initialIntervalMs: 500,
  multiplier: 2,
  maxIntervalMs: 2000,
  jitter: 0.5,
  nonRetryable: ['NEVER'],
};
const APPROVAL = { timeoutMs: 60_000, onTimeout: 'fail', onReject: 'continue' } as const;

const KINDS: readonly NodeOf[] = [
  { retry: RETRY, timeoutMs: 30_000 },
  { retry: RETRY, continueOnError: true },
  { type: 'COMPUTE', compute: { of: '${{ run.id }}' } },
  { type: 'TIMER', wait: { durationMs: 5000 } },
  { type: 'TIMER', wait: { signal: 's', timeoutMs: 90_000 } },
  { type: 'HUMAN_APPROVAL', approval: APPROVAL },
  { type: 'MAP', map: { over: "fromJSON('[1,2,3]')", onItemError: 'collect', maxParallel: 2 }, retry: RETRY },
  { type: 'SUBWORKFLOW', child: { workflowId: 'child' } },
];

const after = fc.constantFrom('0ms', '1s', '40s', '2m');
const worked = fc.oneof(
  fc.record({ output: fc.oneof(fc.nat(), fc.array(fc.nat())), after }),
  fc.record({ error: fc.constantFrom('boom', { code: 'NEVER', message: 'm' }), after }),
  fc.record({ lost: fc.constant(true), after }),
);

/** A script that fits the kind of the node. */
function entryOf({ type = 'EFFECT', wait }: NodeOf): fc.Arbitrary<unknown> {
  switch (type) {
    case 'EFFECT':
      return worked;
    case 'MAP':
      return fc.oneof(
        worked,
        fc.tuple(worked, worked, worked).map((items) => ({ items })),
      );
    case 'HUMAN_APPROVAL':
      return fc.option(
        fc.oneof(fc.record({ approve: fc.constant('ann'), after }), fc.record({ reject: fc.constant('ann'), after })),
      );
    case 'TIMER':
      return wait?.signal === undefined ? fc.constant(null) : fc.option(fc.record({ signal: fc.nat(), after }));
    case 'SUBWORKFLOW':
      return fc.oneof(
        fc.record({ output: fc.nat(), after }),
        worked.filter((each) => !('lost' in each)).map((work) => ({ nodes: { work } })),
      );
    default:
      return fc.constant(null);
  }
}

const scenario = fc
  .array(fc.record({ kind: fc.constantFrom(...KINDS), needs: fc.array(fc.nat(9), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 10,
  })
  .chain((nodes) =>
    fc.record({
      nodes: fc.constant(
        Object.fromEntries(
          nodes.map(({ kind, needs }, index) => [
            `n${index}`,
            { ...kind, needs: [...new Set(needs.filter((each) => each < index).map((each) => `n${each}`))] },
          ]),
        ),
      ),
      entries: fc.tuple(...nodes.map(({ kind }) => entryOf(kind))),
      cancelAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
    }),
  );

const child = workflowOf(
  { work: { retry: RETRY }, then: { type: 'TIMER', needs: ['work'], wait: { durationMs: 1000 } } },
  {},
  'child',
);

function run(nodes: Record<string, NodeOf>, script: Script, cancelAfterMs: number | undefined) {
  const simulation = new Simulation(0, () => child);
  const execution = simulation.start(workflowOf(nodes), '{}', script);
  if (cancelAfterMs !== undefined) simulation.cancelAt(execution, cancelAfterMs);
  simulation.run();
  return execution;
}

it('ends every pipeline, twice with the same events', () => {
  fc.assert(
    fc.property(scenario, ({ nodes, entries, cancelAfterMs }) => {
      const given = entries.flatMap((entry, index) => (entry === null ? [] : [[`n${index}`, entry]]));
      const tests = [{ name: 't', expect: {}, nodes: Object.fromEntries(given) as JsonObject }];
      const fixture = fixtureOf(JSON.stringify({ pipeline: 'p', tests }), workflowOf(nodes), [child]);
      const script = fixture.tests[0]?.script ?? new Map();
      const first = run(nodes, script, cancelAfterMs);
      expect(isClosed(first.execution?.status ?? 'RUNNING')).toBe(true);
      expect(run(nodes, script, cancelAfterMs).events).toEqual(first.events);
    }),
  );
});
