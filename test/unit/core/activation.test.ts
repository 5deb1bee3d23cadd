/** Joins, conditions, skips and the end of an execution. TestExecution checks E1..E5 after each command. */
import { describe, expect, it } from 'vitest';
import type { ExpressionScope } from '../../../src/core/command.js';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { irOf, stubExpressions, TestExecution } from '../../support/engine-execution.js';

function outputOf(execution: TestExecution): unknown {
  const event = execution.events.at(-1);
  expect(event?.kind).toBe('execution_completed');
  return event?.kind === 'execution_completed' ? event.payload : undefined;
}

describe('a join', () => {
  it('starts when all its dependencies have settled, not before', () => {
    const execution = TestExecution.started({ a: {}, b: {}, c: {}, join: { needs: ['a', 'b', 'c'] } });
    execution.run('a');
    execution.run('b');
    expect(execution.nodes()).not.toHaveProperty('join');
    execution.run('c');
    expect(execution.nodes()).toMatchObject({ join: 'READY' });
  });

  it('is started once by the branch that settles last (Nexum 0.2: scheduled twice)', () => {
    const execution = TestExecution.started({ a: {}, b: {}, join: { needs: ['a', 'b'] } });
    const [a, b] = [execution.lease('a'), execution.lease('b')];
    execution.send({ kind: 'complete', task: a, output: '1' });
    execution.send({ kind: 'complete', task: b, output: '2' });
    const opened = execution.events.flatMap((event) => ('ready' in event ? event.ready : []));
    expect(opened.filter(({ node }) => node === 'join')).toHaveLength(1);
  });

  it('with one dependency skipped runs, because another one completed', () => {
    const execution = TestExecution.started({ a: {}, b: { if: 'false' }, join: { needs: ['a', 'b'] } });
    execution.run('a');
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'SKIPPED', join: 'READY' });
  });

  it('with every dependency skipped is skipped', () => {
    const execution = TestExecution.started({
      a: { if: 'false' },
      b: { if: 'false' },
      c: {},
      join: { needs: ['a', 'b'] },
    });
    expect(execution.nodes()).toEqual({ a: 'SKIPPED', b: 'SKIPPED', c: 'READY', join: 'SKIPPED' });
  });

  it.each([
    ['before', { a: {}, middle: { needs: ['a'], if: 'false' }, join: { needs: ['a', 'middle'] } }],
    ['after', { a: {}, join: { needs: ['a', 'middle'] }, middle: { needs: ['a'], if: 'false' } }],
  ])(
    'below a node and its own skipped successor is started once, with the successor %s it in the document',
    (_order, nodes) => {
      const execution = TestExecution.started(nodes);
      execution.run('a');
      expect(execution.nodes()).toEqual({ a: 'COMPLETED', middle: 'SKIPPED', join: 'READY' });
      expect(execution.execution?.open).toBe(1);
    },
  );

  it('of a diamond runs once and ends the execution', () => {
    const execution = TestExecution.started({
      top: {},
      l: { needs: ['top'] },
      r: { needs: ['top'] },
      bottom: { needs: ['l', 'r'] },
    });
    execution.runToEnd();
    expect(execution.status).toBe('COMPLETED');
    expect(execution.kinds.filter((kind) => kind === 'node_leased')).toHaveLength(4);
    expect(outputOf(execution)).toBe('"bottom"');
  });

  it('of stacked diamonds with skips in the middle still ends', () => {
    const execution = TestExecution.started({
      a: {},
      b: { needs: ['a'], if: 'false' },
      c: { needs: ['a'] },
      d: { needs: ['b', 'c'] },
      e: { needs: ['b'] },
      f: { needs: ['d', 'e', 'a'] },
    });
    execution.runToEnd();
    expect(execution.nodes()).toEqual({
      a: 'COMPLETED',
      b: 'SKIPPED',
      c: 'COMPLETED',
      d: 'COMPLETED',
      e: 'SKIPPED',
      f: 'COMPLETED',
    });
  });
});

describe('`if`', () => {
  it('true runs the node, false skips it and everything that only it leads to', () => {
    const execution = TestExecution.started({
      a: {},
      yes: { needs: ['a'], if: 'true' },
      no: { needs: ['a'], if: 'false' },
      below: { needs: ['no'] },
      deeper: { needs: ['below'] },
    });
    execution.run('a');
    expect(execution.nodes()).toEqual({
      a: 'COMPLETED',
      yes: 'READY',
      no: 'SKIPPED',
      below: 'SKIPPED',
      deeper: 'SKIPPED',
    });
    const reasons = execution.events.flatMap((event) =>
      event.kind === 'node_skipped' ? [[event.node, event.reason]] : [],
    );
    expect(reasons).toEqual([
      ['no', 'condition'],
      ['below', 'dependencies_skipped'],
      ['deeper', 'dependencies_skipped'],
    ]);
  });

  it('of a node whose dependencies were skipped is not even evaluated', () => {
    const execution = TestExecution.started({ a: { if: 'false' }, b: { needs: ['a'], if: 'throws' } });
    expect(execution.nodes()).toEqual({ a: 'SKIPPED', b: 'SKIPPED' });
    expect(execution.status).toBe('COMPLETED');
  });

  it('that throws fails the node and the execution with EXPRESSION_FAILED; the completion that led to it stands', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'], if: 'throws' }, c: {} });
    execution.run('a');
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'FAILED', c: 'CANCELLED' });
    expect(execution.execution).toMatchObject({
      status: 'FAILED',
      open: 0,
      failedNode: 'b',
      error: { code: 'EXPRESSION_FAILED', message: expect.stringContaining('no such value') as string },
    });
  });

  it('sees the input, the direct dependencies with status and output, and the run', () => {
    const scopes: ExpressionScope[] = [];
    const nodes = { a: {}, skipped: { if: 'false' }, far: {}, b: { needs: ['a', 'skipped'], if: 'look' } };
    const execution = new TestExecution(buildWorkflow('w', 'sha256:v', irOf(nodes)), {
      ...stubExpressions,
      evaluateCondition: (source, scope) => {
        if (source === 'look') scopes.push(scope);
        return source === 'look';
      },
    });
    execution.start('{"topic":"x"}');
    execution.run('a', '{"found":3}');
    expect(scopes).toHaveLength(1);
    expect(scopes[0]?.inputs).toEqual({ topic: 'x' });
    expect({ ...scopes[0]?.nodes }).toEqual({
      a: { output: { found: 3 }, status: 'COMPLETED' },
      skipped: { output: null, status: 'SKIPPED' },
    });
    expect(scopes[0]?.run).toMatchObject({ workflow: 'w', version: 'sha256:v' });
  });

  it('skips a chain of 20,000 nodes without overflowing the stack', () => {
    const nodes = Object.fromEntries(
      [...Array(20_000).keys()].map((index) => [
        `n${index}`,
        index === 0 ? { if: 'false' } : { needs: [`n${index - 1}`] },
      ]),
    );
    const workflow = buildWorkflow('w', 'sha256:v', irOf(nodes));
    const execution = new TestExecution(workflow);
    const decision = execution.decide({ kind: 'start', executionId: 'exec-1', input: '1' });
    expect(decision.changes?.execution).toMatchObject({ status: 'COMPLETED', open: 0, lastSeq: 20_002 });
  });
});

describe('the output of an execution', () => {
  it('is that of the single leaf', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'] } });
    execution.run('a', '"first"');
    execution.run('b', '{"last":true}');
    expect(outputOf(execution)).toBe('{"last":true}');
  });

  it('is an object of the completed leaves when there are several, byte for byte', () => {
    const execution = TestExecution.started({ a: {}, 'b "q"': {}, c: { if: 'false' } });
    execution.run('a', '9007199254740993');
    execution.run('b "q"', '"\\ud800"');
    expect(outputOf(execution)).toBe('{"a":9007199254740993,"b \\"q\\"":"\\ud800"}');
  });

  it('is null when the single leaf was skipped', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'], if: 'false' } });
    execution.run('a');
    expect(outputOf(execution)).toBe('null');
  });

  it('is what the pipeline declares', () => {
    const execution = TestExecution.started({ a: {} }, { report: [1, 'x'] });
    execution.run('a');
    expect(outputOf(execution)).toBe('{"report":[1,"x"]}');
  });

  it('that cannot be computed fails the execution with EXPRESSION_FAILED; every node stays COMPLETED', () => {
    const execution = TestExecution.started({ a: {} }, 'throws');
    execution.run('a');
    expect(execution.nodes()).toEqual({ a: 'COMPLETED' });
    expect(execution.execution).toMatchObject({ status: 'FAILED', open: 0, error: { code: 'EXPRESSION_FAILED' } });
    expect(execution.execution?.failedNode).toBeUndefined();
  });
});
