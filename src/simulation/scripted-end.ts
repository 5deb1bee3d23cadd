/** What the script of a test says of attempts, as the commands that workers would send. */
import type { ChildEnd, Command } from '../core/command.js';
import { refOf } from '../core/execution.js';
import type { TaskRef } from '../core/ids.js';
import type { NodeBehaviour } from '../core/ir.js';
import { nexumError } from '../errors.js';
import { attemptFailure, checkedOutput } from '../pipeline/attempt.js';
import {
  activationText,
  missingIteration,
  resultOf,
  scriptOf,
  SimulationProblem,
  type Script,
  type ScriptedResult,
} from './script.js';

export type ExecutionCommand = Exclude<Command, { readonly kind: 'start' }>;

/** @throws SimulationProblem when the script says nothing of this attempt */
export function scriptedAttempt(script: Script, task: TaskRef): ScriptedResult {
  const missing = missingIteration(script, task);
  if (missing) throw missing;
  const { attempt } = task;
  const entry = scriptOf(script, task);
  const result = resultOf(entry, attempt);
  if (result) return result;
  const what = activationText(task);
  const message =
    entry === undefined || entry.results.length === 0
      ? `${what} needs a worker: give its \`output\` or \`error\` under \`nodes\``
      : `attempt ${attempt} of ${what} has no result: ${entry.results.length} are given`;
  throw new SimulationProblem(message, entry?.path);
}

/** The command with which a worker, or the engine on its behalf, ends the attempt. */
export function endOf(result: ScriptedResult, task: TaskRef, behaviour: NodeBehaviour): ExecutionCommand {
  const { node, iteration, item, nonce } = task;
  switch (result.kind) {
    case 'output':
      try {
        const output = checkedOutput(result.output, node, behaviour.outputSchema);
        const conditions = answersOf(result, node, behaviour);
        return { kind: 'complete', task, output, ...(conditions ? { conditions } : {}) };
      } catch (error) {
        if (error instanceof SimulationProblem) throw error;
        return { kind: 'fail', task, failure: attemptFailure(error) };
      }
    case 'error':
      return { kind: 'fail', task, failure: result.failure };
    case 'lost':
      return { kind: 'reap', ...refOf({ node, iteration, item }), nonce, reason: 'worker_disconnected' };
    case 'answer':
    case 'signal':
      throw new SimulationProblem(
        `node ${node} is executed by a worker: give its \`output\` or \`error\``,
        result.path,
      );
  }
}

/** What the handlers of the conditions of its edges say, by the position of the edge. */
function answersOf(
  { edges, path }: ScriptedResult,
  node: string,
  behaviour: NodeBehaviour,
): Readonly<Record<number, boolean>> | undefined {
  const asked = (behaviour.edges ?? []).flatMap(({ to, when }, position) =>
    when && 'handler' in when ? [{ position, to, handler: when.handler }] : [],
  );
  if (asked.length === 0) return undefined;
  const answers = asked.map(({ position, to, handler }) => {
    const answer = edges !== undefined && Object.hasOwn(edges, to) ? edges[to] : undefined;
    if (answer !== undefined) return [position, answer];
    const message = `the handler ${handler} is asked whether the edge from ${node} to ${to} fires`;
    throw new SimulationProblem(`${message}: give \`edges: { ${to}: true }\` or false beside the \`output\``, path);
  });
  return Object.fromEntries(answers) as Record<number, boolean>;
}

export function childEnd(result: ScriptedResult): ChildEnd {
  if (result.kind === 'output') return { status: 'COMPLETED', output: JSON.stringify(result.output) };
  if (result.kind === 'error') return { status: 'FAILED', message: result.failure.message };
  throw nexumError('INTERNAL', `a child pipeline has the result ${result.kind}`);
}
