/** From which nodes an execution can be rerun, and what of it is kept, when nodes run more than once. */
import { expect, it } from 'vitest';
import type { ActivationRecord } from '../../../src/core/execution.js';
import { keptRecords, requireRerunFrom } from '../../../src/core/kept-nodes.js';
import { buildWorkflow, type Workflow } from '../../../src/core/workflow.js';

const effect = (...dependencies: string[]): object => ({ type: 'EFFECT', dependencies, 'x-nexum': { handler: 'h' } });
const loop = (nodes: readonly string[], ...dependencies: string[]): object => ({
  type: 'COMPUTE',
  dependencies,
  'x-nexum': { loop: { nodes, until: 'true', maxIterations: 3, onExhausted: 'fail' } },
});
const workflow = (document: object): Workflow => buildWorkflow('w', 'v', JSON.stringify(document));

const looped = workflow({
  nodes: {
    plan: effect(),
    outer: loop(['inner'], 'plan'),
    inner: loop(['step']),
    step: effect(),
    report: effect('outer'),
  },
});

it('refuses a node inside a loop, and names the loop to rerun from', () => {
  const message = (node: string): string => `node ${node} runs inside the loop outer: rerun from outer instead`;
  for (const node of ['step', 'inner']) {
    expect(() => {
      requireRerunFrom(looped, node);
    }).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', message: message(node) }));
  }
  for (const node of ['plan', 'outer', 'report']) requireRerunFrom(looped, node);
});

it('refuses every node of a free graph, and nodes that do not exist', () => {
  const graph = { entry: ['a'], scheduling: 'eager', task: 't' };
  const free = workflow({ nodes: { a: { type: 'EFFECT' } }, pipeline: { graph } });
  expect(() => {
    requireRerunFrom(free, 'a');
  }).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  expect(() => {
    requireRerunFrom(looped, 'x');
  }).toThrow(
    expect.objectContaining({
      code: 'NODE_NOT_FOUND',
      message: 'workflow w has no node x; it has plan, outer, inner, step, report',
    }),
  );
});

it('keeps a loop as one node, never the nodes of its rounds', () => {
  const records = ['plan', 'outer', 'inner', 'step', 'report'].map(
    (node) => ({ node, iteration: 1, status: 'COMPLETED' }) as ActivationRecord,
  );
  const kept = (from: string): string[] => keptRecords(looped, records, from).map(({ node }) => node);
  expect(kept('report')).toEqual(['plan', 'outer']);
  expect(kept('outer')).toEqual(['plan']);
  expect(kept('plan')).toEqual([]);
});
