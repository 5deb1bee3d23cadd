import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { resolveModel, type ChatMessage, type Model } from '../../../src/agents/models/model.js';
import { NexumError, NonRetryableError } from '../../../src/errors.js';
import { KEY, mockModel } from './mock-provider.js';

let mock: LLMock;
beforeAll(async () => {
  mock = await LLMock.create({ port: 0 });
});
afterEach(() => {
  mock.reset();
});
afterAll(() => mock.stop());

const HELLO: readonly ChatMessage[] = [{ role: 'user', content: 'hello' }];

function chat(model: Model, signal = new AbortController().signal, messages = HELLO) {
  return model.chat({ messages, tools: [] }, { signal, idempotencyKey: 'exec-1/call-1' });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error as Error,
  );
}

/** Everything that a log could print of an error. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = error instanceof NexumError ? JSON.stringify(error.details) : '';
  const own = Object.entries(error).map(([name, value]) => `${name}=${String(value)}`);
  return [error.message, error.stack, details, ...own, error.cause === undefined ? '' : textOf(error.cause)].join('\n');
}

describe.each(['openai', 'compatible'] as const)('the %s provider', (provider) => {
  it('waits and asks again after 429, then answers', async () => {
    mock.onMessage('hello', {
      content: 'hi',
      usage: { prompt_tokens: 7, completion_tokens: 3, input_tokens: 7, output_tokens: 3 },
    });
    mock.prependFixture({
      match: { userMessage: 'hello', sequenceIndex: 0 },
      response: { error: { message: 'slow down' }, status: 429, retryAfter: 0 },
    });
    const reply = await chat(mockModel(provider, mock));
    expect(reply.message).toMatchObject({ role: 'assistant', content: 'hi', toolCalls: [] });
    expect(reply.usage).toEqual({ inputTokens: 7, outputTokens: 3 });
    expect(mock.getRequests().map((entry) => entry.response.status)).toEqual([429, 200]);
  });

  it('hands a long Retry-After to the caller instead of sitting it out', async () => {
    mock.onMessage('hello', { error: { message: 'slow down' }, status: 429, retryAfter: 3600 });
    const error = await failure(chat(mockModel(provider, mock)));
    expect(error).toMatchObject({
      code: 'MODEL_FAILED',
      retryable: true,
      details: { status: 429, retryAfterMs: 3_600_000 },
    });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it.each([400, 401, 403, 404])('does not retry %s, and never shows the key', async (status) => {
    mock.onMessage('hello', { error: { message: `key ${KEY} is not welcome` }, status });
    const error = await failure(chat(mockModel(provider, mock)));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toMatch(/^MODEL_FAILED: .*is not welcome/);
    expect(textOf(error)).not.toContain(KEY);
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('does not retry when the credit is used up', async () => {
    mock.onMessage('hello', {
      error: { message: 'no credit', code: 'insufficient_quota' },
      status: 429,
      retryAfter: 3600,
    });
    await expect(chat(mockModel(provider, mock))).rejects.toBeInstanceOf(NonRetryableError);
  });

  it('reports 503 as retryable when its own tries are used up', async () => {
    const { url, seen, server } = await recorder([], 503);
    const env = { OPENAI_BASE_URL: url, OPENAI_API_KEY: KEY, NEXUM_BASE_URL: url };
    const error = await failure(chat(resolveModel(`${provider}/gpt-test`, env)));
    server.close();
    expect(error).toMatchObject({ code: 'MODEL_FAILED', retryable: true, details: { status: 503 } });
    expect(seen).toHaveLength(3);
  });

  it('stops at once when the call is aborted while it waits for its next try', async () => {
    mock.onMessage('hello', { error: { message: 'slow down' }, status: 429, retryAfter: 25 });
    const controller = new AbortController();
    const schedule = globalThis.setTimeout;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number) => {
      if (ms !== 25_000) return schedule(run, ms);
      controller.abort(new Error('cancelled by a person'));
      return schedule(() => undefined, 0); // the wait itself never ends
    });
    const error = await failure(chat(mockModel(provider, mock), controller.signal));
    spy.mockRestore();
    expect(error.message).toBe('cancelled by a person');
    expect(mock.getRequests()).toHaveLength(1);
  });

  it('sends nothing for a call that is aborted before', async () => {
    const error = await failure(chat(mockModel(provider, mock), AbortSignal.abort(new Error('too late'))));
    expect(error.message).toBe('too late');
    expect(mock.getRequests()).toHaveLength(0);
  });
});

it('reports an endpoint that is not there as retryable', async () => {
  const env = { NEXUM_BASE_URL: 'http://127.0.0.1:1/v1' };
  const error = await failure(chat(resolveModel('compatible/gpt-test', env)));
  expect(error).toMatchObject({ code: 'MODEL_FAILED', retryable: true });
}, 15_000);

/** A server that keeps the bodies and headers it gets and gives the listed replies. */
async function recorder(
  replies: readonly unknown[],
  status = 200,
): Promise<{ url: string; seen: Seen[]; server: Server }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const reply = replies[seen.length];
      seen.push({ url: request.url ?? '', headers: request.headers, body });
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
      response.end(JSON.stringify(reply ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen, server };
}

interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

async function read(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

describe('what goes over the wire', () => {
  it('Responses: reasoning items and unknown fields go back verbatim, each result to its call', async () => {
    const output = [
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'opaque' },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'search_documents', arguments: '{}', novelty: 1 },
    ];
    const { url, seen, server } = await recorder([{ output }, { output: [] }]);
    const model = resolveModel('openai/gpt-test', { OPENAI_BASE_URL: url, OPENAI_API_KEY: KEY });
    const first = await chat(model);
    expect(first.message.toolCalls).toEqual([{ id: 'call_1', name: 'search_documents', arguments: '{}' }]);
    const result: ChatMessage = { role: 'tool', callId: 'call_1', name: 'search_documents', content: 'found' };
    await chat(model, undefined, [...HELLO, first.message, result]);
    server.close();
    expect(seen[1]?.url).toBe('/v1/responses');
    expect(seen[1]?.body['input']).toEqual([
      { role: 'user', content: 'hello' },
      ...output,
      { type: 'function_call_output', call_id: 'call_1', output: 'found' },
    ]);
    expect(seen[1]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'idempotency-key': 'exec-1/call-1' });
  });

  it('Responses: a refusal is the answer', async () => {
    const output = [{ type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'I will not.' }] }];
    const { url, server } = await recorder([{ output }]);
    const reply = await chat(resolveModel('openai/gpt-test', { OPENAI_BASE_URL: url, OPENAI_API_KEY: KEY }));
    server.close();
    expect(reply.message.content).toBe('I will not.');
  });

  it('chat completions: the message goes back verbatim, thought signatures included', async () => {
    const message = {
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: 'search_documents', arguments: '{}' },
          extra_content: { google: { thought_signature: 'opaque' } },
        },
      ],
    };
    const { url, seen, server } = await recorder([{ choices: [{ message }] }, { choices: [{ message }] }]);
    const model = resolveModel('compatible/any', { NEXUM_BASE_URL: url });
    const first = await chat(model);
    const result: ChatMessage = { role: 'tool', callId: 'call_1', name: 'search_documents', content: 'found' };
    await chat(model, undefined, [...HELLO, first.message, result]);
    server.close();
    expect(seen[1]?.url).toBe('/v1/chat/completions');
    expect(seen[1]?.body['messages']).toEqual([
      { role: 'user', content: 'hello' },
      message,
      { role: 'tool', tool_call_id: 'call_1', content: 'found' },
    ]);
  });

  it('a reply without a message is a failure that may be retried', async () => {
    const { url, server } = await recorder([{ choices: [] }]);
    await expect(chat(resolveModel('compatible/any', { NEXUM_BASE_URL: url }))).rejects.toMatchObject({
      code: 'MODEL_FAILED',
      retryable: true,
    });
    server.close();
  });
});
