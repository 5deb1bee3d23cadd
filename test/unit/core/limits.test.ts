/** What executions use is counted once, whatever becomes of attempts; a limit pauses, and a resume grants the same again. */
import { expect, it } from 'vitest';
import type { TaskRef } from '../../../src/core/ids.js';
import type { LimitsSpec } from '../../../src/core/ir.js';
import { limitUse } from '../../../src/core/limits.js';
import { addUsage, newUsage, totalUsage, type ModelUsage, type Usage } from '../../../src/core/usage.js';
import { NO_DELAY, TestExecution, type NodeSketch } from '../../support/engine-execution.js';

const CENT = 10_000_000;

/** So many calls of a model, a cent, ten and two tokens each. */
function spent(calls: number, model = 'openai/m'): Usage {
  const tokens = { inputTokens: 10 * calls, outputTokens: 2 * calls, cachedInputTokens: 0 };
  return { [model]: { calls, ...tokens, costNanoUsd: calls * CENT, unpricedCalls: 0 } };
}

function started(
  limits: LimitsSpec | undefined,
  nodes: Readonly<Record<string, NodeSketch>> = { a: {} },
): TestExecution {
  const execution = TestExecution.of(nodes, undefined, limits ? { limits } : {});
  execution.start();
  return execution;
}

function total(run: TestExecution): ModelUsage {
  return totalUsage(run.execution?.extra?.usage ?? {});
}

/** What the server answers a model call: `ok`, or the code of the refusal. */
function ask(run: TestExecution, task: TaskRef, usage: Usage): string {
  const reply = run.send({ kind: 'admit_call', task, usage });
  return reply.ok ? 'ok' : reply.code;
}

it('counts a replayed call once, over attempts that failed, were lost or completed', () => {
  const run = started(undefined, { a: { retry: { ...NO_DELAY, maxAttempts: 5 } } });
  const failure = { code: 'X', message: 'x', retryable: true };
  run.send({ kind: 'fail', task: run.lease('a'), failure, usage: spent(2) });
  expect(total(run).calls).toBe(2);
  run.reap(run.lease('a'));
  // It came to the first call only, which it read back.
  run.send({ kind: 'fail', task: run.lease('a'), failure, usage: spent(1) });
  expect(total(run).calls).toBe(2);
  run.send({ kind: 'complete', task: run.lease('a'), output: '1', usage: spent(3) });
  expect(run.execution?.extra?.usage).toEqual(spent(3));
  expect(run.node('a').detail?.usage).toEqual(spent(3));
});

it('adds the models of attempts up: an attempt with another model repeats nothing of the first', () => {
  const run = started(undefined);
  const failure = { code: 'X', message: 'x', retryable: true };
  run.send({ kind: 'fail', task: run.lease('a'), failure, usage: spent(2) });
  run.nowMs += 60_000;
  run.send({ kind: 'complete', task: run.lease('a'), output: '1', usage: spent(1, 'gemini/n') });
  expect(run.execution?.extra?.usage).toEqual({ ...spent(2), ...spent(1, 'gemini/n') });
});

it('commits nothing for a model call of a pipeline without limits', () => {
  const run = started({ providers: { openai: { requestsPerMinute: 1 } } });
  const task = run.lease('a');
  expect(run.sendWithoutEffect({ kind: 'admit_call', task, usage: spent(100) })).toBe('ok');
  run.send({ kind: 'complete', task, output: '1' });
  expect(run.execution?.extra).toBeUndefined();
});

it('B1, B2: refuses the call after the one that reached the limit, and knows what was used from then on', () => {
  const run = started({ maxCostUsd: 0.02 });
  const task = run.lease('a');
  expect(ask(run, task, {})).toBe('ok');
  expect(ask(run, task, spent(1))).toBe('ok');
  expect(ask(run, task, spent(2))).toBe('LIMIT_REACHED');
  expect(run.status).toBe('RUNNING');
  expect(total(run).calls).toBe(2);
});

it('pauses and gives the attempt back in one decision, and a resume grants the same again', () => {
  const run = started({ maxCostUsd: 0.02 });
  const task = run.lease('a');
  expect(ask(run, task, spent(2))).toBe('LIMIT_REACHED');
  run.send({ kind: 'release', task, usage: spent(2), limited: true });
  expect(run.kinds.slice(-2)).toEqual(['attempt_released', 'execution_paused']);
  expect(run.execution).toMatchObject({ status: 'PAUSED', extra: { limits: { pausedBy: 'max_cost_usd' } } });
  expect(run.node('a')).toMatchObject({ status: 'PENDING', failed: 0, lost: 0 });
  run.send({ kind: 'resume' });
  const again = run.lease('a');
  // What it replays was counted before.
  expect(ask(run, again, spent(2))).toBe('ok');
  expect(ask(run, again, spent(3))).toBe('ok');
  expect(ask(run, again, spent(4))).toBe('LIMIT_REACHED');
  expect(total(run).costNanoUsd).toBe(4 * CENT);
});

it('a resume by hand grants nothing', () => {
  const run = started({ maxTokens: 24 });
  const task = run.lease('a');
  expect(ask(run, task, spent(1))).toBe('ok');
  run.send({ kind: 'pause' });
  run.send({ kind: 'resume' });
  expect(ask(run, task, spent(2))).toBe('LIMIT_REACHED');
});

it('counts what all nodes have reported, and pauses once for all that are refused', () => {
  const run = started({ maxCostUsd: 0.02 }, { a: {}, b: {} });
  const [a, b] = [run.lease('a'), run.lease('b')];
  expect(ask(run, a, spent(1))).toBe('ok');
  expect(ask(run, b, spent(1))).toBe('LIMIT_REACHED');
  expect(ask(run, a, spent(1))).toBe('LIMIT_REACHED');
  run.send({ kind: 'release', task: b, limited: true });
  run.send({ kind: 'release', task: a, limited: true });
  expect(run.kinds.filter((kind) => kind === 'execution_paused')).toHaveLength(1);
  expect(run.nodes()).toEqual({ a: 'PENDING', b: 'PENDING' });
});

it('does not pause for a refusal whose limit was lifted meanwhile', () => {
  const run = started({ maxCostUsd: 0.02 }, { a: {}, b: {} });
  const [a, b] = [run.lease('a'), run.lease('b')];
  expect(ask(run, a, spent(2))).toBe('LIMIT_REACHED');
  run.send({ kind: 'release', task: a, limited: true });
  run.send({ kind: 'resume' });
  run.send({ kind: 'release', task: b, limited: true });
  expect(run.nodes()).toEqual({ a: 'READY', b: 'READY' });
});

it('is paused by the limit while somebody has paused it', () => {
  const run = started({ maxCostUsd: 0.01 });
  const task = run.lease('a');
  run.send({ kind: 'pause' });
  run.send({ kind: 'release', task, usage: spent(1), limited: true });
  expect(run.execution?.extra?.limits?.pausedBy).toBe('max_cost_usd');
  run.send({ kind: 'resume' });
  expect(ask(run, run.lease('a'), spent(1))).toBe('ok');
});

it('gives a limited attempt back after the execution has failed', () => {
  const run = started({ maxCostUsd: 0.01 }, { a: {}, b: {} });
  const [a, b] = [run.lease('a'), run.lease('b')];
  run.fail(b, { retryable: false });
  run.send({ kind: 'release', task: a, usage: spent(1), limited: true });
  expect(run.nodes()).toEqual({ a: 'CANCELLED', b: 'FAILED' });
  expect(total(run).calls).toBe(1);
});

it('B3: max_duration pauses at the next lease; time that it was PAUSED does not count', () => {
  const run = started({ maxDurationMs: 1000 }, { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } });
  run.nowMs += 600;
  run.send({ kind: 'pause' });
  run.nowMs += 5000;
  run.send({ kind: 'resume' });
  run.run('a');
  expect(run.status).toBe('RUNNING');
  run.nowMs += 400;
  const reply = run.send({ kind: 'lease', node: 'b', iteration: 1, workerId: 'w', nonce: 'n', leaseMs: 1000 });
  expect(reply.ok).toBe(true);
  expect(run.execution).toMatchObject({
    status: 'PAUSED',
    extra: { limits: { pausedBy: 'max_duration', runMs: 1000 } },
  });
  expect(run.node('b')).toMatchObject({ status: 'PENDING', attempt: 0 });
  run.nowMs += 5000;
  run.send({ kind: 'resume' });
  run.run('b');
  run.run('c');
  expect(run.status).toBe('COMPLETED');
});

it('B3: max_duration pauses with a completion, and lets an execution that is done complete', () => {
  const run = started({ maxDurationMs: 1000 }, { a: {}, b: { needs: ['a'] } });
  const a = run.lease('a');
  run.nowMs += 1000;
  run.send({ kind: 'complete', task: a, output: '1' });
  expect(run).toMatchObject({ status: 'PAUSED' });
  run.send({ kind: 'resume' });
  const b = run.lease('b');
  run.nowMs += 1000;
  run.send({ kind: 'complete', task: b, output: '1' });
  expect(run.status).toBe('COMPLETED');
  expect(limitUse(run.execution ?? fail(), run.nowMs + 1000).runMs).toBe(1000);
});

it('B3: does not count what it waits for its turn, and a retry goes on counting', () => {
  const run = TestExecution.of({ a: {} }, undefined, { limits: { maxDurationMs: 1000 } });
  run.start('1', { waiting: { cancels: [] } });
  run.nowMs += 5000;
  run.send({ kind: 'admit' });
  const task = run.lease('a');
  run.nowMs += 300;
  run.fail(task, { retryable: false });
  run.nowMs += 5000;
  run.send({ kind: 'retry' });
  expect(limitUse(run.execution ?? fail(), run.nowMs + 200).runMs).toBe(500);
});

it('takes any name of a model', () => {
  const strange = JSON.parse('{"__proto__":{"calls":1},"constructor":{"calls":2}}') as Record<string, ModelUsage>;
  const none = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costNanoUsd: 0, unpricedCalls: 0 };
  const usage = Object.fromEntries(Object.entries(strange).map(([key, { calls }]) => [key, { ...none, calls }]));
  const twice = addUsage(addUsage({}, usage), usage);
  expect(Object.entries(twice).map(([key, { calls }]) => [key, calls])).toEqual([
    ['__proto__', 2],
    ['constructor', 4],
  ]);
  expect(newUsage(twice, usage)).toBeUndefined();
});

function fail(): never {
  throw new Error('there is no execution');
}
