/** What a chat completion says. The types of the package promise more than compatible servers keep: nothing is sure. */
import type { Json, JsonObject } from '../../core/ir.js';
import { isJsonObject } from '../tools/observation.js';
import type { AssistantMessage, ModelRequest, ToolCall } from './chat.js';
import { textOf } from './chat-stream.js';
import { cutOff, filtered, refused } from './failed-answer.js';
import type { Endpoint } from './model-choice.js';
import { verbatim, type Answer } from './openai-client.js';
import { badReply } from './provider-failure.js';
import { textToolCalls } from './text-tool-calls.js';
import { chatUsage } from './token-usage.js';

/** @throws NexumError MODEL_FAILED for a reply that is no answer, MODEL_CUT_OFF, MODEL_REFUSED */
export function readCompletion(endpoint: Endpoint, ask: ModelRequest, completion: unknown): Answer {
  const { choices, usage, model } = isJsonObject(completion) ? completion : {};
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const { message, finish_reason: reason } = isJsonObject(choice) ? choice : {};
  checkFinish(endpoint, reason, isJsonObject(message) && Array.isArray(message['tool_calls']));
  if (!isJsonObject(message)) throw badReply(endpoint, 'the reply has no message');
  const refusal = textOf(message['refusal']);
  if (refusal !== '' && ask.answerSchema !== undefined) throw refused(endpoint, refusal);
  return { message: readMessage(endpoint, ask, verbatim(message) as JsonObject), usage: chatUsage(usage), model };
}

function checkFinish(endpoint: Endpoint, reason: unknown, inCall: boolean): void {
  if (typeof reason !== 'string') return;
  if (reason === 'length' || reason === 'max_tokens') throw cutOff(endpoint, inCall);
  if (reason.startsWith('content_filter')) throw filtered(endpoint);
  // Gemini says so of a call that it could not write to its end, OpenRouter of a provider that failed.
  if (reason === 'error' || reason.startsWith('function_call_filter')) {
    throw badReply(endpoint, `the provider ended the answer with ${reason}`);
  }
}

function readMessage(endpoint: Endpoint, ask: ModelRequest, message: JsonObject): AssistantMessage {
  const content = textOf(message['content']) || textOf(message['refusal']);
  const turn = ask.messages.filter(({ role }) => role === 'assistant').length + 1;
  const given = Array.isArray(message['tool_calls']) ? message['tool_calls'].filter(isCall) : [];
  const calls = given.map((call, index) => ({ ...call, id: idOf(call, turn, index) }));
  if (calls.length > 0) {
    // As it came, but for ids that a server left out: a result names its call by them.
    const raw = given.every((call, index) => call['id'] === calls[index]?.id)
      ? message
      : { ...message, tool_calls: calls };
    return { role: 'assistant', content, toolCalls: calls.map(toolCall), raw };
  }
  const names = new Set(endpoint.provider.textToolCalls ? ask.tools.map(({ name }) => name) : []);
  const written = textToolCalls(content, names).map((call, index) => {
    return { id: idOf({}, turn, index), type: 'function', function: { ...call } };
  });
  if (written.length === 0) return { role: 'assistant', content, toolCalls: [], raw: message };
  // The server did not see the calls in the text; given as calls, their results belong to something.
  const raw = { ...message, content: '', tool_calls: written };
  return { role: 'assistant', content: '', toolCalls: written.map(toolCall), raw };
}

function toolCall(call: JsonObject & { readonly id: string }): ToolCall {
  const { name, arguments: args } = call['function'] as JsonObject;
  return {
    id: call.id,
    name: typeof name === 'string' ? name : '',
    arguments: typeof args === 'string' ? args : JSON.stringify(args ?? {}),
  };
}

function idOf({ id }: JsonObject, turn: number, index: number): string {
  return typeof id === 'string' && id !== '' ? id : `call_${turn}_${index + 1}`;
}

function isCall(call: Json): call is JsonObject {
  return isJsonObject(call) && isJsonObject(call['function']);
}
