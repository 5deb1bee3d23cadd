import { describe, expect, test } from 'vitest';
import type { AgentStep } from '../../../src/agents/steps.js';
import { benchReport, benchText, figures } from '../../../src/cli/demo/bench-report.js';
import { sessionReport, sessionText, type ShownSession } from '../../../src/cli/session-report.js';

const call = {
  executionId: 'exec-1',
  key: 's1/abc',
  tool: 'tool:search_documents',
  kind: 'call',
  status: 'COMPLETED',
  attempts: 1,
  startedAtMs: 1000,
  finishedAtMs: 1012,
  resultBytes: 20,
  args: { arguments: { query: 'lease' } },
  result: { hits: [] },
} as const;
const running = {
  ...call,
  key: 's1/def',
  status: 'RUNNING',
  attempts: 2,
  error: { code: 'TOOL_FAILED', message: 'no' },
} as const;
const usage = { inputTokens: 1, outputTokens: 2 };
const turn = { input: [], usage, ms: 3 };
const steps: AgentStep[] = [
  { kind: 'system_prompt', text: 'Answer.' },
  { kind: 'task', messages: [{ role: 'user', content: 'What is a lease?' }] },
  { kind: 'planning', ...turn, step: 1, text: 'First search.' },
  { kind: 'action', ...turn, step: 2, text: '', calls: [{ name: 'search', arguments: '{"q":1}', failed: true }] },
  { kind: 'action', ...turn, step: 3, text: 't', calls: [], code: 'print(1)', error: 'boom', agent: 'writer:0f' },
  { kind: 'final_answer', ...turn, step: 4, text: 'A claim.', answer: 'A claim.', calls: [], refused: 'too short' },
];
const { finishedAtMs: _ended, result: _result, ...unfinished } = running;
const shown: ShownSession = { session: 's1', calls: [call, unfinished], steps };

describe('a session', () => {
  test('is a table of its calls in order, then the steps of its agent', () => {
    const lines = sessionText(shown, {})
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ').trim());
    expect(lines).toEqual([
      'session s1',
      '# CALL STATUS ATTEMPTS TOOK RESULT',
      '1 search_documents "lease" COMPLETED 1 12 ms 20 B',
      '2 search_documents "lease" RUNNING 2 TOOL_FAILED: no',
      '',
      'steps',
      'system_prompt Answer.',
      'task What is a lease?',
      '1 planning First search.',
      '2 action',
      'failed search {"q":1}',
      '3 action writer:0f: print(1)',
      'error: boom',
      '4 final_answer A claim.',
      'not accepted: too short',
    ]);
  });

  test('shows arguments and results when they are wanted', () => {
    const text = sessionText({ ...shown, steps: [] }, { args: true, results: true });
    expect(text).toContain('args    {"arguments":{"query":"lease"}}');
    expect(text.match(/result {2}/g)).toHaveLength(1);
    expect(text).not.toContain('steps');
  });

  test('shows no secret of an error, and no half of one', () => {
    const secret = 'sk-canary-0123456789';
    const error = { code: 'TOOL_FAILED', message: `${'x'.repeat(55)} ${secret}` };
    const text = sessionText({ ...shown, calls: [{ ...running, error }] }, {}, { A_KEY: secret });
    expect(text).toContain('x ***');
    expect(text).not.toContain('sk-');
  });

  test('is an object of a stable shape', () => {
    const { calls } = sessionReport(shown, { results: true }) as { calls: unknown[] };
    expect(calls).toEqual([
      {
        number: 1,
        executionId: 'exec-1',
        key: 's1/abc',
        tool: 'tool:search_documents',
        kind: 'call',
        status: 'COMPLETED',
        attempts: 1,
        resultBytes: 20,
        version: null,
        ordinal: null,
        startedAt: '1970-01-01T00:00:01.000Z',
        finishedAt: '1970-01-01T00:00:01.012Z',
        ms: 12,
        error: null,
        result: { hits: [] },
      },
      expect.objectContaining({ number: 2, finishedAt: null, ms: null, result: null, error: running.error }),
    ]);
  });
});

describe('the bench', () => {
  test('reports medians and 95th percentiles by the nearest rank, and ratios', () => {
    expect(figures([3, 1, 2])).toEqual({ median: 2, p95: 3 });
    expect(figures(Array.from({ length: 100 }, (_, index) => index + 1))).toEqual({ median: 50, p95: 95 });
    expect(figures([])).toEqual({ median: 0, p95: 0 });
    const times = { plain: [1], cold: [5], cached: [2] };
    const report = benchReport({ question: 'q?', fsync: [2], call: times, agent: times });
    expect(report).toMatchObject({
      runs: 1,
      agentRuns: 1,
      ratios: { coldAddedPerFsync: 2, cachedPerCold: 0.4, agentColdPerPlain: 5, agentCachedPerPlain: 2 },
    });
    expect(benchText(report)).toContain('adds 4.00 ms, 2 x one fsync');
  });
});
