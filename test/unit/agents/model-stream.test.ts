/** Streams: people see the text as it arrives, and what is returned is what the same request gets without a stream. */
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptFailure } from '../../../src/pipeline/attempt.js';
import { KEY, mockModel, PROVIDER_NAMES } from './mock-provider.js';
import { ask, failure, replyOf, scriptedProvider, SEARCH, textOf, type Reply } from './scripted-provider.js';

const DONE = 'data: [DONE]\n\n';
const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };

function chunk(delta: object, finish: string | null = null): object {
  return { id: 'chatcmpl_1', model: 'm-1', choices: [{ index: 0, delta, finish_reason: finish }] };
}

const TEXT: readonly (string | object)[] = [
  ': a comment keeps the connection open\n\n',
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Hel' }),
  chunk({ content: 'lo' }),
  chunk({}, 'stop'),
  { id: 'chatcmpl_1', model: 'm-1', choices: [], usage: USAGE },
  DONE,
];

function response(fields: object): object {
  return { type: 'response.completed', response: { id: 'resp_1', model: 'm-1', status: 'completed', ...fields } };
}

async function streamed(reply: Reply, provider: 'openai' | 'gemini' | 'compatible' = 'compatible') {
  const server = await scriptedProvider([reply]);
  const pieces: string[] = [];
  const answer = await ask(server.model(provider), { tools: [SEARCH] }, { onDelta: (text) => pieces.push(text) });
  return { answer, pieces, body: server.seen[0]?.body };
}

describe('a streamed chat completion', () => {
  it('shows the text in pieces and returns it whole, with the usage of the last piece', async () => {
    const { answer, pieces, body } = await streamed({ events: TEXT });
    expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(pieces).toEqual(['Hel', 'lo']);
    expect(answer).toEqual({
      message: {
        role: 'assistant',
        content: 'Hello',
        toolCalls: [],
        raw: { role: 'assistant', content: 'Hello' },
      },
      usage: { inputTokens: 7, outputTokens: 3 },
      model: 'm-1',
    });
  });

  it('does not depend on how the bytes are cut', async () => {
    const text = TEXT.map((event) => (typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`)).join(
      '',
    );
    const umlauts = text.replace('"Hel"', '"Grüße, Hel"').replaceAll('\n\n', '\r\n\r\n');
    const { answer } = await streamed({ events: umlauts.match(/[\s\S]{1,11}/g) ?? [] });
    expect(answer.message.content).toBe('Grüße, Hello');
  });

  it('keeps every field that must go back: signatures, reasoning, and what nobody knows', async () => {
    const call = (index: number, fields: object): object => chunk({ tool_calls: [{ index, ...fields }] });
    const { answer, pieces } = await streamed({
      events: [
        chunk({ role: 'assistant', content: null, reasoning_content: 'Let me ' }),
        chunk({ reasoning_content: 'search.', reasoning_details: [{ id: 1 }] }),
        chunk({ reasoning_details: [{ id: 2 }], novelty: { a: 1 } }),
        chunk({ novelty: { b: 2 }, role: 'assistant' }),
        call(0, { id: 'c1', type: 'function', function: { name: 'search_documents', arguments: '' } }),
        call(0, { extra_content: { google: { thought_signature: 'opaque' } } }),
        call(0, { function: { arguments: '{"query":' } }),
        call(1, { id: 'c2', type: 'function', function: { name: 'search_documents', arguments: '{}' } }),
        call(0, { id: 'c1', function: { name: 'search_documents', arguments: '"x"}' } }),
        chunk({}, 'tool_calls'),
        DONE,
      ],
    });
    expect(pieces).toEqual([]);
    expect(answer.message.raw).toEqual({
      role: 'assistant',
      content: null,
      reasoning_content: 'Let me search.',
      reasoning_details: [{ id: 1 }, { id: 2 }],
      novelty: { a: 1, b: 2 },
      tool_calls: [
        {
          id: 'c1',
          type: 'function',
          function: { name: 'search_documents', arguments: '{"query":"x"}' },
          extra_content: { google: { thought_signature: 'opaque' } },
        },
        { id: 'c2', type: 'function', function: { name: 'search_documents', arguments: '{}' } },
      ],
    });
    expect(answer.message.toolCalls.map(({ arguments: args }) => args)).toEqual(['{"query":"x"}', '{}']);
  });

  it.each([0, undefined])('tells calls apart by their ids where each has the index %s', async (index) => {
    const call = (id: string, query: string): object =>
      chunk({
        tool_calls: [{ index, id, type: 'function', function: { name: 'search_documents', arguments: query } }],
      });
    const { answer } = await streamed({
      events: [call('c1', '{"query":"x"}'), call('c2', '{"query":"y"}'), chunk({}, 'stop')],
    });
    expect(answer.message.toolCalls).toEqual([
      { id: 'c1', name: 'search_documents', arguments: '{"query":"x"}' },
      { id: 'c2', name: 'search_documents', arguments: '{"query":"y"}' },
    ]);
  });

  it('has no prototype in its reach', async () => {
    const evil = `data: {"choices":[{"index":0,"delta":{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}}}}]}\n\n`;
    const { answer } = await streamed({ events: [evil, ...TEXT] });
    expect(answer.message.content).toBe('Hello');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('takes the counts of a server that sends them with each piece', async () => {
    const events = [1, 2, 3].map((n) => ({
      ...chunk({ content: 'x' }),
      usage: { prompt_tokens: 5, completion_tokens: n },
    }));
    const { answer } = await streamed({ events: [...events, chunk({}, 'stop'), DONE] });
    expect(answer.usage).toEqual({ inputTokens: 5, outputTokens: 3 });
  });
});

describe('a streamed response', () => {
  it('shows the text in pieces and returns the items of the last event verbatim', async () => {
    const output = [
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'opaque' },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hello', novelty: 1 }],
      },
    ];
    const { answer, pieces, body } = await streamed(
      {
        events: [
          { type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } },
          { type: 'response.reasoning_summary_text.delta', delta: 'not shown' },
          { type: 'response.output_text.delta', delta: 'Hel' },
          { type: 'response.something.new', delta: 'not shown' },
          { type: 'response.output_text.delta', delta: 'lo' },
          response({
            output,
            usage: { input_tokens: 7, output_tokens: 3, input_tokens_details: { cached_tokens: 2 } },
          }),
        ],
      },
      'openai',
    );
    expect(body).toMatchObject({ stream: true });
    expect(pieces).toEqual(['Hel', 'lo']);
    expect(answer).toEqual({
      message: { role: 'assistant', content: 'Hello', toolCalls: [], raw: output },
      usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 2 },
      model: 'm-1',
    });
  });

  it('takes the items of earlier events when the last one has none', async () => {
    const item = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'search_documents', arguments: '{}' };
    const events = [{ type: 'response.output_item.done', output_index: 0, item }, response({ output: [] })];
    const { answer } = await streamed({ events }, 'openai');
    expect(answer.message).toMatchObject({ toolCalls: [{ id: 'c1' }], raw: [item] });
  });
});

describe('a stream that breaks', () => {
  const half = TEXT.slice(0, 4);
  const delta = { type: 'response.output_text.delta', delta: 'Hel' };
  it.each<[string, 'openai' | 'compatible', Reply]>([
    ['in the middle of the connection', 'compatible', { events: half, then: 'break' }],
    ['by an end without a reason', 'compatible', { events: half }],
    ['by [DONE] without a reason', 'compatible', { events: [...half, DONE] }],
    ['by an error in its place', 'compatible', { events: [...half, { error: { message: `overloaded ${KEY}` } }] }],
    ['by half a piece', 'compatible', { events: [...half, 'data: {"choices": [{"del\n\n'] }],
    ['without a single piece', 'compatible', { events: [] }],
    ['in the middle of the connection', 'openai', { events: [delta], then: 'break' }],
    ['by an end without a response', 'openai', { events: [delta] }],
    ['by an error event', 'openai', { events: [delta, { type: 'error', message: `overloaded ${KEY}` }] }],
    [
      'by a response that failed',
      'openai',
      { events: [{ ...response({ status: 'failed', error: { message: 'lost' } }) }] },
    ],
  ])('%s (%s) is a failure that may be retried, never half an answer', async (_case, provider, reply) => {
    const server = await scriptedProvider([reply]);
    const error = await failure(ask(server.model(provider), {}, { onDelta: () => undefined }));
    expect(attemptFailure(error)).toMatchObject({ code: 'MODEL_FAILED', retryable: true });
    expect(textOf(error)).not.toContain(KEY);
    expect(server.seen).toHaveLength(1);
  });

  it('fails at once when the credit ends in its middle', async () => {
    const events = [...half, { error: { message: 'no credit', code: 'insufficient_quota' } }];
    const server = await scriptedProvider([{ events }]);
    const error = await failure(ask(server.model('compatible'), {}, { onDelta: () => undefined }));
    expect(attemptFailure(error)).toMatchObject({ retryable: false });
  });

  it.each(['openai', 'compatible'] as const)(
    'by an abort (%s) ends with its reason, and nothing more is shown',
    async (provider) => {
      const server = await scriptedProvider([{ events: provider === 'openai' ? [delta] : half, then: 'hang' }]);
      const controller = new AbortController();
      const pieces: string[] = [];
      const onDelta = (text: string): void => {
        pieces.push(text);
        controller.abort(new Error('cancelled by a person'));
      };
      const error = await failure(ask(server.model(provider), {}, { signal: controller.signal, onDelta }));
      expect(error.message).toBe('cancelled by a person');
      expect(pieces).toEqual(['Hel']);
    },
  );

  it('cut off at the limit of output is MODEL_CUT_OFF', async () => {
    const server = await scriptedProvider([{ events: [...half, chunk({}, 'length'), DONE] }]);
    const error = await failure(ask(server.model('compatible'), {}, { onDelta: () => undefined }));
    expect(error).toMatchObject({ code: 'MODEL_CUT_OFF', retryable: false });
  });
});

describe('who is streamed', () => {
  it('nobody, when nobody watches', async () => {
    const server = await scriptedProvider([{ json: replyOf('compatible', { text: 'hi' }) }]);
    await ask(server.model('compatible'));
    expect(server.seen[0]?.body).not.toHaveProperty('stream');
  });

  it('Ollama only without tools: calls get lost in its streams; the text is shown when it is whole', async () => {
    const server = await scriptedProvider([{ json: replyOf('ollama', { text: 'hi' }) }, { events: TEXT }]);
    const model = server.model('ollama');
    const pieces: string[] = [];
    await ask(model, { tools: [SEARCH] }, { onDelta: (text) => pieces.push(text) });
    expect(server.seen[0]?.body).not.toHaveProperty('stream');
    await ask(model, {}, { onDelta: (text) => pieces.push(text) });
    expect(server.seen[1]?.body).toMatchObject({ stream: true });
    expect(pieces).toEqual(['hi', 'Hel', 'lo']);
  });

  it.each([
    ['stream_options', 'Unrecognized request argument supplied: stream_options', { stream: true }],
    ['stream', 'Your organization must be verified to stream this model.', {}],
  ])('a server that refuses %s is asked again without it, and never with it again', async (field, message, left) => {
    const good: Reply = field === 'stream' ? { json: replyOf('compatible', { text: 'Hello' }) } : { events: TEXT };
    const server = await scriptedProvider([{ status: 400, json: { error: { message } } }, good]);
    const model = server.model('compatible');
    const pieces: string[] = [];
    for (const _ of [1, 2]) await ask(model, {}, { onDelta: (text) => pieces.push(text) });
    expect(pieces.join('')).toBe('HelloHello');
    const bodies = server.seen.map(({ body: { stream, stream_options: options } }) => ({ stream, options }));
    expect(bodies.map(({ options }) => options !== undefined)).toEqual([true, false, false]);
    expect(bodies[2]?.stream).toBe('stream' in left ? true : undefined);
  });

  it('a watcher that throws loses the rest of the text, not the call', async () => {
    const server = await scriptedProvider([{ events: TEXT }]);
    let told = 0;
    const onDelta = (): void => {
      told += 1;
      throw new Error('the window is closed');
    };
    expect((await ask(server.model('compatible'), {}, { onDelta })).message.content).toBe('Hello');
    expect(told).toBe(1);
  });

  it('never shows a key, also where two pieces share it', async () => {
    const pieces = [`Your key: ${KEY.slice(0, 9)}`, KEY.slice(9, 12), `${KEY.slice(12)}, and sk-te`, 'sts.'];
    const server = await scriptedProvider([
      { events: [...pieces.map((content) => chunk({ content })), chunk({}, 'stop'), DONE] },
    ]);
    const shown: string[] = [];
    const reply = await ask(server.model('compatible'), {}, { onDelta: (text) => shown.push(text) });
    expect(shown.join('')).toBe('Your key: [key], and sk-tests.');
    expect(reply.message.content).toBe('Your key: [key], and sk-tests.');
  });
});

describe('the streams of a mock of every provider', () => {
  let mock: LLMock;
  beforeAll(async () => {
    mock = await LLMock.create({ port: 0 });
    mock.onMessage('hello', {
      content: 'A lease expires.',
      toolCalls: [{ name: 'search_documents', arguments: '{"query":"x"}' }],
    });
  });
  afterAll(() => mock.stop());

  it.each(PROVIDER_NAMES)('give %s the message that it gets without a stream', async (provider) => {
    const model = mockModel(provider, mock);
    const pieces: string[] = [];
    const streamed = await ask(model, { tools: [SEARCH] }, { onDelta: (text) => pieces.push(text) });
    const whole = await ask(model, { tools: [SEARCH] });
    expect(pieces.join('')).toBe('A lease expires.');
    expect(streamed.message.content).toBe(whole.message.content);
    expect(streamed.message.toolCalls).toMatchObject([{ name: 'search_documents', arguments: '{"query":"x"}' }]);
    expect(whole.message.toolCalls).toMatchObject([{ name: 'search_documents', arguments: '{"query":"x"}' }]);
  });
});
