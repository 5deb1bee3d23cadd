/** `limits` from YAML to the IR, and what is wrong with one. */
import { expect, it } from 'vitest';
import { parseRates } from '../../../src/cli/rate-option.js';
import { compareWorkflows } from '../../../src/core/compatibility.js';
import { parseIr } from '../../../src/core/ir-validation.js';
import type { PipelineInfo } from '../../../src/core/ir.js';
import { compilePipeline } from '../../../src/pipeline/compile.js';

function compile(limits: string): ReturnType<typeof compilePipeline> {
  return compilePipeline(`name: p\nlimits: ${limits}\nnodes:\n  a: { compute: 1 }\n`, 'p.yaml');
}

function problems(limits: string): string[] {
  const result = compile(limits);
  return result.issues.map(({ code, path }) => `${code} ${path}`);
}

it('is written out in the workflow, in milliseconds', () => {
  const { compiled } = compile(
    '{ max_cost_usd: 2.5, max_tokens: 1000, max_duration: 30m, providers: { openai: { requests_per_minute: 60 } } }',
  );
  expect(compiled?.ir.pipeline?.limits).toEqual({
    maxCostUsd: 2.5,
    maxTokens: 1000,
    maxDurationMs: 1_800_000,
    providers: { openai: { requestsPerMinute: 60 } },
  });
});

it('has amounts above nothing, and the keys of its places', () => {
  expect(problems('{ max_cost_usd: 0 }')).toEqual(['BAD_LIMIT limits.max_cost_usd']);
  expect(problems('{ max_tokens: 1.5 }')).toEqual(['BAD_LIMIT limits.max_tokens']);
  expect(problems('{ max_duration: soon }')).toEqual(['BAD_DURATION limits.max_duration']);
  expect(problems('{ max_cost: 1 }')).toEqual(['UNKNOWN_KEY limits.max_cost']);
  expect(problems('{ providers: { openai: { rpm: 1 } } }')).toEqual(['UNKNOWN_KEY limits.providers.openai.rpm']);
  expect(problems('{ providers: { openai: { tokens_per_minute: 0 } } }')).toEqual([
    'BAD_LIMIT limits.providers.openai.tokens_per_minute',
  ]);
});

it('is checked in an IR from anybody', () => {
  const limits = {
    maxCostUsd: -1,
    maxTokens: 'many',
    maxDurationMs: 0,
    providers: { openai: { requestsPerMinute: 0 } },
  };
  const ir = { pipeline: { name: 'p', inputs: {}, limits }, nodes: { a: { type: 'EFFECT', dependencies: [] } } };
  const found = parseIr(JSON.stringify(ir)).problems.join('\n');
  for (const key of ['maxCostUsd', 'maxTokens', 'maxDurationMs', 'providers.openai.requestsPerMinute'])
    expect(found).toContain(`limits.${key}`);
});

it('may be changed safely: what runs is pinned, and a limit only pauses', () => {
  const version = (more: Partial<PipelineInfo>): Parameters<typeof compareWorkflows>[1] => ({
    nodes: { a: { type: 'EFFECT', dependencies: [] } },
    pipeline: { name: 'p', inputs: {}, ...more },
  });
  const { compatibility, changes } = compareWorkflows(version({}), version({ limits: { maxCostUsd: 1 } }));
  expect(compatibility).toBe('SAFE');
  expect(changes.map(({ text }) => text)).toEqual([expect.stringContaining('max_cost_usd')]);
});

it('of a whole server is written at the command line', () => {
  expect(parseRates('openai=60rpm,100000tpm gemini=5tpm')).toEqual({
    openai: { requestsPerMinute: 60, tokensPerMinute: 100_000 },
    gemini: { tokensPerMinute: 5 },
  });
  for (const text of ['openai', 'openai=', 'openai=60', 'openai=0rpm', '=1rpm', 'openai=1rpm,']) {
    expect(() => parseRates(text), text).toThrow('is no rate');
  }
});
