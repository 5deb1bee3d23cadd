/** A store may not have a payload in memory: the decision asks for it, and does not take that for a failure of its own. */
import { describe, expect, it } from 'vitest';
import { TestExecution } from '../../support/engine-execution.js';

class NotInMemory extends Error {}

/** The payloads of this execution are away from now on. */
function forget(execution: TestExecution): void {
  execution.payload = execution.preload = () => {
    throw new NotInMemory('not in memory');
  };
}

describe('a decision that needs a payload which is not in memory', () => {
  it.each([
    ['for a condition', { z: {}, a: {}, b: { needs: ['a'], if: 'true' } }, undefined],
    ['for the declared output', { z: {}, a: {} }, '${{ nodes.a.output }}'],
    ['for the output of the last nodes', { z: {}, a: {} }, undefined],
  ] as const)('asks for it: %s', (_what, nodes, output) => {
    const execution = TestExecution.of(nodes, output);
    execution.start();
    execution.run('z');
    const task = execution.lease('a');
    forget(execution);
    expect(() => execution.decide({ kind: 'complete', task, output: '1' })).toThrow(NotInMemory);
  });
});
