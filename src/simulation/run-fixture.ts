/** Runs the tests of a fixture file, each in a simulation of its own. */
import type { Workflow } from '../core/workflow.js';
import { NexumError } from '../errors.js';
import { formatPath, type YamlPath } from '../pipeline/issue.js';
import type { Difference } from './difference.js';
import type { Fixture, FixtureTest } from './fixture.js';
import { judge, statusOf } from './judge.js';
import { SimulationProblem } from './script.js';
import { Simulation, type FindWorkflow } from './simulation.js';

/** Something that is not as the test says, and where the test says it. */
export interface TestFailure {
  /** Such as `expect.output.title`; empty for the test itself. */
  readonly where: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
}

export interface TestResult {
  readonly name: string;
  readonly line: number;
  /** How the run ended; null when the test broke off. */
  readonly status: string | null;
  readonly failures: readonly TestFailure[];
}

export function runTest(
  fixture: Fixture,
  test: FixtureTest,
  workflow: Workflow,
  findWorkflow: FindWorkflow,
): TestResult {
  const { name, path } = test;
  const { line } = fixture.source.keyPosition(path);
  try {
    const simulation = new Simulation(test.startMs, findWorkflow);
    const run = simulation.start(workflow, JSON.stringify(test.inputs), test.script);
    if (test.cancelAfterMs !== undefined) simulation.cancelAt(run, test.cancelAfterMs);
    for (const resume of test.resumes) simulation.resumeAt(run, resume);
    simulation.run();
    const differences = judge(run, test.expect, simulation.waitsFor(run));
    const failures = differences.map((difference) => failureOf(fixture, path, difference));
    return { name, line, status: statusOf(run), failures };
  } catch (error) {
    const problem = problemOf(error, path);
    if (!problem) throw error;
    const where = placeOf(fixture, path, problem.path);
    return { name, line, status: null, failures: [{ ...where, message: problem.message }] };
  }
}

function failureOf(fixture: Fixture, test: YamlPath, { path, expected, got }: Difference): TestFailure {
  const place = placeOf(fixture, test, path);
  return { ...place, message: `expected ${expected}, got ${got}`, expected, got };
}

function placeOf(fixture: Fixture, test: YamlPath, path: YamlPath): Pick<TestFailure, 'where' | 'line' | 'column'> {
  return { where: formatPath(path.slice(test.length)), ...fixture.source.keyPosition(path) };
}

/** Undefined for errors that are no fault of the test. */
function problemOf(error: unknown, test: YamlPath): { path: YamlPath; message: string } | undefined {
  if (error instanceof SimulationProblem) return { path: error.path ?? test, message: error.message };
  if (error instanceof NexumError && error.code === 'INVALID_INPUT')
    return { path: [...test, 'inputs'], message: error.message };
  return undefined;
}
