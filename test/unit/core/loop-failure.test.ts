/** What becomes of the nodes of a loop when one of them fails. */
import { expect, it } from 'vitest';
import { TestExecution, type NodeSketch } from '../../support/engine-execution.js';

function loop(nodes: readonly string[], more: NodeSketch = {}): NodeSketch {
  return { type: 'COMPUTE', loop: { nodes, until: 'true', maxIterations: 1, onExhausted: 'fail' }, ...more };
}

it('cancels the other nodes of a loop in a loop when the outer one may fail', () => {
  const run = TestExecution.started({
    outer: loop(['inner'], { continueOnError: true }),
    inner: loop(['a', 'b']),
    a: {},
    b: {},
  });
  run.fail(run.lease('a'), { retryable: false });
  expect(run.nodes()).toEqual({ outer: 'FAILED', inner: 'FAILED', a: 'FAILED', b: 'CANCELLED' });
  expect(run.status).toBe('COMPLETED');
});
