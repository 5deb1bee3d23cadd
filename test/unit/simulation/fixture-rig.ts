/** Runs fixtures on workflows that tests write as IR. */
import { buildWorkflow, type Workflow } from '../../../src/core/workflow.js';
import type { IrNode, Json, JsonObject, NodeBehaviour, NodeType, PipelineInfo } from '../../../src/core/ir.js';
import { checkFixture } from '../../../src/simulation/fixture-check.js';
import { readFixture, type Fixture } from '../../../src/simulation/fixture.js';
import { runTest, type TestResult } from '../../../src/simulation/run-fixture.js';
import { Simulation } from '../../../src/simulation/simulation.js';

export interface NodeOf extends NodeBehaviour {
  readonly type?: NodeType;
  readonly needs?: readonly string[];
  readonly mapNodeId?: string;
}

/** A workflow of `{ node: { type, needs, ...behaviour } }`; what no kind is named runs the handler `h`. */
export function workflowOf(
  nodes: Readonly<Record<string, NodeOf>>,
  info: Partial<PipelineInfo> = {},
  name = 'w',
): Workflow {
  const own = Object.entries(nodes).map(([id, { type = 'EFFECT', needs = [], mapNodeId, ...behaviour }]) => {
    const handler = type === 'EFFECT' || (type === 'MAP' && behaviour.compute === undefined && !behaviour.child);
    const extra = mapNodeId === undefined ? {} : { mapNodeId };
    const node: IrNode = {
      type,
      dependencies: needs,
      ...extra,
      'x-nexum': { ...(handler ? { handler: 'h' } : {}), ...behaviour },
    };
    return [id, node] as const;
  });
  const ir = { nodes: Object.fromEntries(own), pipeline: { name, inputs: {}, ...info } };
  return buildWorkflow(name, `sha256:${name}`, JSON.stringify(ir));
}

/** @throws Error with the issues of a fixture that cannot be run */
export function fixtureOf(text: string, workflow: Workflow, others: readonly Workflow[] = []): Fixture {
  const { fixture, issues } = readFixture(text, 'p.test.yaml');
  const problems = fixture ? checkFixture(fixture, workflow, finder(others)) : issues;
  if (!fixture || problems.length > 0) {
    const shown = problems.map(
      ({ code, line, column, message, fix }) => `${line}:${column} ${code}: ${message} | ${fix}`,
    );
    throw new Error(shown.join('\n'));
  }
  return fixture;
}

/** Runs the one test that `body` (JSON, which is YAML) describes. */
export function test(workflow: Workflow, body: JsonObject, others: readonly Workflow[] = []): TestResult {
  const each = { name: 't', expect: {}, ...body };
  const fixture = fixtureOf(JSON.stringify({ pipeline: 'p.yaml', tests: [each] }), workflow, others);
  const [first] = fixture.tests;
  if (!first) throw new Error('no test');
  return runTest(fixture, first, workflow, finder(others));
}

/** What is wrong, without places. */
export function problems(workflow: Workflow, body: JsonObject, others: readonly Workflow[] = []): string[] {
  return test(workflow, body, others).failures.map(({ where, message }) => `${where}: ${message}`);
}

/** The history of one run. */
export function history(
  workflow: Workflow,
  nodes: JsonObject,
  { inputs = {}, resume = [] }: { readonly inputs?: Json; readonly resume?: readonly JsonObject[] } = {},
  others: readonly Workflow[] = [],
) {
  const tests = [{ name: 't', nodes, resume, expect: {} }];
  const fixture = fixtureOf(JSON.stringify({ pipeline: 'p.yaml', tests }), workflow, others);
  const simulation = new Simulation(0, finder(others));
  const run = simulation.start(workflow, JSON.stringify(inputs), fixture.tests[0]?.script ?? new Map());
  for (const each of fixture.tests[0]?.resumes ?? []) simulation.resumeAt(run, each);
  simulation.run();
  return run.events;
}

function finder(others: readonly Workflow[]) {
  return (workflowId: string): Workflow | undefined => others.find((each) => each.workflowId === workflowId);
}
