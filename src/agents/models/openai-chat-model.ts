/** Models over the chat completions API: what every compatible server speaks. */
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { Json } from '../../core/ir.js';
import type { AnswerFormat } from './answer-format.js';
import { spokenText, type ChatMessage, type Model, type ModelRequest } from './chat.js';
import { readCompletion } from './chat-completion.js';
import { ChatStream } from './chat-stream.js';
import type { Endpoint } from './model-choice.js';
import { ProviderClient, requestOptions, type ClientOptions } from './openai-client.js';
import { badReply } from './provider-failure.js';

type Body = ChatCompletionCreateParamsNonStreaming;

export function openaiChatModel(endpoint: Endpoint, options: ClientOptions): Model {
  const client = new ProviderClient(endpoint, options);
  const { completions } = client.api.chat;
  return {
    id: endpoint.id,
    chat: (ask, chat) =>
      client.chat<unknown>(ask, chat, {
        whole: (format) => completions.create(requestBody(endpoint, ask, format), requestOptions(chat)),
        async stream(format, { usage, push }) {
          const body = requestBody(endpoint, ask, format);
          const stream = await completions.create(
            { ...body, stream: true, ...(usage ? { stream_options: { include_usage: true } } : {}) },
            requestOptions(chat),
          );
          const { completion } = await joined(stream, push);
          if (completion === undefined) throw badReply(endpoint, 'the stream ended before the answer was complete');
          return completion;
        },
        read: (completion) => readCompletion(endpoint, ask, completion),
      }),
  };
}

async function joined(stream: AsyncIterable<ChatCompletionChunk>, push: (text: string) => void): Promise<ChatStream> {
  const parts = new ChatStream();
  for await (const chunk of stream) push(parts.add(chunk));
  return parts;
}

function requestBody({ model, provider }: Endpoint, ask: ModelRequest, format: AnswerFormat | undefined): Body {
  const uncallable = provider.wantsDefinitions && holdsCalls(ask) ? (ask.withheld ?? []) : [];
  const tools = [...ask.tools, ...uncallable].map((tool) => ({ type: 'function' as const, function: { ...tool } }));
  return {
    model,
    messages: ask.messages.map(toParam),
    // An empty list is an error for several servers.
    ...(tools.length > 0 ? { tools } : {}),
    ...(uncallable.length > 0 ? { tool_choice: 'none' } : {}),
    ...(format === undefined ? {} : { response_format: { type: 'json_schema', json_schema: schemaOf(format) } }),
  };
}

function holdsCalls({ messages }: ModelRequest): boolean {
  return messages.some((message) => message.role === 'assistant' && message.toolCalls.length > 0);
}

/** Without `strict: false`, which says nothing and which not every server knows. */
function schemaOf({ name, schema, strict }: AnswerFormat): {
  name: string;
  schema: Record<string, Json>;
  strict?: true;
} {
  return { name, schema: { ...schema }, ...(strict ? { strict } : {}) };
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
