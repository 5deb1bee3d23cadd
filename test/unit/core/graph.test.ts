/** Free graphs through the pure decisions: what fires, what is activated, when it stops. */
import { expect, it } from 'vitest';
import type { EdgeSpec, GraphSpec, NodeBehaviour } from '../../../src/core/ir.js';
import { readOf } from '../../../src/core/reads.js';
import { heardBy } from '../../../src/core/thread.js';
import { TestExecution } from '../../support/engine-execution.js';

type Nodes = Readonly<Record<string, readonly EdgeSpec[] | NodeBehaviour>>;

function started(nodes: Nodes, graph: Partial<GraphSpec> = {}): TestExecution {
  const sketches = Object.entries(nodes).map(([id, node]) => [id, Array.isArray(node) ? { edges: node } : node]);
  const spec: GraphSpec = { entry: ['a'], scheduling: 'eager', maxTurns: 100, task: 'the task', ...graph };
  const execution = TestExecution.of(Object.fromEntries(sketches) as never, undefined, { graph: spec });
  execution.start();
  return execution;
}

function open(execution: TestExecution): string[] {
  return [...execution.activations()]
    .filter(({ status }) => status === 'READY' || status === 'PENDING' || status === 'LEASED')
    .map(({ node, iteration }) => `${node}#${iteration}`);
}

/** Leases the newest activation of the node and completes it. */
function commit(execution: TestExecution, node: string, output: string, iteration = 1): void {
  const nonce = `${node}#${iteration}`;
  const ref = { node, iteration };
  const reply = execution.send({ kind: 'lease', ...ref, workerId: 'w', nonce, leaseMs: 1000 });
  expect(reply.ok, `${nonce} is ready`).toBe(true);
  const task = { executionId: execution.execution!.executionId, ...ref, attempt: 1, nonce };
  execution.send({ kind: 'complete', task, output: JSON.stringify(output) });
}

it('loops over a feedback edge until its condition fails, with the next iteration each time', () => {
  const run = started({
    a: [{ to: 'b' }],
    b: [
      { to: 'c', when: { contains: 'APPROVE' } },
      { to: 'a', when: { notContains: 'APPROVE' }, group: 'feedback' },
    ],
    c: [],
  });
  commit(run, 'a', 'draft 1');
  commit(run, 'b', 'no');
  expect(open(run)).toEqual(['a#2']);
  commit(run, 'a', 'draft 2', 2);
  expect(heardBy(run, { node: 'b', iteration: 2 }).map(({ source, iteration }) => `${source}#${iteration}`)).toEqual([
    'a#2',
  ]);
  commit(run, 'b', 'APPROVE', 2);
  expect(open(run)).toEqual(['c#1']);
  expect(heardBy(run, { node: 'c', iteration: 1 }).map(({ source, iteration }) => `${source}#${iteration}`)).toEqual([
    'user#0',
    'a#1',
    'b#1',
    'a#2',
    'b#2',
  ]);
  commit(run, 'c', 'done');
  expect(run.status).toBe('COMPLETED');
  expect(run.payload(run.execution!.lastSeq)).toBe('"done"');
});

it('collects a wave before the next one begins, and pauses at a limit of waves', () => {
  const run = started(
    { a: [{ to: 'b' }, { to: 'c' }], b: [{ to: 'd', activation: 'any' }], c: [{ to: 'd', activation: 'any' }], d: [] },
    { scheduling: 'barrier', maxTurns: 2 },
  );
  commit(run, 'a', 'x');
  commit(run, 'b', 'y');
  expect(open(run)).toEqual(['c#1']);
  commit(run, 'c', 'z');
  expect(run.status).toBe('PAUSED');
  expect(run.execution?.extra?.graph).toMatchObject({ turns: 2, pausedBy: 'max_turns' });
  run.send({ kind: 'resume', message: 'go on' });
  expect(heardBy(run, { node: 'd', iteration: 1 }).at(-1)).toMatchObject({ source: 'user' });
  commit(run, 'd', 'end');
  expect(run.status).toBe('COMPLETED');
  expect(run.kinds.filter((kind) => kind === 'wave_started')).toHaveLength(2);
});

it('reports a join that can fire no more', () => {
  const run = started({
    a: [
      { to: 'b', when: { contains: 'b' } },
      { to: 'c', when: { contains: 'c' } },
    ],
    b: [{ to: 'd' }],
    c: [{ to: 'd' }],
    d: [],
  });
  commit(run, 'a', 'b');
  commit(run, 'b', 'b is done');
  expect(run.status).toBe('COMPLETED');
  expect(run.events.at(-1)).toMatchObject({
    kind: 'execution_completed',
    unsatisfied: [{ node: 'd', group: 'd', remaining: 1 }],
    payload: '"b is done"',
  });
});

it('runs a loop round by round, reading what the round before gave', () => {
  const run = TestExecution.of({
    improve: {
      type: 'COMPUTE',
      loop: { nodes: ['draft', 'check'], until: 'false', maxIterations: 2, onExhausted: 'continue' },
    },
    draft: { reads: ['check'] },
    check: { needs: ['draft'] },
    end: { needs: ['improve'] },
  });
  run.start();
  expect(open(run)).toEqual(['draft#1']);
  commit(run, 'draft', 'd1');
  commit(run, 'check', 'c1');
  expect(open(run)).toEqual(['draft#2']);
  commit(run, 'draft', 'd2', 2);
  commit(run, 'check', 'c2', 2);
  expect(run.activation('improve', 1)).toMatchObject({
    status: 'COMPLETED',
    detail: { loop: { round: 2, serial: 2 } },
  });
  commit(run, 'end', 'e');
  expect(run.status).toBe('COMPLETED');
});

it('reads across nested loops what the round before of the outer one gave', () => {
  const execution = TestExecution.of({
    outer: {
      type: 'COMPUTE',
      loop: { nodes: ['inner', 'judge'], until: 'false', maxIterations: 2, onExhausted: 'continue' },
    },
    inner: {
      type: 'COMPUTE',
      reads: ['judge'],
      loop: { nodes: ['step'], until: 'false', maxIterations: 2, onExhausted: 'continue' },
    },
    step: { reads: ['judge', 'step'] },
    judge: { needs: ['inner'] },
  });
  execution.start();
  const readBy = (iteration: number, id: string): number | undefined =>
    readOf(execution, { node: 'step', iteration }, id)?.iteration;
  expect([readBy(1, 'judge'), readBy(1, 'step')]).toEqual([undefined, undefined]);
  commit(execution, 'step', 's1');
  expect([readBy(2, 'judge'), readBy(2, 'step')]).toEqual([undefined, 1]);
  commit(execution, 'step', 's2', 2);
  commit(execution, 'judge', 'j1');
  expect([readBy(3, 'judge'), readBy(3, 'step')]).toEqual([1, 2]);
  commit(execution, 'step', 's3', 3);
  expect([readBy(4, 'judge'), readBy(4, 'step')]).toEqual([1, 3]);
  commit(execution, 'step', 's4', 4);
  commit(execution, 'judge', 'j2', 2);
  expect(execution.status).toBe('COMPLETED');
});
