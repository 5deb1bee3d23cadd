/** Runs the tests of fixture files for `nexum test`. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { buildWorkflow, type Workflow } from '../core/workflow.js';
import { errorMessage, nexumError } from '../errors.js';
import type { CompiledPipeline } from '../pipeline/compile.js';
import type { Issue } from '../pipeline/issue.js';
import { checkFixture } from '../simulation/fixture-check.js';
import { readFixture, type Fixture } from '../simulation/fixture.js';
import { runTest, type TestResult } from '../simulation/run-fixture.js';
import type { FindWorkflow } from '../simulation/simulation.js';
import { isFixtureFile } from './fixture-name.js';
import { checkPipelineFile } from './pipeline-file.js';
import { InvalidPipeline } from './pipeline-issues.js';

const DEFAULT_FOLDER = 'pipelines';

export interface FileResult {
  readonly file: string;
  readonly pipeline: string;
  readonly tests: readonly TestResult[];
}

interface Prepared {
  readonly file: string;
  readonly fixture: Fixture;
  readonly workflow: Workflow;
  readonly findWorkflow: FindWorkflow;
}

/**
 * Runs every test whose name holds `filter`. All files are read before the first test runs.
 * @param files none: the fixture files of ./pipelines
 * @throws InvalidPipeline with the issues of all files; NexumError FILE_NOT_FOUND, USAGE
 */
export async function runFixtures(files: readonly string[], filter: string | undefined): Promise<FileResult[]> {
  const named = files.length > 0 ? files : await defaultFiles();
  const results = await Promise.all(named.map(prepare));
  const issues = results.flatMap((result) => ('issues' in result ? result.issues : []));
  const prepared = results.filter((result) => 'fixture' in result);
  if (prepared.length < results.length) throw new InvalidPipeline(issues);
  const ran = prepared.map((each) => runFile(each, filter ?? ''));
  if (ran.every(({ tests }) => tests.length === 0))
    throw nexumError('USAGE', `no test has ${JSON.stringify(filter ?? '')} in its name`);
  return ran;
}

async function defaultFiles(): Promise<string[]> {
  const names = await readdir(DEFAULT_FOLDER).catch(() => []);
  const files = names.filter(isFixtureFile).sort();
  if (files.length > 0) return files.map((name) => join(DEFAULT_FOLDER, name));
  throw nexumError('USAGE', `no files are given, and ./${DEFAULT_FOLDER} has no *.test.yaml`);
}

/** Tells what is wrong with a fixture file, or with its pipeline. @throws NexumError FILE_NOT_FOUND */
export async function checkFixtureFile(file: string): Promise<readonly Issue[]> {
  const prepared = await prepare(file);
  return 'issues' in prepared ? prepared.issues : [];
}

/** Reads a fixture file and the pipeline that it is about. */
async function prepare(file: string): Promise<Prepared | { readonly issues: readonly Issue[] }> {
  const { fixture, issues } = readFixture(await readText(file), file);
  if (!fixture) return { issues };
  const result = await checkPipelineFile(relative('.', join(dirname(file), fixture.pipeline)));
  const { compiled } = result;
  if (!compiled) return { issues: result.issues };
  const workflow = workflowOf(compiled);
  const findWorkflow = finder(compiled);
  const problems = checkFixture(fixture, workflow, findWorkflow);
  return problems.length > 0 ? { issues: problems } : { file, fixture, workflow, findWorkflow };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw nexumError('FILE_NOT_FOUND', `cannot read the tests ${file}: ${errorMessage(error)}`, { file }, error);
  }
}

function finder(compiled: CompiledPipeline): FindWorkflow {
  const workflows = compiled.children.map(workflowOf);
  return (workflowId, versionHash) =>
    workflows.find(
      (each) => each.workflowId === workflowId && (versionHash === undefined || each.versionHash === versionHash),
    );
}

function workflowOf({ workflowId, versionHash, irJson }: CompiledPipeline): Workflow {
  return buildWorkflow(workflowId, versionHash, irJson);
}

function runFile({ file, fixture, workflow, findWorkflow }: Prepared, filter: string): FileResult {
  const tests = fixture.tests.filter(({ name }) => name.includes(filter));
  const results = tests.map((test) => runTest(fixture, test, workflow, findWorkflow));
  return { file, pipeline: workflow.workflowId, tests: results };
}
