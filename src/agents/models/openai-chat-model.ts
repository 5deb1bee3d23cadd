/** Models over the chat completions API: what every compatible server speaks. */
import type { ChatCompletionMessage, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { Json } from '../../core/ir.js';
import { spokenText, type ChatMessage, type Model, type ModelReply, type ModelRequest, type ToolCall } from './chat.js';
import { answeredBy, badReply, openaiClient, request, type Endpoint } from './openai-client.js';

export function openaiChatModel(endpoint: Endpoint): Model {
  const client = openaiClient(endpoint);
  return {
    id: endpoint.id,
    async chat(ask: ModelRequest, { signal, idempotencyKey }): Promise<ModelReply> {
      const tools = ask.tools.map((tool) => ({ type: 'function' as const, function: { ...tool } }));
      const completion = await request(endpoint, signal, () =>
        client.chat.completions.create(
          {
            model: endpoint.model,
            messages: ask.messages.map(toParam),
            // An empty list is an error for several servers.
            ...(tools.length > 0 ? { tools } : {}),
          },
          { signal, headers: { 'idempotency-key': idempotencyKey } },
        ),
      );
      // The types promise a choice; compatible servers do not keep that promise.
      const message = (completion.choices as readonly { message?: ChatCompletionMessage }[] | undefined)?.[0]?.message;
      if (!message) throw badReply(endpoint, 'the reply has no message');
      return {
        message: {
          role: 'assistant',
          content: message.content ?? message.refusal ?? '',
          toolCalls: toolCalls(message),
          raw: JSON.parse(JSON.stringify(message)) as Json,
        },
        usage: {
          inputTokens: completion.usage?.prompt_tokens ?? 0,
          outputTokens: completion.usage?.completion_tokens ?? 0,
        },
        ...answeredBy(completion),
      };
    },
  };
}

function toolCalls(message: ChatCompletionMessage): readonly ToolCall[] {
  return (message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function' ? [{ id: call.id, name: call.function.name, arguments: call.function.arguments }] : [],
  );
}

function toParam(message: ChatMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case 'assistant':
      return message.raw as unknown as ChatCompletionMessageParam;
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.content };
    case 'user':
      return { role: 'user', content: spokenText(message) };
    default:
      return message;
  }
}
