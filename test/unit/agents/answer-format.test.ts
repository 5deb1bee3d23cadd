/** Structured output: the schema is sent where the provider takes it, and never breaks a request. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/ir.js';
import { qualifiesForStrict } from '../../../src/agents/models/answer-format.js';
import { PROVIDER_NAMES } from './mock-provider.js';
import { ask, failure, replyOf, scriptedProvider, SEARCH } from './scripted-provider.js';

const CLOSED: JsonObject = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
  additionalProperties: false,
};
const OPEN: JsonObject = { type: 'object', properties: { answer: { type: 'string' } } };
const SENT = {
  // with tools, without tools
  openai: [true, true],
  anthropic: [false, false],
  gemini: [false, true],
  ollama: [false, true],
  compatible: [false, true],
};

describe.each(PROVIDER_NAMES)('the schema of the answer, for %s', (provider) => {
  it.each([
    ['with tools', [SEARCH]],
    ['without tools', []],
  ])('is sent where the table says so: %s', async (_case, tools) => {
    const server = await scriptedProvider([{ json: replyOf(provider, { text: '{"answer":"x"}' }) }]);
    await ask(server.model(provider), { tools, answerSchema: CLOSED });
    const { text, response_format: format } = server.seen[0]?.body ?? {};
    const sent = SENT[provider][tools.length === 0 ? 1 : 0];
    if (!sent) expect([text, format]).toEqual([undefined, undefined]);
    else if (provider === 'openai')
      expect(text).toEqual({ format: { type: 'json_schema', name: 'answer', schema: CLOSED, strict: true } });
    else expect(format).toEqual({ type: 'json_schema', json_schema: { name: 'answer', schema: CLOSED } });
  });
});

it('is no promise when it is not closed', async () => {
  const server = await scriptedProvider([{ json: replyOf('openai', { text: '{}' }) }]);
  await ask(server.model('openai'), { answerSchema: OPEN });
  expect(server.seen[0]?.body['text']).toMatchObject({ format: { strict: false } });
});

it.each<JsonObject>([{ type: 'string' }, { type: ['object', 'null'] }, { anyOf: [CLOSED] }, {}])(
  'is left to the prompt when it is not an object: %j',
  async (answerSchema) => {
    const server = await scriptedProvider([{ json: replyOf('openai', { text: 'x' }) }]);
    await ask(server.model('openai'), { answerSchema });
    expect(server.seen[0]?.body).not.toHaveProperty('text');
  },
);

it.each([
  ['compatible', 400, 'response_format is not supported by this model'],
  ['ollama', 422, "Extra inputs are not permitted: 'response_format'"],
  ['openai', 400, "Invalid schema for response_format 'answer': 'pattern' is not permitted"],
  ['gemini', 400, "Function calling with a response mime type: 'application/json' is unsupported"],
] as const)(
  'is sent once to a server that refuses it (%s, %i), and another schema is tried',
  async (provider, status, message) => {
    const good = { json: replyOf(provider, { text: '{"answer":"x"}' }) };
    const server = await scriptedProvider([{ status, json: { error: { message } } }, good]);
    const model = server.model(provider);
    for (const answerSchema of [CLOSED, CLOSED, OPEN]) await ask(model, { answerSchema });
    const field = provider === 'openai' ? 'text' : 'response_format';
    expect(server.seen.map(({ body }) => body[field] !== undefined)).toEqual([true, false, false, true]);
  },
);

it('is not blamed for another error, and not for one that stays', async () => {
  const server = await scriptedProvider([{ status: 400, json: { error: { message: 'no such model' } } }]);
  await failure(ask(server.model('compatible'), { answerSchema: CLOSED }));
  expect(server.seen).toHaveLength(1);
  const other = await scriptedProvider([{ status: 400, json: { error: { message: 'response_format?' } } }]);
  expect((await failure(ask(other.model('compatible'), { answerSchema: CLOSED }))).message).toContain(
    'response_format?',
  );
  expect(other.seen).toHaveLength(2);
});

describe('a strict schema', () => {
  const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => {
    return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more };
  };
  it.each<[string, JsonObject, boolean]>([
    ['closed', CLOSED, true],
    ['empty', object({}), true],
    ['nested', object({ a: { type: 'array', items: object({ b: { enum: [1, 2] } }) } }), true],
    ['nullable', object({ a: { type: ['string', 'null'], format: 'date-time' } }), true],
    ['with references', object({ a: { $ref: '#/$defs/A' } }, { $defs: { A: object({ b: { $ref: '#' } }) } }), true],
    ['open', OPEN, false],
    ['with an optional property', { ...CLOSED, required: [] }, false],
    ['open inside', object({ a: { type: 'object', properties: {} } }), false],
    ['open in a union', object({ a: { anyOf: [{ type: 'null' }, { type: 'object' }] } }), false],
    ['open in a definition', object({ a: { $ref: '#/$defs/A' } }, { $defs: { A: { type: 'object' } } }), false],
    ['open behind null', object({ a: { type: ['object', 'null'] } }), false],
    ['with a keyword it does not know', object({ a: { type: 'string', minLength: 1 } }), false],
    ['with a format it does not know', object({ a: { type: 'string', format: 'uri' } }), false],
    ['with a reference outwards', object({ a: { $ref: 'https://example.com/a.json' } }), false],
    ['that says nothing', object({ a: {} }), false],
    ['with `true` as a schema', object({ a: { type: 'array', items: true } }), false],
    ['deep', Array.from({ length: 12 }).reduce<JsonObject>((inner) => object({ a: inner }), CLOSED), false],
  ])('qualifies or not: %s', (_case, schema, expected) => {
    expect(qualifiesForStrict(schema)).toBe(expected);
  });
});
