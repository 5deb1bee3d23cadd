/**
 * The crash matrix of free graphs and loops: every activation of every scenario x the phase in which it is x who dies, by
 * SIGKILL. What comes of it is what comes of a run that nothing interrupts: the same commits in the same order, the same
 * outputs, fired edges, messages, status and stop reason; and only what a dead process was running is called again, once.
 */
import { equal, ok } from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { table } from '../../src/cli/output.js';
import { cellsOf, CrashRun, PHASES, runWhole, VICTIMS, type Cell, type Phase, type Reference } from './crash-run.js';
import { GRAPHS } from './graph-scenarios.js';
import { LOOPS } from './loop-scenarios.js';
import { assertExpected } from './outcome.js';
import type { Scenario } from './scenario.js';

const SCENARIOS = [...GRAPHS, ...LOOPS];
const CELLS = SCENARIOS.flatMap(cellsOf);
const COLUMNS = VICTIMS.flatMap((victim) => PHASES.map((phase) => ({ victim, phase, title: `${phase} (${victim})` })));
const TIMEOUT_MS = 120_000;

/** What microsoft/autogen#7043 asks for: scenario, activation, phase. */
const ISSUE_7043: readonly (readonly [string, string, string, Phase])[] = [
  ['killed while the second agent runs', '#7043: a sequence', 'reviewer#1', 'running'],
  ['killed in the transition', '#7043: a sequence', 'reviewer#1', 'before dispatch'],
  ['resumed with a new message', '#7043: a new message', 'editor#1', 'running'],
  ['one of two parallel branches in flight', '#7043: two branches', 'right#1', 'running'],
  ['inside a cycle, after one round', '#7043: a cycle', 'reviewer#2', 'running'],
  ['inside a cycle, after two rounds', '#7043: a cycle', 'reviewer#3', 'running'],
];

/** By cell and column. */
const results = new Map<Cell, Map<string, string>>(CELLS.map((cell) => [cell, new Map()]));
let references: ReadonlyMap<Scenario, Reference>;

beforeAll(async () => {
  references = await runWhole(SCENARIOS);
}, TIMEOUT_MS);

afterAll(() => {
  const titles = COLUMNS.map(({ title }) => title);
  const rows = [...results].map(([{ scenario, activation }, found]) => [
    scenario.name,
    activation,
    ...titles.map((title) => found.get(title) ?? '-'),
  ]);
  console.log(`\n${table(['scenario', 'activation', ...titles], rows)}\n`);
});

it('the scenarios run to the end that the table expects', () => {
  for (const scenario of SCENARIOS) {
    const outcome = references.get(scenario)?.outcome;
    ok(outcome);
    assertExpected(outcome, scenario);
  }
});

for (const { victim, phase, title } of COLUMNS) {
  describe(title, () => {
    let problems: ReadonlyMap<Cell, unknown> = new Map();
    let broken: unknown = new Error('it did not run');

    beforeAll(async () => {
      try {
        problems = await CrashRun.perform(CELLS, phase, victim, references);
        broken = undefined;
      } catch (error) {
        broken = error;
      }
    }, TIMEOUT_MS);

    for (const scenario of SCENARIOS) {
      it(scenario.name, () => {
        const cells = CELLS.filter((cell) => cell.scenario === scenario);
        const problemOf = (cell: Cell): unknown => broken ?? problems.get(cell);
        for (const cell of cells) results.get(cell)?.set(title, problemOf(cell) === undefined ? 'ok' : 'FAILED');
        const wrong = cells.find((cell) => problemOf(cell) !== undefined);
        if (wrong) throw new Error(`${wrong.activation}: ${String(problemOf(wrong))}`, { cause: problemOf(wrong) });
      });
    }
  });
}

describe('microsoft/autogen#7043', () => {
  for (const [title, scenario, activation, phase] of ISSUE_7043) {
    it(title, () => {
      const cell = CELLS.find((one) => one.scenario.name === scenario && one.activation === activation);
      ok(cell);
      // Judged by the columns above, which this test reads.
      for (const victim of VICTIMS) equal(results.get(cell)?.get(`${phase} (${victim})`), 'ok', victim);
    });
  }
});
