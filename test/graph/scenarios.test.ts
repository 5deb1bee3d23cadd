/**
 * Free graphs and loops, from the wire to the workers: every scenario of the table runs in real processes, its nodes say
 * what the table scripts, and what comes of it is what the table expects.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { table } from '../../src/cli/output.js';
import { describePostgres } from '../support/postgres.js';
import { GRAPHS } from './graph-scenarios.js';
import { LOOPS } from './loop-scenarios.js';
import { assertExpected, outcomeOf } from './outcome.js';
import type { Performance } from './performance.js';
import { workedCommits, type Scenario } from './scenario.js';
import { Stage, type StageOptions } from './stage.js';

const SCENARIOS = [...GRAPHS, ...LOOPS];

const rows: string[][] = [];

afterAll(() => {
  console.log(`\n${table(['scenario', 'on', 'commits', 'ended', 'turns', 'result'], rows)}\n`);
});

describe('on SQLite, one worker', () => everyScenario({ store: 'SQLite', workers: 1, leaseMs: 5000 }));

describePostgres('on PostgreSQL, two servers and three workers', () =>
  everyScenario({ store: 'PostgreSQL', servers: 2, workers: 3, leaseMs: 5000 }),
);

function everyScenario(options: StageOptions): void {
  let stage: Stage;
  const performances = new Map<Scenario, Promise<Performance>>();

  beforeAll(async () => {
    stage = await Stage.open(options);
    for (const scenario of SCENARIOS) {
      const performance = start(stage, scenario);
      // Whoever waits for it hears of it.
      performance.catch(() => undefined);
      performances.set(scenario, performance);
    }
  });
  afterAll(() => stage.close());

  for (const scenario of SCENARIOS) {
    it(scenario.name, async () => {
      const row = [scenario.name, options.store];
      try {
        const performance = await performances.get(scenario);
        if (!performance) throw new Error('it was not started');
        await performance.end();
        const log = stage.log().filter(({ executionId }) => executionId === performance.executionId);
        const outcome = await outcomeOf(stage, performance, log);
        row.push(outcome.commits.join(' '), `${outcome.status} ${outcome.stop}`, String(outcome.turns));
        assertExpected(outcome, scenario);
        assertCalledOnce(
          log.map(({ what, node, iteration }) => `${what} ${node}#${iteration}`),
          scenario,
        );
        rows.push([...row, 'ok']);
      } catch (error) {
        rows.push([...row, ...Array<string>(5 - row.length).fill(''), 'FAILED']);
        throw error;
      }
    });
  }
}

async function start(stage: Stage, scenario: Scenario): Promise<Performance> {
  await stage.register([scenario]);
  const [performance] = await stage.perform([scenario], (one) => ({ scenario: one }));
  if (!performance) throw new Error('it did not start');
  return performance;
}

/** What has committed ran once; what was cancelled or failed ran at most once. */
function assertCalledOnce(lines: readonly string[], scenario: Scenario): void {
  deepStrictEqual([...new Set(lines)].sort(), [...lines].sort(), 'nothing runs twice');
  const missing = workedCommits(scenario).filter(({ activation }) => !lines.includes(`called ${activation}`));
  deepStrictEqual(missing, [], 'what has committed ran');
}
