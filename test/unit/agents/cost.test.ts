import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPrices, withCost } from '../../../src/agents/models/cost.js';
import { chooseModel } from '../../../src/agents/models/model-choice.js';
import { MODEL_PRICES } from '../../../src/agents/models/model-prices.js';
import { offlineModel } from '../../../src/agents/models/offline-model.js';
import { PROVIDERS } from '../../../src/agents/models/providers.js';
import { chatUsage, responsesUsage } from '../../../src/agents/models/token-usage.js';
import { ask } from './scripted-provider.js';

const folder = mkdtempSync(join(tmpdir(), 'nexum-prices-'));
const path = join(folder, 'prices.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENV = {
  OPENAI_API_KEY: 'k',
  ANTHROPIC_API_KEY: 'k',
  GEMINI_API_KEY: 'k',
  NEXUM_BASE_URL: 'http://127.0.0.1:9/v1',
};

function cost(name: string, usage: Parameters<typeof withCost>[0], answeredBy?: string, prices = readPrices({})) {
  const choice = chooseModel(name, ENV);
  if (choice.kind === 'offline') throw new Error(`${name} is offline`);
  return withCost(usage, choice.endpoint, prices, answeredBy).costUsd;
}

const MILLION = { inputTokens: 1_000_000, outputTokens: 1_000_000 };

describe('the cost of a call', () => {
  it.each<[string, Parameters<typeof withCost>[0], string | undefined, number | undefined]>([
    ['gpt-5-mini', { inputTokens: 1000, outputTokens: 100 }, undefined, 0.00045],
    ['gpt-5-mini', { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 800 }, undefined, 0.00027],
    ['gpt-5-mini', MILLION, 'gpt-5-mini-2025-08-07', 2.25],
    ['claude-sonnet-4-5-20250929', { inputTokens: 100_000, outputTokens: 1000 }, undefined, 0.315],
    ['claude-sonnet-4-5', { inputTokens: 200_000, outputTokens: 0 }, undefined, 0.6],
    ['claude-sonnet-4-5', { inputTokens: 200_001, outputTokens: 0 }, undefined, 1.200006],
    ['gemini-2.5-flash', MILLION, 'models/gemini-2.5-flash', 2.8],
    ['gemini-flash-latest', MILLION, 'gemini-2.5-flash', 2.8],
    ['gpt-5-nano', { inputTokens: 1, outputTokens: 0 }, undefined, 5e-8],
    ['gpt-99', MILLION, undefined, undefined],
    ['gpt-5-codex-mini', MILLION, undefined, undefined],
    ['ft:gpt-4o-mini-2024-07-18:acme', MILLION, 'ft:gpt-4o-mini-2024-07-18:acme', undefined],
    ['compatible/gpt-5', MILLION, undefined, undefined],
    ['openai/toString', MILLION, undefined, undefined],
    ['gpt-5', undefined, undefined, undefined],
    ['ollama/llama3', MILLION, undefined, 0],
    ['ollama/llama3', undefined, undefined, 0],
  ])('of %s with %j (answered by %s) is %s', (name, usage, answeredBy, usd) => {
    expect(cost(name, usage, answeredBy)).toBe(usd);
  });

  it('is 0 offline', async () => {
    expect((await ask(offlineModel)).usage.costUsd).toBe(0);
  });

  it('follows the file of NEXUM_PRICES, which replaces and adds', () => {
    const file = {
      'openai/gpt-5': { inputUsd: 1, outputUsd: 2 },
      'compatible/llama3': { inputUsd: 0.1, cachedInputUsd: 0, outputUsd: 0.2 },
      'ollama/llama3': { inputUsd: 0.5, outputUsd: 0.5 },
    };
    writeFileSync(path, JSON.stringify(file));
    const prices = readPrices({ NEXUM_PRICES: path });
    expect(cost('gpt-5', { ...MILLION, cachedInputTokens: 500_000 }, undefined, prices)).toBe(3);
    expect(cost('compatible/llama3', { ...MILLION, cachedInputTokens: 500_000 }, undefined, prices)).toBe(0.25);
    expect(cost('ollama/llama3', MILLION, undefined, prices)).toBe(1);
    expect(cost('gpt-5-mini', MILLION, undefined, prices)).toBe(2.25);
  });

  it.each([
    ['{', /JSON/],
    ['[]', /not a JSON object/],
    ['{"a/b": 1}', /a\/b needs inputUsd and outputUsd/],
    ['{"a/b": {"inputUsd": 1}}', /a\/b needs inputUsd and outputUsd/],
    ['{"a/b": {"inputUsd": 1, "outputUsd": "2"}}', /numbers from 0 on/],
    ['{"a/b": {"inputUsd": -1, "outputUsd": 2}}', /numbers from 0 on/],
    ['{"a/b": {"inputUsd": 1, "outputUsd": 2, "outptuUsd": 2}}', /numbers from 0 on/],
  ])('needs a file that is right: %s', (text, message) => {
    writeFileSync(path, text);
    expect(() => readPrices({ NEXUM_PRICES: path })).toThrow(expect.objectContaining({ code: 'MODEL_NOT_CONFIGURED' }));
    expect(() => readPrices({ NEXUM_PRICES: path })).toThrow(message);
  });

  it('has a plausible price for every model of the table, under a provider that exists', () => {
    for (const [name, price] of Object.entries(MODEL_PRICES)) {
      expect(PROVIDERS.map((provider) => provider.name)).toContain(name.split('/')[0]);
      expect(price.outputUsd).toBeGreaterThan(price.inputUsd);
      expect(price.inputUsd).toBeGreaterThan(price.cachedInputUsd ?? 0);
    }
  });
});

describe('the tokens of a call', () => {
  it.each([
    [
      'cached input is part of the input',
      { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } },
      [10, 2, 4],
    ],
    [
      'reasoning is part of the output',
      { prompt_tokens: 10, completion_tokens: 9, total_tokens: 19, completion_tokens_details: { reasoning_tokens: 7 } },
      [10, 9, undefined],
    ],
    [
      'Gemini counts reasoning in the total only',
      { prompt_tokens: 10, completion_tokens: 2, total_tokens: 19 },
      [10, 9, undefined],
    ],
    [
      'a total that is wrong takes nothing away',
      { prompt_tokens: 10, completion_tokens: 2, total_tokens: 1 },
      [10, 2, undefined],
    ],
    [
      'more cached than there is',
      { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 99 } },
      [10, 2, 10],
    ],
    [
      'nonsense counts nothing',
      { prompt_tokens: -1, completion_tokens: 'many', prompt_tokens_details: null },
      [0, 0, undefined],
    ],
  ])('of chat completions: %s', (_case, usage, [inputTokens, outputTokens, cachedInputTokens]) => {
    expect(chatUsage(usage)).toEqual({
      inputTokens,
      outputTokens,
      ...(cachedInputTokens === undefined ? {} : { cachedInputTokens }),
    });
  });

  it('of Responses: cached input and reasoning are part of the sums', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 9,
      total_tokens: 19,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens_details: { reasoning_tokens: 7 },
    };
    expect(responsesUsage(usage)).toEqual({ inputTokens: 10, outputTokens: 9, cachedInputTokens: 4 });
  });

  it.each([undefined, null, {}, 'none'])('are unknown when the server says %j', (usage) => {
    expect([chatUsage(usage), responsesUsage(usage)]).toEqual([undefined, undefined]);
  });
});
