/** Free graphs and loops where several things happen at once. */
import { expect, it } from 'vitest';
import type { GraphSpec } from '../../../src/core/ir.js';
import { heardBy } from '../../../src/core/thread.js';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { irOf, stubExpressions, TestExecution, type NodeSketch } from '../../support/engine-execution.js';

function loop(nodes: readonly string[], more: Partial<NodeSketch['loop']> = {}, rest: NodeSketch = {}): NodeSketch {
  return { type: 'COMPUTE', loop: { nodes, until: 'true', maxIterations: 1, onExhausted: 'fail', ...more }, ...rest };
}

function graphOf(
  nodes: Readonly<Record<string, NodeSketch>>,
  graph: Partial<GraphSpec>,
  output?: string,
): TestExecution {
  const spec: GraphSpec = { entry: ['s'], scheduling: 'eager', maxTurns: 100, task: 'the task', ...graph };
  const run = TestExecution.of(nodes, output, { graph: spec });
  run.start();
  return run;
}

function heard(run: TestExecution): string[] {
  return [1, 2].map((iteration) =>
    heardBy(run, { node: 't', iteration })
      .map(({ source }) => source)
      .join(' '),
  );
}

it('opens nothing more in a round whose loop has failed, and fails the loop once', () => {
  const survives = { continueOnError: true };
  const after = { needs: ['l'] };
  const nodes = { l: loop(['a', 'b'], {}, survives), a: { if: 'throws' }, after };
  for (const b of [{}, { if: 'throws' }]) {
    const run = TestExecution.started({ ...nodes, b });
    expect(run.nodes()).toEqual({ l: 'FAILED', a: 'FAILED', after: 'READY' });
  }
  const behind = { s: {}, a: { needs: ['s'], if: 'throws' }, b: { needs: ['s'] } };
  const run = TestExecution.started({ l: loop(['s', 'a', 'b'], {}, survives), ...behind, after });
  run.run('s');
  expect(run.nodes()).not.toHaveProperty('b');
});

it('gives only the loop that used up its rounds as many again', () => {
  let isDone = false;
  const nodes = { outer: loop(['inner'], { maxIterations: 3 }), inner: loop(['x'], { until: 'inner' }), x: {} };
  const evaluateCondition = (source: string): boolean => source !== 'inner' || isDone;
  const workflow = buildWorkflow('w', 'sha256:v', irOf(nodes));
  const run = new TestExecution(workflow, { ...stubExpressions, evaluateCondition });
  run.start();
  run.run('x');
  expect(run.execution?.error?.code).toBe('LOOP_EXHAUSTED');
  isDone = true;
  run.send({ kind: 'retry' });
  const lease = { kind: 'lease', node: 'x', iteration: 2, workerId: 'w', nonce: 'again', leaseMs: 1000 } as const;
  run.send(lease);
  const task = { executionId: run.execution!.executionId, node: 'x', iteration: 2, attempt: 1, nonce: 'again' };
  run.send({ kind: 'complete', task, output: '1' });
  expect(run.status).toBe('COMPLETED');
  expect(run.activation('outer', 1)?.detail?.loop?.round).toBe(1);
});

it('answers the question that is named, and no later one', () => {
  const approval = { onTimeout: 'fail', onReject: 'fail' } as const;
  const run = TestExecution.started({
    l: loop(['ask'], { until: 'false', maxIterations: 5 }),
    ask: { type: 'HUMAN_APPROVAL', approval },
  });
  const answer = { kind: 'answer', node: 'ask', iteration: 1, approved: true, approver: 'me', comment: '' } as const;
  expect(run.send(answer)).toMatchObject({ ok: true, alreadyApplied: false });
  expect(run.send(answer)).toMatchObject({ ok: true, alreadyApplied: true });
  expect(run.activation('ask', 2)?.status).toBe('WAITING');
});

it('lets two activations of one event hear the same', () => {
  const edges = ['g1', 'g2'].map((group) => ({ to: 't', group }));
  const run = graphOf({ s: { edges }, t: {} }, {});
  run.run('s');
  expect(heard(run)).toEqual(['user s', 'user s']);
});

it('lets a node hear a message once, with its newest activation or its next one', () => {
  const edges = [{ to: 't', activation: 'any' as const }];
  const open = (): TestExecution => {
    const run = graphOf({ s: { edges }, u: { edges }, t: {} }, { entry: ['s', 'u'] });
    run.run('s');
    run.run('u');
    return run;
  };
  const run = open();
  run.send({ kind: 'resume', message: 'hurry' });
  expect(heard(run)).toEqual(['user s', 'u user']);
  const started = open();
  started.send({ kind: 'lease', node: 't', iteration: 2, workerId: 'w', nonce: 'n', leaseMs: 1000 });
  started.send({ kind: 'resume', message: 'hurry' });
  expect(heard(started)).toEqual(['user s', 'u']);
});

it('runs nothing again when only the output of a stopped graph could not be made', () => {
  const run = graphOf({ s: {}, t: {} }, { entry: ['s', 't'], stopWhen: { textMention: 'STOP' } }, 'throws');
  run.run('s', '"STOP"');
  expect([run.status, run.nodes()]).toEqual(['FAILED', { s: 'COMPLETED', t: 'CANCELLED' }]);
  run.send({ kind: 'retry' });
  expect([run.status, run.nodes()]).toEqual(['FAILED', { s: 'COMPLETED', t: 'CANCELLED' }]);
});

it('begins what was parked in the order in which it was opened, whatever the store says', () => {
  const edges = [{ to: 'z' }, { to: 'a' }];
  const nodes = {
    s: { edges },
    a: { type: 'COMPUTE' as const, compute: 'a' },
    z: { type: 'COMPUTE' as const, compute: 'z' },
  };
  const commits = (reverse: boolean): string[] => {
    const run = graphOf(nodes, { maxTurns: 1 });
    run.run('s');
    const inOrder = run.activations.bind(run);
    if (reverse) run.activations = () => [...inOrder()].reverse();
    run.send({ kind: 'resume' });
    return run.events.flatMap((event) => (event.kind === 'node_completed' ? [event.node] : []));
  };
  expect(commits(true)).toEqual(commits(false));
});
