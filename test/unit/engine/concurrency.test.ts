/** Concurrency keys: who runs, who waits for a turn, who is cancelled or refused; over restarts and two servers. */
import { describe, expect, it, vi } from 'vitest';
import type { ConcurrencySpec } from '../../../src/core/ir.js';
import { emptyDatabases } from '../../support/empty-database.js';
import { onEveryStore, type TestWorker } from '../../support/engine-rig.js';
import { KindsRig, task } from '../../support/node-kinds.js';
import { describePostgres } from '../../support/postgres.js';

async function open(onConflict: ConcurrencySpec['onConflict'] = 'queue', limit = 1): Promise<KindsRig> {
  const rig = await KindsRig.open();
  await register(rig, onConflict, limit);
  return rig;
}

function register(
  rig: KindsRig,
  onConflict: ConcurrencySpec['onConflict'],
  limit: number,
  name = 'w',
): Promise<string> {
  return rig.register({ a: task([], { handler: name }) }, name, {
    inputs: { k: { type: 'string' } },
    concurrency: { key: '${{ inputs.k }}', limit, onConflict },
  });
}

async function startAll(rig: KindsRig, count: number, k = 'x'): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await rig.start({ k }));
  return ids;
}

function workerOf(rig: KindsRig, workerId = 'w1', handler = 'w'): TestWorker {
  return rig.rig.worker({ workerId, filter: { handlers: [handler] } });
}

async function statusOf(rig: KindsRig, executionId: string): Promise<string> {
  return (await rig.engine.call('getSummary', { executionId })).status;
}

function statuses(rig: KindsRig, ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map((id) => statusOf(rig, id)));
}

/** Consequences are carried out soon after their commit. */
async function becomes(rig: KindsRig, ids: readonly string[], expected: readonly string[]): Promise<void> {
  await expect.poll(() => statuses(rig, ids), { timeout: 20_000, interval: 5 }).toEqual(expected);
}

onEveryStore(() => {
  describe('on_conflict: queue', () => {
    it('runs as many as the limit says, the others in the order of their starts', async () => {
      const rig = await open('queue', 2);
      const ids = await startAll(rig, 5);
      expect(await statuses(rig, ids)).toEqual(['RUNNING', 'RUNNING', 'WAITING', 'WAITING', 'WAITING']);
      const worker = workerOf(rig);
      const order: string[] = [];
      for (let index = 0; index < 5; index += 1) {
        const one = await worker.take();
        order.push(one.executionId);
        await worker.complete(one);
      }
      expect([...order.slice(0, 2)].sort()).toEqual(ids.slice(0, 2));
      expect(order.slice(2)).toEqual(ids.slice(2));
      await becomes(rig, ids, Array<string>(5).fill('COMPLETED'));
    });

    it('gives the slot of an execution that fails, and of one that is cancelled, to the next', async () => {
      const rig = await open();
      const ids = await startAll(rig, 3);
      const worker = workerOf(rig);
      await worker.fail(await worker.take());
      await becomes(rig, ids, ['FAILED', 'RUNNING', 'WAITING']);
      await rig.engine.call('cancel', { executionId: ids[1]! });
      await becomes(rig, ids, ['FAILED', 'CANCELLED', 'RUNNING']);
      expect((await worker.take()).executionId).toBe(ids[2]);
    });

    it('cancels one that waits; it gets no turn', async () => {
      const rig = await open();
      const ids = await startAll(rig, 3);
      await rig.engine.call('cancel', { executionId: ids[1]! });
      expect(await statuses(rig, ids)).toEqual(['RUNNING', 'CANCELLED', 'WAITING']);
      const worker = workerOf(rig);
      await worker.complete(await worker.take());
      await becomes(rig, ids, ['COMPLETED', 'CANCELLED', 'RUNNING']);
    });

    it('counts a paused execution: it keeps its slot', async () => {
      const rig = await open();
      const ids = await startAll(rig, 2);
      await rig.engine.call('pause', { executionId: ids[0]! });
      await rig.rig.settle();
      expect(await statuses(rig, ids)).toEqual(['PAUSED', 'WAITING']);
    });

    it('keeps different keys apart, and equal keys of two pipelines', async () => {
      const rig = await open();
      await register(rig, 'queue', 1, 'other');
      const ids = [
        await rig.start({ k: 'x' }),
        await rig.start({ k: 'y' }),
        await rig.start({ k: 'x' }, 'other'),
        await rig.start({ k: 'x' }),
      ];
      expect(await statuses(rig, ids)).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'WAITING']);
    });

    it('decides starts of one commit one after the other', async () => {
      const rig = await open('queue', 2);
      const request = { workflowId: 'w', versionHash: '', inputJson: '{"k":"x"}' };
      const started = await Promise.all(Array.from({ length: 6 }, () => rig.engine.call('start', request)));
      const all = await statuses(
        rig,
        started.map(({ executionId }) => executionId),
      );
      expect(all.filter((status) => status === 'RUNNING')).toHaveLength(2);
      expect(all.filter((status) => status === 'WAITING')).toHaveLength(4);
    });

    it('a repeated start with its idempotency key takes no second place', async () => {
      const rig = await open();
      const request = { workflowId: 'w', versionHash: '', inputJson: '{"k":"x"}' };
      const holder = await rig.start({ k: 'x' });
      const first = await rig.engine.call('start', { ...request, idempotencyKey: 'once' });
      const again = await rig.engine.call('start', { ...request, idempotencyKey: 'once' });
      expect(again).toEqual({ executionId: first.executionId, alreadyApplied: true });
      expect(await statuses(rig, [holder, first.executionId])).toEqual(['RUNNING', 'WAITING']);
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toHaveLength(2);
    });

    it('loses no turn when the server dies between the end of one and the turn of the next', async () => {
      const rig = await open();
      const ids = await startAll(rig, 2);
      const worker = workerOf(rig);
      const one = await worker.take();
      // The turn is never taken, as after a SIGKILL in that moment.
      const loop = rig.engine['loop'];
      const push = loop.push.bind(loop);
      vi.spyOn(loop, 'push').mockImplementation((item) => {
        if (!('turn' in item)) push(item);
      });
      await worker.complete(one);
      await rig.rig.settle();
      expect(await statuses(rig, ids)).toEqual(['COMPLETED', 'WAITING']);
      worker.close();
      await rig.rig.stop();
      await becomes(await rig.restart(), ids, ['COMPLETED', 'RUNNING']);
    });
  });

  describe('on_conflict: cancel_running', () => {
    it('cancels the older one, and the newer one runs in its place', async () => {
      const rig = await open('cancel_running');
      const ids = await startAll(rig, 2);
      await becomes(rig, ids, ['CANCELLED', 'RUNNING']);
      const detail = await rig.rig.detail(ids[0]!);
      expect(
        JSON.stringify(await rig.engine.call('listEvents', { executionId: ids[0]!, afterSeq: 0, limit: 100 })),
      ).toContain(`${ids[1]} takes its place`);
      expect(detail.status).toBe('CANCELLED');
    });

    it('cancels the oldest of several, and those that wait already', async () => {
      const rig = await KindsRig.open();
      // Named, the version need not be looked up: the starts are decided in their order, in one commit.
      const versionHash = await register(rig, 'cancel_running', 2);
      const running = await startAll(rig, 2);
      const request = { workflowId: 'w', versionHash, inputJson: '{"k":"x"}' };
      const burst = await Promise.all([1, 2, 3].map(() => rig.engine.call('start', request)));
      const newest = burst.map(({ executionId }) => executionId);
      const all = [...running, ...newest];
      await expect
        .poll(async () => (await statuses(rig, all)).filter((status) => status === 'WAITING'), { timeout: 20_000 })
        .toEqual([]);
      const now = await statuses(rig, all);
      expect(now.at(-1)).toBe('RUNNING');
      expect(now.filter((status) => status === 'RUNNING').length).toBeLessThanOrEqual(2);
      expect(now[0]).toBe('CANCELLED');
      expect(now.slice(2, 4)).toEqual(['CANCELLED', 'CANCELLED']);
    });
  });

  describe('on_conflict: reject', () => {
    it('refuses the start, names the holder, and stores nothing', async () => {
      const rig = await open('reject');
      const holder = await rig.start({ k: 'x' });
      await expect(rig.start({ k: 'x' })).rejects.toMatchObject({
        code: 'CONCURRENCY_LIMIT',
        message: expect.stringContaining(holder) as string,
      });
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toHaveLength(1);
      const worker = workerOf(rig);
      await worker.complete(await worker.take());
      expect(await statusOf(rig, await rig.start({ k: 'x' }))).toBe('RUNNING');
    });
  });
});

describePostgres('two servers on one database', () => {
  const empty = emptyDatabases();

  it('never run more than the limit, and run all of 200 that are started at once', async () => {
    const at = await empty();
    const rigs = [await KindsRig.open({ at }), await KindsRig.open({ at })];
    for (const rig of rigs) await register(rig, 'queue', 3);
    const ids = await Promise.all(Array.from({ length: 200 }, (_, index) => rigs[index % 2]!.start({ k: 'x' })));
    const workers = rigs.map((rig, index) => workerOf(rig, `w${index}`));
    for (const worker of workers) worker.send({ credits: 100 });
    const done = new Set<string>();
    let most = 0;
    await expect
      .poll(
        async () => {
          const running = await rigs[0]!.engine.call('listExecutions', { status: 'RUNNING', limit: 1000 });
          most = Math.max(most, running.length);
          for (const worker of workers) {
            const fresh = worker.tasks.filter(({ taskId }) => !done.has(taskId));
            for (const { taskId } of fresh) done.add(taskId);
            const completions = fresh.map(({ taskId }) => ({ taskId, outputJson: '1' }));
            worker.send({ credits: fresh.length, completions });
          }
          return (await rigs[1]!.engine.call('listExecutions', { status: 'COMPLETED', limit: 1000 })).length;
        },
        { timeout: 100_000, interval: 5 },
      )
      .toBe(200);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(3);
    expect(new Set(ids).size).toBe(200);
    expect(done.size).toBe(200);
  }, 120_000);
});
