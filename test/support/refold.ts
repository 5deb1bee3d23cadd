/** A process that died: what an execution was in memory is gone, and its stored history is all that is left. */
import { applyEvent } from '../../src/core/apply-event.js';
import type { ExecutionEvent } from '../../src/core/event.js';
import type { TestExecution } from './engine-execution.js';

/** Returns the blank execution, which the events of the other one have made the same. */
export function refold<E extends TestExecution>(before: TestExecution, blank: E): E {
  before.assertInvariants();
  blank.nowMs = before.nowMs;
  for (const event of before.events) {
    blank.events.push(event);
    for (const records of [blank.records, blank.folded])
      applyEvent(records, JSON.parse(JSON.stringify(event)) as ExecutionEvent);
  }
  return blank;
}
