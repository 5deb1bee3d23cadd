/** Agents of the kind `tool_calling`: the calls of one reply run in parallel; a reply without calls is the answer. */
import type { JsonObject } from '../core/ir.js';
import { answeredBy, type Acted, type Acting } from './acting.js';
import type { AssistantMessage, ToolCall, ToolDefinition, ToolMessage } from './models/chat.js';
import { answerIn, answerTool, FINAL_ANSWER } from './tools/answer-tool.js';
import { renderError } from './tools/observation.js';
import { argumentsProblem, type ToolCalls } from './tools/tool-calls.js';

export class ToolActing implements Acting {
  readonly asked = 'act';
  readonly offered: readonly ToolDefinition[];
  readonly #tools: ToolCalls;
  readonly #answers: boolean;

  /** @param answer present: the agent answers by a tool; `schema` of the answer */
  constructor(tools: ToolCalls, answer: { readonly schema: JsonObject | undefined } | undefined) {
    this.#tools = tools;
    this.#answers = answer !== undefined;
    this.offered = answer ? [...tools.definitions, answerTool(answer.schema)] : tools.definitions;
  }

  async act(reply: AssistantMessage, _turn: number, signal: AbortSignal): Promise<Acted> {
    const calls = reply.toolCalls;
    if (calls.length === 0) return answeredBy(reply.content);
    const answers = this.#answers ? calls.filter(({ name }) => name === FINAL_ANSWER) : [];
    const others = calls.filter((call) => !answers.includes(call));
    const heard = await this.#tools.runAll(others, signal);
    const [call] = answers;
    if (!call) return { kind: 'acted', heard, tools: calls.map(({ name }) => name) };
    const tooLong = argumentsProblem(call.arguments);
    return {
      kind: 'answered',
      answer: tooLong === undefined ? answerIn(call.arguments) : '',
      heard,
      // Providers want one answer for each call, in the order of the calls.
      refused: (request) => {
        const message = tooLong === undefined ? request : `invalid arguments: ${tooLong}`;
        return calls.flatMap((each) => (answers.includes(each) ? [refusalOf(each, message)] : heardOf(each, heard)));
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function refusalOf(call: ToolCall, message: string): ToolMessage {
  return { role: 'tool', callId: call.id, name: call.name, content: renderError(message) };
}

function heardOf(call: ToolCall, heard: readonly ToolMessage[]): readonly ToolMessage[] {
  return heard.filter(({ callId }) => callId === call.id);
}
