/** OpenAI's own models over the Responses API: the newest of them refuse tools on chat completions. */
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { AnswerFormat } from './answer-format.js';
import { spokenText, type ChatMessage, type Model, type ModelRequest } from './chat.js';
import { cutOff, filtered, refused } from './failed-answer.js';
import type { Endpoint } from './model-choice.js';
import { ProviderClient, requestOptions, verbatim, type Answer, type ClientOptions } from './openai-client.js';
import { badReply } from './provider-failure.js';
import { responsesUsage } from './token-usage.js';

export function openaiResponsesModel(endpoint: Endpoint, options: ClientOptions): Model {
  const client = new ProviderClient(endpoint, options);
  const { responses } = client.api;
  return {
    id: endpoint.id,
    chat: (ask, chat) =>
      client.chat<Response>(ask, chat, {
        whole: (format) => responses.create(requestBody(endpoint.model, ask, format), requestOptions(chat)),
        async stream(format, { push }) {
          const body = requestBody(endpoint.model, ask, format);
          return joined(endpoint, await responses.create({ ...body, stream: true }, requestOptions(chat)), push);
        },
        read: (response) => readResponse(endpoint, ask, response),
      }),
  };
}

function requestBody(
  model: string,
  ask: ModelRequest,
  format: AnswerFormat | undefined,
): ResponseCreateParamsNonStreaming {
  const tools = ask.tools.map((tool): FunctionTool => ({ type: 'function', strict: false, ...tool }));
  return {
    model,
    input: ask.messages.flatMap(toItems),
    ...(tools.length > 0 ? { tools } : {}),
    ...(format === undefined ? {} : { text: { format: { type: 'json_schema', ...format } } }),
  };
}

async function joined(
  endpoint: Endpoint,
  stream: AsyncIterable<ResponseStreamEvent>,
  push: (text: string) => void,
): Promise<Response> {
  const items: ResponseOutputItem[] = [];
  let whole: Response | undefined;
  for await (const event of stream) {
    whole = endOf(endpoint, event) ?? whole;
    if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') push(event.delta);
    else if (event.type === 'response.output_item.done') items.push(event.item);
  }
  if (!whole) throw badReply(endpoint, 'the stream ended before the answer was complete');
  // Some servers leave the items out of the last event, because they were sent before.
  return Array.isArray(whole.output) && whole.output.length > 0 ? whole : { ...whole, output: items };
}

/** The response, once it is whole. */
function endOf(endpoint: Endpoint, event: ResponseStreamEvent): Response | undefined {
  switch (event.type) {
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return event.response;
    case 'error':
      throw badReply(endpoint, event.message);
    default:
      return undefined;
  }
}

function readResponse(endpoint: Endpoint, ask: ModelRequest, response: Response): Answer {
  if (response.error) throw badReply(endpoint, response.error.message);
  if (!Array.isArray(response.output)) throw badReply(endpoint, 'the reply has no output');
  const calls = response.output.filter((item) => item.type === 'function_call');
  if (response.status === 'incomplete') {
    if (response.incomplete_details?.reason === 'content_filter') throw filtered(endpoint);
    throw cutOff(endpoint, calls.length > 0);
  }
  if (response.status === 'failed') throw badReply(endpoint, 'the provider failed while it answered');
  const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []));
  const refusal = parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join('');
  if (refusal !== '' && ask.answerSchema !== undefined) throw refused(endpoint, refusal);
  return {
    message: {
      role: 'assistant',
      // A refusal is the answer too. `output_text` of the package is absent for some servers.
      content: parts.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join(''),
      toolCalls: calls.map((item) => ({ id: item.call_id, name: item.name, arguments: item.arguments })),
      // All items, reasoning included: a function call sent back without its reasoning item is refused.
      raw: verbatim(response.output),
    },
    usage: responsesUsage(response.usage),
    model: response.model,
  };
}

function toItems(message: ChatMessage): ResponseInputItem[] {
  switch (message.role) {
    case 'assistant':
      return message.raw as unknown as ResponseInputItem[];
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.callId, output: message.content }];
    case 'user':
      return [{ role: 'user', content: spokenText(message) }];
    default:
      return [{ role: message.role, content: message.content }];
  }
}
