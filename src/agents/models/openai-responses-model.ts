/** OpenAI's own models over the Responses API: the newest of them refuse tools on chat completions. */
import type { FunctionTool, Response, ResponseInputItem } from 'openai/resources/responses/responses';
import type { Json } from '../../core/ir.js';
import { spokenText, type ChatMessage, type Model, type ModelReply, type ModelRequest } from './chat.js';
import { answeredBy, badReply, openaiClient, request, type Endpoint } from './openai-client.js';

export function openaiResponsesModel(endpoint: Endpoint): Model {
  const client = openaiClient(endpoint);
  return {
    id: endpoint.id,
    async chat(ask: ModelRequest, { signal, idempotencyKey }): Promise<ModelReply> {
      const tools = ask.tools.map((tool): FunctionTool => ({ type: 'function', strict: false, ...tool }));
      const response = await request(endpoint, signal, () =>
        client.responses.create(
          {
            model: endpoint.model,
            input: ask.messages.flatMap(toItems),
            ...(tools.length > 0 ? { tools } : {}),
          },
          { signal, headers: { 'idempotency-key': idempotencyKey } },
        ),
      );
      if (response.error) throw badReply(endpoint, response.error.message);
      if (!Array.isArray(response.output)) throw badReply(endpoint, 'the reply has no output');
      return {
        message: {
          role: 'assistant',
          content: textOf(response),
          toolCalls: response.output.flatMap((item) =>
            item.type === 'function_call' ? [{ id: item.call_id, name: item.name, arguments: item.arguments }] : [],
          ),
          // All items, reasoning included: a function call sent back without its reasoning item is refused.
          raw: JSON.parse(JSON.stringify(response.output)) as Json,
        },
        usage: {
          inputTokens: response.usage?.input_tokens ?? 0,
          outputTokens: response.usage?.output_tokens ?? 0,
        },
        ...answeredBy(response),
      };
    },
  };
}

/** The text of the answer; a refusal is the answer too. `output_text` of the package is absent for some servers. */
function textOf(response: Response): string {
  const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []));
  return parts.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('');
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
