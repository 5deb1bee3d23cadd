/** The conditions of the edges of a free graph, evaluated once: when their source has run. */
import { errorMessage } from '../errors.js';
import { canonicalJson } from './canonical-json.js';
import type { ExpressionScope, Expressions } from './command.js';
import type { EdgeCondition } from './ir.js';
import { textOf } from './thread.js';
import type { WorkflowNode } from './workflow.js';

/** What conditions are evaluated with. */
export interface Judged {
  /** JSON text of the output that the node gives. */
  readonly output: string;
  /** What handlers said, by the position of the edge. */
  readonly answers: Readonly<Record<number, boolean>>;
  readonly scope: ExpressionScope;
}

/** @throws what an expression throws; Error: a handler has not been asked */
export function findFired(node: WorkflowNode, judged: Judged, expressions: Expressions): number[] {
  const text = textOf(judged.output);
  const holds = (when: EdgeCondition, index: number): boolean => {
    if ('contains' in when) return text.includes(when.contains);
    if ('notContains' in when) return !text.includes(when.notContains);
    if ('equals' in when) return canonicalJson(JSON.parse(judged.output)) === canonicalJson(when.equals);
    if ('matches' in when) return expressions.matches(when.matches, text);
    if ('if' in when) return expressions.evaluateCondition(when.if, judged.scope);
    const answer = judged.answers[index];
    if (answer === undefined) throw new Error(`the worker did not ask the handler ${when.handler}`);
    return answer;
  };
  return node.outgoing.flatMap(({ when, to }, index) => {
    try {
      return when === undefined || holds(when, index) ? [index] : [];
    } catch (error) {
      throw new Error(`the condition of the edge ${node.id} -> ${to} failed: ${errorMessage(error)}`, { cause: error });
    }
  });
}

/** Whether a scope is needed at all: it reads payloads. */
export function needsScope({ outgoing }: WorkflowNode): boolean {
  return outgoing.some(({ when }) => when !== undefined && 'if' in when);
}
