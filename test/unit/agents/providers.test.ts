/** Every provider of the table behaves alike, whichever API it speaks. */
import { describe, expect, it, vi } from 'vitest';
import { attemptFailure } from '../../../src/pipeline/attempt.js';
import type { ChatMessage } from '../../../src/agents/models/model.js';
import { NonRetryableError } from '../../../src/errors.js';
import { KEY, PROVIDER_NAMES } from './mock-provider.js';
import { ask, failure, HELLO, replyOf, scriptedProvider, SEARCH, textOf } from './scripted-provider.js';

const USAGE = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
  input_tokens: 100,
  output_tokens: 20,
  input_tokens_details: { cached_tokens: 40 },
};

describe.each(PROVIDER_NAMES)('the %s provider', (provider) => {
  const path = provider === 'openai' ? '/v1/responses' : '/v1/chat/completions';

  it('makes a tool round trip: the raw message goes back verbatim, the result to its call', async () => {
    const server = await scriptedProvider([
      { json: replyOf(provider, { call: '{"query":"x"}', usage: USAGE }) },
      { json: replyOf(provider, { text: 'done' }) },
    ]);
    const model = server.model(provider);
    const first = await ask(model, { tools: [SEARCH] });
    expect(first.message.toolCalls).toEqual([{ id: 'c1', name: 'search_documents', arguments: '{"query":"x"}' }]);
    expect(first).toMatchObject({
      usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 40 },
      model: 'test-model-2026-01-01',
    });
    const result: ChatMessage = { role: 'tool', callId: 'c1', name: 'search_documents', content: 'found' };
    const second = await ask(model, { tools: [SEARCH], messages: [...HELLO, first.message, result] });
    expect(second.message).toMatchObject({ content: 'done', toolCalls: [] });
    const sent = server.seen[1];
    expect(sent?.url).toBe(path);
    expect(sent?.headers['idempotency-key']).toBe('exec-1/call-1');
    expect(sent?.headers.authorization).toBe(provider === 'ollama' ? 'Bearer none' : `Bearer ${KEY}`);
    const raw = replyOf(provider, { call: '{"query":"x"}' }) as {
      readonly output: readonly object[];
      readonly choices: readonly [{ readonly message: object }];
    };
    expect(sent?.body[provider === 'openai' ? 'input' : 'messages']).toEqual(
      provider === 'openai'
        ? [...HELLO, ...raw.output, { type: 'function_call_output', call_id: 'c1', output: 'found' }]
        : [...HELLO, raw.choices[0].message, { role: 'tool', tool_call_id: 'c1', content: 'found' }],
    );
  });

  it('sends only fields that every server of it knows', async () => {
    const server = await scriptedProvider([{ json: replyOf(provider, { text: 'hi' }) }]);
    await ask(server.model(provider));
    expect(Object.keys(server.seen[0]?.body ?? {})).toEqual(['model', provider === 'openai' ? 'input' : 'messages']);
  });

  it('sends tools that must not be called only where calls of them would be refused otherwise', async () => {
    const server = await scriptedProvider([
      { json: replyOf(provider, { call: '{"query":"x"}' }) },
      { json: replyOf(provider, { text: 'done' }) },
    ]);
    const model = server.model(provider);
    const { message } = await ask(model, { tools: [SEARCH] });
    const result: ChatMessage = { role: 'tool', callId: 'c1', name: 'search_documents', content: 'found' };
    await ask(model, { withheld: [SEARCH], messages: [...HELLO, message, result] });
    await ask(model, { withheld: [SEARCH] });
    const [first, ...rest] = server.seen.map(({ body: { tools, tool_choice: choice } }) => ({ tools, choice }));
    const nothing = { tools: undefined, choice: undefined };
    const told = { tools: first?.tools, choice: 'none' };
    expect(rest).toEqual([provider === 'anthropic' ? told : nothing, nothing]);
  });

  it('says nothing about the cost of a model without a known price, except of one that runs at home', async () => {
    const server = await scriptedProvider([{ json: replyOf(provider, { text: 'hi', usage: USAGE }) }]);
    const { usage } = await ask(server.model(provider));
    expect(usage.costUsd).toBe(provider === 'ollama' ? 0 : undefined);
  });

  it('waits and asks again after 429 and 503, then answers', async () => {
    const server = await scriptedProvider([
      { status: 429, headers: { 'retry-after-ms': '1' }, json: { error: { message: 'slow down' } } },
      { status: 503, headers: { 'retry-after': '0' }, text: 'busy' },
      { json: replyOf(provider, { text: 'hi' }) },
    ]);
    expect((await ask(server.model(provider))).message.content).toBe('hi');
    expect(server.seen).toHaveLength(3);
  });

  it('reports 503 as retryable when its own tries are used up', async () => {
    const server = await scriptedProvider([{ status: 503, headers: { 'retry-after': '0' }, text: 'busy' }]);
    const error = await failure(ask(server.model(provider)));
    expect(error).toMatchObject({ code: 'MODEL_FAILED', retryable: true, details: { status: 503 } });
    expect(server.seen).toHaveLength(3);
  });

  it('hands a long Retry-After to the retry policy of the node instead of sitting it out', async () => {
    const server = await scriptedProvider([{ status: 429, headers: { 'retry-after': '3600' }, json: {} }]);
    const error = await failure(ask(server.model(provider)));
    expect(attemptFailure(error)).toMatchObject({ code: 'MODEL_FAILED', retryable: true, retryAfterMs: 3_600_000 });
    expect(server.seen).toHaveLength(1);
  });

  it('fails at once, after one request, when the credit is used up', async () => {
    const server = await scriptedProvider([
      { status: 429, headers: { 'retry-after': '0' }, json: { error: { message: 'no', code: 'insufficient_quota' } } },
    ]);
    const error = await failure(ask(server.model(provider)));
    expect(attemptFailure(error)).toMatchObject({ retryable: false });
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ['that is asked for a wrong key', 401, { error: { message: `Incorrect API key: ${KEY}` } }],
    ['that answers with a list of errors', 400, [{ error: { code: 400, message: `bad ${KEY}`, status: 'INVALID' } }]],
    ['that answers with a text as error', 404, { error: `no model for ${KEY}` }],
    ['that echoes the headers', 400, { message: `Authorization: Bearer ${KEY}` }],
    ['that echoes them encoded', 400, { error: { message: Buffer.from(`Bearer ${KEY}`).toString('base64') } }],
  ])('says what a server %s wants, and never the key', async (_case, status, json) => {
    const server = await scriptedProvider([{ status, json }]);
    const error = await failure(ask(server.model(provider)));
    expect(error).toBeInstanceOf(NonRetryableError);
    expect(error.message).toMatch(new RegExp(`^MODEL_FAILED: ${provider}/test-model: ${status} .*\\[key\\]`));
    expect(textOf(error)).not.toContain(KEY);
    expect(textOf(error)).not.toContain(Buffer.from(KEY).toString('base64').slice(4, 16));
    expect(server.seen).toHaveLength(1);
  });

  it('keeps the key out of a reply that repeats it, from what is stored and from what is shown', async () => {
    const server = await scriptedProvider([{ json: replyOf(provider, { text: `your key is ${KEY}.` }) }]);
    const reply = await ask(server.model(provider));
    expect(reply.message.content).toBe('your key is [key].');
    expect(JSON.stringify(reply)).not.toContain(KEY);
  });

  it('sends nothing for a call that is aborted before', async () => {
    const server = await scriptedProvider([{}]);
    const signal = AbortSignal.abort(new Error('too late'));
    expect((await failure(ask(server.model(provider), {}, { signal }))).message).toBe('too late');
    expect(server.seen).toHaveLength(0);
  });

  it('ends at once when it is aborted while it waits for its next try', async () => {
    const server = await scriptedProvider([{ status: 429, headers: { 'retry-after': '25' }, json: {} }]);
    const controller = new AbortController();
    const schedule = globalThis.setTimeout;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number) => {
      if (ms !== 25_000) return schedule(run, ms);
      controller.abort(new Error('cancelled by a person'));
      return schedule(() => undefined, 0); // the wait itself never ends
    });
    const error = await failure(ask(server.model(provider), {}, { signal: controller.signal }));
    spy.mockRestore();
    expect(error.message).toBe('cancelled by a person');
    expect(server.seen).toHaveLength(1);
  });

  it('ends at once when it is aborted while the server thinks', async () => {
    const server = await scriptedProvider([{ events: [], then: 'hang' }]);
    const controller = new AbortController();
    const running = failure(ask(server.model(provider), {}, { signal: controller.signal }));
    await expect.poll(() => server.seen.length).toBe(1);
    controller.abort(new Error('cancelled by a person'));
    expect((await running).message).toBe('cancelled by a person');
  });
});

it('names the place and the reason when nobody listens, without the query of the URL', async () => {
  const server = await scriptedProvider([]);
  const { port } = new URL(server.url);
  await server.stop();
  const url = `http://127.0.0.1:${port}/v1?key=canary-of-a-url`;
  const error = await failure(ask(server.model('ollama', { OLLAMA_BASE_URL: url })));
  expect(error).toMatchObject({ code: 'MODEL_FAILED', retryable: true });
  expect(error.message).toBe(`ollama/test-model: Connection error (ECONNREFUSED) at 127.0.0.1:${port}`);
  expect(textOf(error)).not.toContain('canary');
});

describe('what goes to a server', () => {
  it('has the path and the query of its base URL, and nothing of OPENAI_* variables that were meant for another', async () => {
    const server = await scriptedProvider([{ json: replyOf('compatible', { text: 'hi' }) }]);
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'Authorization: Bearer canary-of-openai\nX-Canary: canary-of-openai');
    vi.stubEnv('OPENAI_ORG_ID', 'canary-of-openai');
    vi.stubEnv('OPENAI_PROJECT_ID', 'canary-of-openai');
    const model = server.model('compatible', { NEXUM_BASE_URL: `${server.url}/deployments/a/?api-version=7` });
    vi.unstubAllEnvs();
    await ask(model);
    expect(server.seen[0]?.url).toBe('/v1/deployments/a/chat/completions?api-version=7');
    expect(JSON.stringify(server.seen[0]?.headers)).not.toContain('canary');
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('goes below /v1 of an Ollama that is named by its host alone', async () => {
    const server = await scriptedProvider([{ json: replyOf('ollama', { text: 'hi' }) }]);
    await ask(server.model('ollama', { OLLAMA_BASE_URL: new URL(server.url).origin }));
    expect(server.seen[0]?.url).toBe('/v1/chat/completions');
  });
});

describe('an answer that is none', () => {
  const cut = { output: [{ type: 'function_call', call_id: 'c1', name: 'search_documents', arguments: '{"que' }] };
  const calls = [{ id: 'c1', type: 'function', function: { name: 'search_documents', arguments: '{"que' } }];
  it.each([
    ['openai', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, ...cut }, 'MODEL_CUT_OFF'],
    ['openai', { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, ...cut }, 'MODEL_REFUSED'],
    ['openai', { status: 'failed', error: { message: 'lost' }, output: [] }, 'MODEL_FAILED'],
    ['gemini', choice({ tool_calls: calls }, 'length'), 'MODEL_CUT_OFF'],
    ['ollama', choice({ content: 'The lease is' }, 'length'), 'MODEL_CUT_OFF'],
    ['anthropic', choice({ content: '' }, 'content_filter'), 'MODEL_REFUSED'],
    ['gemini', { choices: [{ finish_reason: 'content_filter: SAFETY' }] }, 'MODEL_REFUSED'],
    ['gemini', choice({}, 'function_call_filter: MALFORMED_FUNCTION_CALL'), 'MODEL_FAILED'],
    ['compatible', choice({ content: 'half' }, 'error'), 'MODEL_FAILED'],
    ['compatible', { choices: [] }, 'MODEL_FAILED'],
    ['compatible', 'a text', 'MODEL_FAILED'],
  ] as const)('of %s has a state of its own: %j', async (provider, json, code) => {
    const server = await scriptedProvider([{ json }]);
    const error = await failure(ask(server.model(provider), { tools: [SEARCH] }));
    expect(attemptFailure(error)).toMatchObject({ code, retryable: code === 'MODEL_FAILED' });
  });

  it.each(['openai', 'compatible'] as const)(
    '%s: a refusal is the answer, except where JSON is asked for',
    async (provider) => {
      const refusal = `I will not tell ${KEY}.`;
      const content = [{ type: 'refusal', refusal }];
      const json = provider === 'openai' ? { output: [{ type: 'message', content }] } : choice({ refusal }, 'stop');
      const server = await scriptedProvider([{ json }]);
      expect((await ask(server.model(provider))).message.content).toBe('I will not tell [key].');
      const error = await failure(ask(server.model(provider), { answerSchema: { type: 'object' } }));
      expect(error).toMatchObject({ code: 'MODEL_REFUSED', retryable: false });
      expect(error.message).toContain('I will not tell [key].');
      expect(textOf(error)).not.toContain(KEY);
    },
  );
});

it('gives an id to calls that come without one, in the raw message too', async () => {
  const call = { type: 'function', function: { name: 'search_documents', arguments: { query: 'x' } } };
  const server = await scriptedProvider([
    { json: choice({ content: '', tool_calls: [call, { ...call, id: '' }] }, 'stop') },
  ]);
  const { message } = await ask(server.model('gemini'), { tools: [SEARCH] });
  expect(message.toolCalls).toEqual([
    { id: 'call_1_1', name: 'search_documents', arguments: '{"query":"x"}' },
    { id: 'call_1_2', name: 'search_documents', arguments: '{"query":"x"}' },
  ]);
  expect(message.raw).toMatchObject({ tool_calls: [{ id: 'call_1_1' }, { id: 'call_1_2' }] });
});

it('reads calls that a model of Ollama wrote as text, and sends them back as calls', async () => {
  const text = '{"name": "search_documents", "parameters": {"query": "leases"}}';
  const server = await scriptedProvider([{ json: choice({ content: text }, 'stop') }]);
  const model = server.model('ollama');
  const { message } = await ask(model, { tools: [SEARCH] });
  const call = { name: 'search_documents', arguments: '{"query":"leases"}' };
  expect(message).toMatchObject({ content: '', toolCalls: [{ id: 'call_1_1', ...call }] });
  expect(message.raw).toMatchObject({ tool_calls: [{ id: 'call_1_1', type: 'function', function: call }] });
  expect((await ask(model)).message).toMatchObject({ content: text, toolCalls: [] });
  expect((await ask(server.model('gemini'), { tools: [SEARCH] })).message).toMatchObject({
    content: text,
    toolCalls: [],
  });
});

function choice(message: object, reason: string): object {
  return { choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: reason }] };
}
