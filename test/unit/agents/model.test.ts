import { describe, expect, it } from 'vitest';
import { resolveModel } from '../../../src/agents/models/model.js';
import { AGENT_TOOL_NAMES, documentTools } from '../../../src/agents/tools/document-tools.js';
import { sandboxTools } from '../../../src/agents/tools/sandbox-tools.js';
import { findSchemaProblem } from '../../../src/pipeline/output-schema.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';

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
    [undefined, { ...ENV, NEXUM_MODEL: 'gpt-5' }, 'openai/gpt-5'],
    ['offline', { ...ENV, NEXUM_MODEL: 'gpt-5' }, 'offline/extractive'],
  ])('reads %j as a model of its provider (%#)', (name, env, id) => {
    expect(resolveModel(name, env).id).toBe(id);
  });

  it.each([
    ['openai/gpt-5', {}, /OPENAI_API_KEY/],
    ['gpt-5', { OPENAI_API_KEY: ' ' }, /OPENAI_API_KEY/],
    ['compatible/llama3', {}, /NEXUM_BASE_URL/],
    ['claude-sonnet', {}, /anthropic comes in a later release.*NEXUM_BASE_URL.*compatible\/claude-sonnet/],
    ['gemini-pro', {}, /gemini comes in a later release/],
    ['ollama/llama3', {}, /ollama comes in a later release/],
    ['offline/llama3', {}, /unknown model/],
    ['llama3', {}, /unknown model "llama3"/],
  ])('refuses %j without what it needs, and says what that is', (name, env, message) => {
    expect(() => resolveModel(name, env)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_CONFIGURED' }));
    expect(() => resolveModel(name, env)).toThrow(message);
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
});

describe('the tools', () => {
  it('are the ones that the compiler knows, each with a valid schema and a description', () => {
    const tools = [...documentTools(new DocumentLibrary(), '.').values(), ...sandboxTools().values()];
    expect(tools.map((tool) => tool.name)).toEqual(AGENT_TOOL_NAMES);
    for (const tool of tools) {
      expect(findSchemaProblem(tool.parameters)).toBeUndefined();
      expect(tool.description).not.toBe('');
    }
  });
});
