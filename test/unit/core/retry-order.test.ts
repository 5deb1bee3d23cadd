/** A store says nothing about the order of activations: a retry does the same in any. */
import { expect, it } from 'vitest';
import type { ActivationRecord } from '../../../src/core/execution.js';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { irOf, NO_DELAY, TestExecution } from '../../support/engine-execution.js';

class Reversed extends TestExecution {
  reversed = false;

  override activations(): Iterable<ActivationRecord> {
    const records = [...super.activations()];
    return this.reversed ? records.reverse() : records;
  }
}

it('opens what nobody had told in one order, whatever the order of the store', () => {
  const task = { retry: { ...NO_DELAY, maxAttempts: 1 } };
  const nodes = { a: task, b: task, c: { ...task, needs: ['a'] }, d: { ...task, needs: ['b'] }, x: task };
  const execution = new Reversed(buildWorkflow('w', 'sha256:v', irOf(nodes)));
  execution.start();
  const late = [execution.lease('a'), execution.lease('b')];
  execution.fail(execution.lease('x'));
  for (const task of late) execution.send({ kind: 'complete', task, output: '1' });
  const inOrder = execution.decide({ kind: 'retry' });
  execution.reversed = true;
  expect(execution.decide({ kind: 'retry' })).toEqual(inOrder);
  execution.send({ kind: 'retry' });
  expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'COMPLETED', c: 'READY', d: 'READY', x: 'READY' });
});
