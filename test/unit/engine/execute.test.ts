/** Clients: starts in batches, idempotency keys, ends, and claimed one-node executions (durable calls). */
import { describe, expect, it } from 'vitest';
import type { StartRequest } from '../../../src/engine/engine-port.js';
import { NO_DELAY } from '../../support/engine-execution.js';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';

const LEASE = { leaseMs: 30_000 };

/** A rig with the registered workflow `w`, and how to ask for it. */
async function openWith(
  nodes: Parameters<EngineRig['register']>[0],
): Promise<{ rig: EngineRig; request: StartRequest }> {
  const rig = await EngineRig.open();
  const versionHash = await rig.register(nodes);
  return { rig, request: { workflowId: 'w', versionHash, inputJson: '{}' } };
}
onEveryStore(() => {
  describe('a client that executes', () => {
    it('hears of start and end of each execution', async () => {
      const { rig, request } = await openWith({ a: {} });
      rig.worker().runAll();
      const client = rig.client();
      client.send({ starts: [1, 2, 3].map((ref) => ({ ...request, ref })) });
      await client.until(({ finished }) => finished.length === 3);
      expect(client.started.map(({ ref, alreadyApplied }) => [ref, alreadyApplied])).toEqual([
        [1, false],
        [2, false],
        [3, false],
      ]);
      const ids = client.started.map(({ executionId }) => executionId);
      expect(client.finished.map(({ executionId }) => executionId).sort()).toEqual([...ids].sort());
      expect(client.finished[0]).toMatchObject({ status: 'COMPLETED', outputJson: '"a"' });
    });

    it('hears both in one push when the execution ends in the commit of its start', async () => {
      const { rig, request } = await openWith({ a: { if: 'false' } });
      const client = rig.client();
      client.send({ starts: [1, 2].map((ref) => ({ ...request, ref })) });
      await client.until(({ finished }) => finished.length === 2);
      expect(client.pushes).toBe(1);
      expect(client.started).toHaveLength(2);
    });

    it('hears of a failure with node, code and text, and of a cancellation with its reason', async () => {
      const { rig, request } = await openWith({ a: { retry: { ...NO_DELAY, maxAttempts: 1 } } });
      const client = rig.client();
      const worker = rig.worker();
      client.send({ starts: [{ ...request, ref: 1 }] });
      const { executionId: failing = '' } = await client.startedAs(1);
      await worker.fail(await worker.take(), 'the text');
      expect(await client.end(failing)).toEqual({
        executionId: failing,
        status: 'FAILED',
        code: 'HANDLER_FAILED',
        message: 'the text',
        failedNode: 'a',
      });
      client.send({ starts: [{ ...request, ref: 2 }] });
      const { executionId: cancelled = '' } = await client.startedAs(2);
      await rig.engine.call('cancel', { executionId: cancelled, reason: 'enough' });
      expect(await client.end(cancelled)).toEqual({ executionId: cancelled, status: 'CANCELLED', message: 'enough' });
    });

    it('can wait for executions that others started: running, finished or unknown', async () => {
      const { rig } = await openWith({ a: {} });
      const [first, second] = [await rig.start(), await rig.start()];
      await rig.engine.call('cancel', { executionId: first });
      const unknown = 'exec-00000000-0000-7000-8000-000000000000';
      const client = rig.client();
      client.send({ watchExecutionIds: [first, second, unknown] });
      expect((await client.end(first)).status).toBe('CANCELLED');
      expect((await client.end(unknown)).code).toBe('EXECUTION_NOT_FOUND');
      expect(client.finished.some(({ executionId }) => executionId === second)).toBe(false);
      rig.worker().runAll();
      expect((await client.end(second)).status).toBe('COMPLETED');
    });

    it('gets an answer for every start of a batch; a refused one does not touch its neighbours (C2)', async () => {
      const { rig, request } = await openWith({ a: { if: 'false' } });
      const client = rig.client();
      client.send({
        starts: [
          { ...request, ref: 1 },
          { ...request, ref: 2, inputJson: '{not json' },
          { ...request, ref: 3, workflowId: 'nobody' },
          { ...request, ref: 4, versionHash: '' },
        ],
      });
      await client.until(({ started }) => started.length === 4);
      const codes = Object.fromEntries(client.started.map(({ ref, code }) => [ref, code]));
      expect(codes).toEqual({ 1: undefined, 2: 'INVALID_REQUEST', 3: 'WORKFLOW_NOT_FOUND', 4: undefined });
    });
  });

  describe('an idempotency key', () => {
    it.each(['one batch', 'two batches', 'after the end'])('starts one execution, used twice in %s', async (when) => {
      const { rig, request } = await openWith({ a: {} });
      const client = rig.client();
      const start = { ...request, idempotencyKey: 'key' };
      if (when === 'one batch') {
        client.send({ starts: [1, 2].map((ref) => ({ ...start, ref })) });
      } else {
        client.send({ starts: [{ ...start, ref: 1 }] });
        const { executionId = '' } = await client.startedAs(1);
        if (when === 'after the end') {
          rig.worker().runAll();
          await client.end(executionId);
        }
        client.send({ starts: [{ ...start, ref: 2 }] });
      }
      const [first, second] = [await client.startedAs(1), await client.startedAs(2)];
      expect([first.alreadyApplied, second.alreadyApplied]).toEqual([false, true]);
      expect(second.executionId).toBe(first.executionId);
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toHaveLength(1);
      if (when === 'after the end') {
        await client.until(({ finished }) => finished.length === 2);
      } else {
        rig.worker().runAll();
        await client.end(first.executionId ?? '');
        await rig.settle();
        expect(client.finished).toHaveLength(1);
      }
      expect(client.finished.every(({ outputJson }) => outputJson === '"a"')).toBe(true);
    });

    it.each(['one batch', 'two batches'])('with another input is IDEMPOTENCY_CONFLICT, in %s', async (when) => {
      const { rig, request } = await openWith({ a: {} });
      const client = rig.client();
      const [first, second] = ['1', '2'].map((inputJson, ref) => ({
        ...request,
        ref,
        inputJson,
        idempotencyKey: 'key',
      }));
      if (when === 'one batch') {
        client.send({ starts: [first!, second!] });
      } else {
        client.send({ starts: [first!] });
        await client.startedAs(0);
        client.send({ starts: [second!] });
      }
      expect((await client.startedAs(0)).code).toBeUndefined();
      expect((await client.startedAs(1)).code).toBe('IDEMPOTENCY_CONFLICT');
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toHaveLength(1);
    });

    it('survives a restart', async () => {
      const { rig, request } = await openWith({ a: {} });
      const start = { ...request, idempotencyKey: 'key' };
      const first = await rig.engine.call('start', start);
      const next = await rig.restart();
      expect(await next.engine.call('start', start)).toEqual({ executionId: first.executionId, alreadyApplied: true });
    });
  });

  describe('a claimed execution', () => {
    const call = (request: StartRequest, ref: number, workerId = `w${ref}`): StartRequest & { ref: number } => ({
      ...request,
      ref,
      idempotencyKey: 'session:1',
      claim: { workerId, ...LEASE },
    });

    it('is leased to the first who asks, in the commit of the start; who asks next waits for the result', async () => {
      const { rig, request } = await openWith({ call: { retry: NO_DELAY } });
      const greedy = rig.worker({ workerId: 'other' });
      greedy.send({ credits: 5 });
      const [one, two] = [rig.client(), rig.client()];
      one.send({ starts: [call(request, 1)] });
      two.send({ starts: [call(request, 2)] });
      const [first, second] = [await one.startedAs(1), await two.startedAs(2)];
      expect(first).toMatchObject({ alreadyApplied: false, task: { node: 'call', attempt: 1 } });
      expect(second).toMatchObject({ executionId: first.executionId, alreadyApplied: true });
      expect(second.task).toBeUndefined();
      expect(greedy.tasks).toEqual([]);
      await rig.engine.call('complete', { taskId: first.task?.taskId ?? '', outputJson: '42' });
      expect(await two.end(first.executionId ?? '')).toMatchObject({ status: 'COMPLETED', outputJson: '42' });
      // Who brought the result needs no copy of it.
      expect(one.finished).toEqual([]);
    });

    it('that is stored answers with its result, and runs nothing', async () => {
      const { rig, request } = await openWith({ call: { retry: NO_DELAY } });
      const client = rig.client();
      client.send({ starts: [call(request, 1)] });
      const { task, executionId = '' } = await client.startedAs(1);
      await rig.engine.call('complete', { taskId: task?.taskId ?? '', outputJson: '42' });
      const later = rig.client();
      later.send({ starts: [call(request, 2)] });
      expect((await later.startedAs(2)).task).toBeUndefined();
      expect(await later.end(executionId)).toMatchObject({ outputJson: '42' });
    });

    it('is free again after a failure: everybody who waits hears READY, and the next claim runs it', async () => {
      const { rig, request } = await openWith({ call: { retry: NO_DELAY } });
      const [one, two] = [rig.client(), rig.client()];
      one.send({ starts: [call(request, 1)] });
      const { task } = await one.startedAs(1);
      two.send({ starts: [call(request, 2)] });
      await two.startedAs(2);
      const failure = { code: 'TOOL_FAILED', message: 'boom', retryable: true };
      await rig.engine.call('fail', { taskId: task?.taskId ?? '', ...failure });
      await two.until(({ finished }) => finished.some(({ status }) => status === 'READY'));
      two.send({ starts: [call(request, 3)] });
      expect((await two.startedAs(3)).task).toMatchObject({ attempt: 2, idempotencyKey: task?.idempotencyKey });
    });

    it('is free again after its worker was lost', async () => {
      const { rig, request } = await openWith({ call: { retry: NO_DELAY } });
      const dead = rig.worker({ workerId: 'dead', leaseMs: 1000 });
      const [one, two] = [rig.client(), rig.client()];
      one.send({ starts: [call(request, 1, 'dead')] });
      await one.startedAs(1);
      two.send({ starts: [call(request, 2)] });
      await two.startedAs(2);
      one.close();
      dead.close();
      await two.until(({ finished }) => finished.some(({ status }) => status === 'READY'));
      two.send({ starts: [call(request, 3)] });
      expect((await two.startedAs(3)).task).toMatchObject({ attempt: 2 });
    });
  });
});
