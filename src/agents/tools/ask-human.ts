/**
 * The tool `ask_human`: a question to a person, answered as an approval is. The attempt waits for it, however long, but for an
 * attempt that is over; then the question stays asked, and the next attempt waits for its answer.
 */
import type { Json } from '../../core/ir.js';
import type { DurableSession } from '../../worker/handler.js';
import { abortable } from '../abortable.js';
import type { LoopTool } from './loop-tool.js';
import { isJsonObject } from './observation.js';

export const ASK_HUMAN = 'ask_human';
/** A question that nobody can read in a list of approvals is none. */
const MAX_QUESTION_CHARS = 2000;

export function askHuman(session: DurableSession): LoopTool {
  return {
    name: ASK_HUMAN,
    description:
      'Asks a person, who may take long to answer. For decisions and facts that only a person has. ' +
      'Returns {approved, approver, comment}.',
    parameters: {
      type: 'object',
      properties: { question: { type: 'string', minLength: 1, maxLength: MAX_QUESTION_CHARS } },
      required: ['question'],
      additionalProperties: false,
    },
    runInLoop: ({ question }, signal) => abortable(session.ask(typeof question === 'string' ? question : ''), signal),
    render,
  };
}

/** Not between the tags of fetched text: what a person answers may well be an instruction. */
function render(result: Json): string {
  const { approved, approver, comment } = isJsonObject(result) ? result : {};
  const who = typeof approver === 'string' && approver !== '' ? approver : 'somebody';
  const said = typeof comment === 'string' && comment.trim() !== '' ? `: ${comment}` : ', without a comment';
  return `${who} ${approved === true ? 'approves' : 'rejects'}${said}`;
}
