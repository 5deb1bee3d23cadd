/** What the kinds of agents do differently: what the model is offered, and what becomes of its reply. */
import type { Json } from '../core/ir.js';
import type { AssistantMessage, ChatMessage, ToolCall, ToolDefinition, ToolMessage } from './models/chat.js';
import type { Asked, RecordedReply } from './recorded-reply.js';
import { answerIn, FINAL_ANSWER } from './tools/answer-tool.js';
import { renderError } from './tools/observation.js';
import { argumentsProblem } from './tools/tool-calls.js';

export type Acted =
  /** The model goes on with what it hears of its calls. */
  { readonly kind: 'acted'; readonly heard: readonly ChatMessage[]; readonly tools: readonly string[] } | Answered;

export interface Answered {
  readonly kind: 'answered';
  readonly answer: Json;
  /** What it would hear of other calls beside the answer. */
  readonly heard: readonly ChatMessage[];
  /** What it hears when the answer is not accepted; `heard` is part of it. */
  refused(request: string): readonly ChatMessage[];
}

export interface Acting {
  readonly asked: Extract<Asked, 'act' | 'code'>;
  /** Tools that the model may call by the means of its provider. */
  readonly offered: readonly ToolDefinition[];
  act(recorded: RecordedReply, signal: AbortSignal): Promise<Acted>;
  close(): Promise<void>;
}

/** What a reply answers: by a call of `final_answer`, or by its text. */
export function answeredBy(reply: AssistantMessage): Answered {
  return {
    kind: 'answered',
    answer: answerOf(reply),
    heard: [],
    refused: (request) => [{ role: 'user', content: request, purpose: 'repair' }],
  };
}

export function answerOf({ content, toolCalls }: AssistantMessage): Json {
  const call = toolCalls.find(({ name }) => name === FINAL_ANSWER);
  if (!call) return content;
  const answer = argumentsProblem(call.arguments) === undefined ? answerIn(call.arguments) : undefined;
  return answer ?? '';
}

/** What a model hears of a call that was not made: providers want an answer for each. */
export function refusalOf(call: ToolCall, message: string): ToolMessage {
  return { role: 'tool', callId: call.id, name: call.name, content: renderError(message) };
}
