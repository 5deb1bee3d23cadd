/** A retry goes on where the failure left everything: nobody is forgotten, and nothing runs that should not. */
import { describe, expect, it } from 'vitest';
import type { Expressions } from '../../../src/core/command.js';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { irOf, NO_DELAY, stubExpressions, TestExecution, type NodeSketch } from '../../support/engine-execution.js';

const ONCE: NodeSketch = { retry: { ...NO_DELAY, maxAttempts: 1 } };

describe('a retry', () => {
  it('tells the dependents of a node that completed after the failure', () => {
    const execution = TestExecution.started({ a: ONCE, b: {}, c: { needs: ['b'] } });
    const late = execution.lease('b');
    execution.fail(execution.lease('a'));
    execution.send({ kind: 'complete', task: late, output: '1' });
    execution.send({ kind: 'retry' });
    expect(execution.nodes()).toEqual({ a: 'READY', b: 'COMPLETED', c: 'READY' });
  });

  it('follows the choice of a router that completed after the failure', () => {
    const execution = TestExecution.started({
      a: ONCE,
      r: { type: 'ROUTER', routes: [{ target: 'x' }, { target: 'y' }] },
      x: {},
      y: {},
    });
    const late = execution.lease('r');
    execution.fail(execution.lease('a'));
    execution.send({ kind: 'complete', task: late, output: '{"routed_to":"y"}' });
    execution.send({ kind: 'retry' });
    expect(execution.nodes()).toEqual({ a: 'READY', r: 'COMPLETED', x: 'SKIPPED', y: 'READY' });
  });

  it('opens what the transition that failed had not come to', () => {
    let holds = false;
    const expressions: Expressions = {
      ...stubExpressions,
      evaluateCondition: () => {
        if (holds) return true;
        throw new Error('not yet');
      },
    };
    const workflow = buildWorkflow('w', 'sha256:v', irOf({ a: {}, b: { needs: ['a'], if: 'x' }, c: { needs: ['a'] } }));
    const execution = new TestExecution(workflow, expressions);
    execution.start();
    execution.run('a');
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'FAILED' });
    holds = true;
    execution.send({ kind: 'retry' });
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'READY', c: 'READY' });
  });

  it('does not run a node whose condition fails', () => {
    const execution = TestExecution.started({ a: { if: 'throws' } });
    expect(execution.nodes()).toEqual({ a: 'FAILED' });
    execution.send({ kind: 'retry' });
    expect(execution.nodes()).toEqual({ a: 'FAILED' });
    expect(execution.status).toBe('FAILED');
  });

  it.each(['skip', 'collect'] as const)('leaves an item alone that its map does without: %s', (onItemError) => {
    const map = { over: '[1,2]', onItemError, maxParallel: 1 } as const;
    const execution = TestExecution.started({ m: { type: 'MAP', map, ...ONCE }, a: ONCE });
    execution.fail(execution.lease('m', 1000, 0));
    execution.fail(execution.lease('a'));
    execution.send({ kind: 'retry' });
    expect(execution.nodes()).toEqual({ m: 'WAITING', 'm.0': 'FAILED', 'm.1': 'READY', a: 'READY' });
  });
});
