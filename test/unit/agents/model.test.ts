import { describe, expect, it } from 'vitest';
import { modelSource, resolveModel } from '../../../src/agents/models/model.js';

const ENV = { OPENAI_API_KEY: 'sk-1', NEXUM_BASE_URL: 'http://127.0.0.1:9/v1' };

describe('resolveModel', () => {
  it.each([
    [undefined, {}, 'offline/extractive'],
    ['', {}, 'offline/extractive'],
    ['offline', {}, 'offline/extractive'],
    ['offline/extractive', {}, 'offline/extractive'],
    ['openai/gpt-5', ENV, 'openai/gpt-5'],
    ['gpt-5-mini', ENV, 'openai/gpt-5-mini'],
    ['o4-mini', ENV, 'openai/o4-mini'],
    ['compatible/llama3', ENV, 'compatible/llama3'],
    ['meta-llama/llama-3:free', ENV, 'compatible/meta-llama/llama-3:free'],
    ['gpt-oss:20b', ENV, 'compatible/gpt-oss:20b'],
    ['claude-sonnet-4-5', { ANTHROPIC_API_KEY: 'k' }, 'anthropic/claude-sonnet-4-5'],
    ['gemini-2.5-flash', { GOOGLE_API_KEY: 'k' }, 'gemini/gemini-2.5-flash'],
    ['ollama/qwen3:8b', {}, 'ollama/qwen3:8b'],
    [undefined, { ...ENV, NEXUM_MODEL: 'gpt-5' }, 'openai/gpt-5'],
    ['offline', { ...ENV, NEXUM_MODEL: 'gpt-5' }, 'offline/extractive'],
  ])('reads %j as a model of its provider (%#)', (name, env, id) => {
    expect(resolveModel(name, env).id).toBe(id);
  });

  it.each([
    ['openai/gpt-5', {}, /OPENAI_API_KEY/],
    ['gpt-5', { OPENAI_API_KEY: ' ' }, /OPENAI_API_KEY/],
    ['compatible/llama3', {}, /NEXUM_BASE_URL/],
    ['claude-sonnet', {}, /ANTHROPIC_API_KEY$/],
    ['claude-sonnet', ENV, /ANTHROPIC_API_KEY; for the endpoint of NEXUM_BASE_URL write compatible\/claude-sonnet/],
    ['gemini-pro', {}, /GEMINI_API_KEY or GOOGLE_API_KEY/],
    ['offline/llama3', ENV, /unknown model/],
    ['compatible/llama3', { NEXUM_BASE_URL: 'localhost:8000/v1' }, /NEXUM_BASE_URL is not an http or https URL/],
    [
      'compatible/llama3',
      { NEXUM_BASE_URL: 'http://u:canary@h/v1' },
      /user name or password: put the key into NEXUM_API_KEY/,
    ],
    ['ollama/llama3', { NEXUM_PRICES: '/nowhere.json' }, /NEXUM_PRICES \(\/nowhere.json\).*ENOENT/],
    ['offline/llama3', {}, /unknown model/],
    ['llama3', {}, /unknown model "llama3"/],
  ])('refuses %j without what it needs, and says what that is', (name, env, message) => {
    expect(() => resolveModel(name, env)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_CONFIGURED' }));
    expect(() => resolveModel(name, env)).toThrow(message);
    expect(() => resolveModel(name, env)).not.toThrow(/canary/);
  });

  it('never picks a paid key silently: it stays offline and names the key it found, not its value', () => {
    const lines: string[] = [];
    expect(resolveModel(undefined, { OPENAI_API_KEY: 'sk-secret' }, (line) => lines.push(line)).id).toBe(
      'offline/extractive',
    );
    expect(lines).toEqual([expect.stringContaining('OPENAI_API_KEY found but not used')]);
    expect(lines.join()).not.toContain('sk-secret');
    resolveModel(undefined, {}, (line) => lines.push(line));
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['gemini/x', { GEMINI_API_KEY: 'sk-1', GOOGLE_API_KEY: 'sk-2' }, 'model: gemini/x; with GEMINI_API_KEY'],
    ['gemini/x', { GOOGLE_API_KEY: 'sk-2' }, 'model: gemini/x; with GOOGLE_API_KEY'],
    ['ollama/x', { OPENAI_API_KEY: 'sk-3' }, 'model: ollama/x; without a key'],
  ])('says once which key %s uses', (name, env, line) => {
    const lines: string[] = [];
    const models = modelSource(env);
    const model = models(name, (text) => lines.push(text));
    expect(models(name, (text) => lines.push(text))).toBe(model);
    expect(lines).toEqual([line]);
  });
});
