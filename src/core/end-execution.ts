/** The end of an execution: its output, and what a free graph has to report. */
import { errorMessage } from '../errors.js';
import type { NodeError, NodeRef } from './execution.js';
import { findUnsatisfied } from './graph-state.js';
import type { Json } from './ir.js';
import { findSizeProblem } from './payload-limit.js';
import { outputOfLeaves, scopeOf } from './scope.js';
import type { Step } from './step.js';

/** @param stoppedBy what met the stop condition of a free graph */
export function endExecution(step: Step, stoppedBy: NodeRef | undefined): void {
  const { transition, executionId } = step;
  const { workflow } = transition;
  const unsatisfied = workflow.graph && !stoppedBy ? findUnsatisfied(transition) : [];
  const template = workflow.ir.pipeline?.output;
  const output = template === undefined ? outputOfLeaves(transition) : renderOutput(step, template);
  if (typeof output === 'string') {
    transition.emit(executionId, {
      kind: 'execution_completed',
      payload: output,
      ...(stoppedBy ? { stoppedBy } : {}),
      ...(unsatisfied.length > 0 ? { unsatisfied } : {}),
    });
  } else {
    const { code, message } = output;
    transition.emit(executionId, { kind: 'execution_failed', error: { code, message } });
  }
}

function renderOutput({ transition, env }: Step, template: Json): string | NodeError {
  // What happens inside of a loop is its own business.
  const nodes = [...transition.workflow.nodes.values()].filter(({ loop }) => loop === undefined);
  const ids = nodes.map(({ id }) => id);
  const scope = scopeOf(transition, undefined, ids);
  try {
    const text = JSON.stringify(env.expressions.renderTemplate(template, scope));
    return findSizeProblem('OUTPUT_TOO_LARGE', text, 'the `output` of the pipeline') ?? text;
  } catch (error) {
    return { code: 'EXPRESSION_FAILED', message: `the \`output\` of the pipeline failed: ${errorMessage(error)}` };
  }
}
