/** The limits of free graphs hold, whoever else pauses and resumes. */
import { expect, it } from 'vitest';
import type { EdgeSpec, GraphSpec } from '../../../src/core/ir.js';
import { EXECUTION_ID, TestExecution, type NodeSketch } from '../../support/engine-execution.js';

function started(nodes: Readonly<Record<string, NodeSketch>>, graph: Partial<GraphSpec>): TestExecution {
  const spec: GraphSpec = { entry: ['a'], scheduling: 'eager', task: 'the task', ...graph };
  const execution = TestExecution.of(nodes, undefined, { graph: spec });
  execution.start();
  return execution;
}

function lease(run: TestExecution, node: string): void {
  const reply = run.send({ kind: 'lease', node, iteration: 1, workerId: 'w', nonce: node, leaseMs: 1000 });
  expect(reply.ok, `${node} is ready`).toBe(true);
}

function complete(run: TestExecution, node: string): void {
  const task = { executionId: EXECUTION_ID, node, iteration: 1, attempt: 1, nonce: node };
  run.send({ kind: 'complete', task, output: '"done"' });
}

function compute(edges: readonly EdgeSpec[] = []): NodeSketch {
  return { type: 'COMPUTE', compute: 'computed', edges };
}

it('is paused by a limit that it reaches while somebody has paused it', () => {
  const run = started({ a: { edges: [{ to: 'b' }] }, b: {} }, { maxTurns: 1 });
  lease(run, 'a');
  run.send({ kind: 'pause' });
  complete(run, 'a');
  expect(run.execution?.extra?.graph).toMatchObject({ turns: 1, pausedBy: 'max_turns' });
  run.send({ kind: 'resume' });
  // Otherwise b would be one turn too many.
  expect(run.execution?.extra?.graph?.turns).toBe(0);
  lease(run, 'b');
  complete(run, 'b');
  expect(run.status).toBe('COMPLETED');
});

it('takes no more turns than it may when several nodes that the engine computes are resumed', () => {
  const nodes = { a: { edges: [{ to: 'b' }, { to: 'c' }] }, b: compute(), c: compute([{ to: 'd' }]), d: {} };
  const run = started(nodes, { maxTurns: 1 });
  lease(run, 'a');
  complete(run, 'a');
  run.send({ kind: 'resume' });
  expect(run.nodes()).toEqual({ a: 'COMPLETED', b: 'COMPLETED', c: 'PENDING' });
  expect(run.execution?.extra?.graph).toMatchObject({ turns: 1, pausedBy: 'max_turns' });
  run.send({ kind: 'resume' });
  expect(run.nodes()).toMatchObject({ c: 'COMPLETED', d: 'PENDING' });
});

it('goes on when it is retried after it failed at a limit', () => {
  const nodes = { a: { edges: [{ to: 'c' }] }, b: {}, c: {} };
  const run = started(nodes, { entry: ['a', 'b'], maxTurns: 1 });
  lease(run, 'a');
  lease(run, 'b');
  complete(run, 'a');
  const task = { executionId: EXECUTION_ID, node: 'b', iteration: 1, attempt: 1, nonce: 'b' };
  run.fail(task, { retryable: false });
  expect(run.status).toBe('FAILED');
  run.send({ kind: 'retry' });
  expect(run.status).toBe('RUNNING');
  expect(run.execution?.extra?.graph?.pausedBy).toBeUndefined();
  lease(run, 'c');
  complete(run, 'c');
  expect(run.execution?.extra?.graph).toMatchObject({ turns: 1, pausedBy: 'max_turns' });
});
