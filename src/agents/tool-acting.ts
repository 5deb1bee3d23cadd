/** Agents of the kind `tool_calling`: the calls of one reply run in parallel; a reply without calls is the answer. */
import type { JsonObject } from '../core/ir.js';
import { answeredBy, refusalOf, type Acted, type Acting } from './acting.js';
import type { ToolCall, ToolDefinition, ToolMessage } from './models/chat.js';
import type { RecordedReply } from './recorded-reply.js';
import { answerTool, FINAL_ANSWER } from './tools/answer-tool.js';
import { argumentsProblem, type ToolCalls } from './tools/tool-calls.js';

export class ToolActing implements Acting {
  readonly asked = 'act';
  readonly offered: readonly ToolDefinition[];
  readonly #tools: ToolCalls;

  /** @param answer present: the agent answers by a tool, with an answer of this `schema` */
  constructor(tools: ToolCalls, answer: { readonly schema: JsonObject | undefined } | undefined) {
    this.#tools = tools;
    this.offered = answer ? [...tools.definitions, answerTool(answer.schema)] : tools.definitions;
  }

  /** A model that calls `final_answer` without having it means the same. */
  async act({ message: reply }: RecordedReply, signal: AbortSignal): Promise<Acted> {
    const calls = reply.toolCalls;
    if (calls.length === 0) return answeredBy(reply);
    const answers = calls.filter(({ name }) => name === FINAL_ANSWER);
    const others = calls.filter((call) => !answers.includes(call));
    const heard = await this.#tools.runAll(others, signal);
    if (answers.length === 0) return { kind: 'acted', heard, tools: calls.map(({ name }) => name) };
    const problem = argumentsProblem(answers[0]?.arguments ?? '');
    return {
      ...answeredBy(reply),
      heard,
      // Providers want one answer for each call, in the order of the calls.
      refused: (request) => {
        const message = problem === undefined ? request : `invalid arguments: ${problem}`;
        return calls.flatMap((each) => (answers.includes(each) ? [refusalOf(each, message)] : heardOf(each, heard)));
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function heardOf(call: ToolCall, heard: readonly ToolMessage[]): readonly ToolMessage[] {
  return heard.filter(({ callId }) => callId === call.id);
}
