/**
 * The one pure decision: what a command changes, and what it answers. No clock, no randomness, no I/O: equal state,
 * command and environment give equal results.
 */
import { assertNever } from '../errors.js';
import type { Command, DecisionEnvironment } from './command.js';
import { admit, cancel, pause, resume, retry, start } from './decide-execution.js';
import { admitCall, complete, fail, heartbeat, lease, reap, release } from './decide-task.js';
import { answer, closeChild, fire, signal } from './decide-waiting.js';
import { refuse, type Decision } from './decision.js';
import type { ExecutionView } from './execution.js';

/** Decides one command on one execution. O(out-degree) for lease, complete, fail, release, reap, heartbeat. */
export function decide(view: ExecutionView, command: Command, env: DecisionEnvironment): Decision {
  if (command.kind === 'start') return start(view, command, env);
  const { execution } = view;
  if (!execution) return refuse('EXECUTION_NOT_FOUND', 'no such execution');
  switch (command.kind) {
    case 'lease':
      return lease(view, execution, command, env);
    case 'complete':
      return complete(view, execution, command, env);
    case 'fail':
      return fail(view, execution, command, env);
    case 'release':
      return release(view, execution, command, env);
    case 'admit_call':
      return admitCall(view, execution, command, env);
    case 'heartbeat':
      return heartbeat(view, execution, command, env);
    case 'reap':
      return reap(view, execution, command, env);
    case 'cancel':
      return cancel(view, execution, command, env);
    case 'pause':
      return pause(view, execution, env);
    case 'resume':
      return resume(view, execution, command, env);
    case 'admit':
      return admit(view, execution, command, env);
    case 'retry':
      return retry(view, execution, env);
    case 'fire':
      return fire(view, execution, command, env);
    case 'signal':
      return signal(view, execution, command, env);
    case 'answer':
      return answer(view, execution, command, env);
    case 'child_closed':
      return closeChild(view, execution, command, env);
    default:
      return assertNever(command);
  }
}
