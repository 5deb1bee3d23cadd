/** Model calls of limited pipelines, on a real engine: what was used is durable, and a limit pauses for everybody. */
import { describe, expect, it } from 'vitest';
import type { LimitsSpec } from '../../../src/core/ir.js';
import type { Usage } from '../../../src/core/usage.js';
import { EngineMetrics } from '../../../src/server/engine-metrics.js';
import { EngineRig, onEveryStore, type RigOptions } from '../../support/engine-rig.js';

const CENT = 10_000_000;

function spent(calls: number): Usage {
  const tokens = { inputTokens: 10 * calls, outputTokens: 2 * calls, cachedInputTokens: calls };
  return { 'openai/m': { calls, ...tokens, costNanoUsd: calls * CENT, unpricedCalls: 0 } };
}

async function open(limits: LimitsSpec, options: RigOptions = {}): Promise<EngineRig> {
  const rig = await EngineRig.open(options);
  await rig.register({ a: {}, b: {} }, 'w', { limits });
  return rig;
}

/** What the desk answers: milliseconds to wait, or the code of the refusal. */
async function ask(rig: EngineRig, taskId: string, usage: Usage, permit = 'p'): Promise<number | string> {
  const request = { taskId, permit, provider: 'openai', estimatedTokens: 5, usage };
  return rig.engine.call('admitModelCall', request).then(
    ({ waitMs }) => waitMs,
    (error: unknown) => (error as { code: string }).code,
  );
}

describe('a model call', () => {
  it('is refused to whoever has lost the task, and its place falls to the others', async () => {
    const rig = await open({ providers: { openai: { requestsPerMinute: 1 } } });
    const worker = rig.worker();
    await rig.start();
    const [a, b] = [await worker.take(), await worker.take()];
    expect(await ask(rig, a.taskId, {}, 'a')).toBe(0);
    expect(await ask(rig, b.taskId, {}, 'b')).toBeGreaterThan(0);
    await worker.complete(a);
    expect(await ask(rig, a.taskId, {}, 'a')).not.toBe(0);
    expect(await ask(rig, b.taskId, {}, 'b')).toBe(0);
  });

  it('is counted by provider in the metrics, once', async () => {
    const metrics = new EngineMetrics();
    const rig = await open({ maxTokens: 1000 }, { observer: metrics });
    const worker = rig.worker();
    await rig.start();
    const task = await worker.take();
    await ask(rig, task.taskId, spent(1));
    await ask(rig, task.taskId, spent(1));
    worker.send({ completions: [{ taskId: task.taskId, outputJson: '1', usage: spent(2) }] });
    await worker.answer(task.taskId);
    const text = await metrics.text(await rig.engine.call('getGauges', {}));
    expect(text).toContain('nexum_model_calls_total{provider="openai"} 2\n');
    expect(text).toContain('nexum_model_tokens_total{provider="openai",direction="cached_input"} 2\n');
    expect(text).toContain('nexum_model_cost_usd_total{provider="openai"} 0.02\n');
  });
});

onEveryStore(() => {
  it('B1: what a worker has told before it asked again is there after the server died', async () => {
    const first = await open({ maxCostUsd: 0.03 });
    const worker = first.worker();
    const executionId = await first.start();
    const [a, b] = [await worker.take(), await worker.take()];
    expect(await ask(first, a.taskId, spent(1))).toBe(0);
    const rig = await first.restart();
    // The other node has used two cents by now, and hears that they were the last.
    expect(await ask(rig, b.taskId, spent(2))).toBe('LIMIT_REACHED');
    const again = rig.worker({ heldTaskIds: [a.taskId, b.taskId] });
    again.send({ releases: [{ taskId: b.taskId, usage: spent(2), limited: true }] });
    await again.answer(b.taskId);
    const detail = await rig.detail(executionId);
    expect(detail).toMatchObject({ status: 'PAUSED', usage: spent(3) });
    expect(detail.limits).toMatchObject({ pausedBy: 'max_cost_usd', costNanoUsd: 3 * CENT, tokens: 36 });
    expect(detail.nodes.map(({ usage }) => usage)).toEqual([spent(1), spent(2)]);
    // A call that is under way is not torn: its node completes while the execution is paused.
    again.send({ completions: [{ taskId: a.taskId, outputJson: '1', usage: spent(2) }] });
    expect((await again.answer(a.taskId)).code).toBeUndefined();
    await rig.engine.call('resume', { executionId });
    again.send({ credits: 1 });
    await again.complete(await again.next());
    expect(await rig.detail(executionId)).toMatchObject({ status: 'COMPLETED', usage: spent(4) });
  });

  it('B3: leases nothing of an execution that has run as long as it may, and pauses it instead', async () => {
    let nowMs = Date.now();
    const rig = await open({ maxDurationMs: 1000 }, { nowMs: () => nowMs });
    const executionId = await rig.start();
    nowMs += 1000;
    const worker = rig.worker();
    const watch = rig.watch(executionId);
    worker.send({ credits: 2 });
    await watch.seen('execution_paused');
    expect(worker.tasks).toEqual([]);
    expect(await rig.detail(executionId)).toMatchObject({ status: 'PAUSED', limits: { pausedBy: 'max_duration' } });
    await rig.engine.call('resume', { executionId });
    await worker.complete(await worker.next());
    await worker.complete(await worker.next());
    expect(await rig.detail(executionId)).toMatchObject({ status: 'COMPLETED' });
  });
});
