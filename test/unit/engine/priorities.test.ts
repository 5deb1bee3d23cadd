/** What is dispatched first when more is ready than workers can take. */
import { describe, expect, it } from 'vitest';
import { onEveryStore, type TestWorker } from '../../support/engine-rig.js';
import { KindsRig, task } from '../../support/node-kinds.js';

function start(rig: KindsRig, priority?: number, workflowId = 'w'): Promise<{ executionId: string }> {
  const request = { workflowId, versionHash: '', inputJson: '{}' };
  return rig.engine.call('start', { ...request, ...(priority === undefined ? {} : { priority }) });
}

/** Executions in the order in which one worker gets and completes their nodes. */
async function order(worker: TestWorker, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const one = await worker.take();
    ids.push(one.executionId);
    await worker.complete(one);
  }
  return ids;
}

onEveryStore(() => {
  describe('priorities', () => {
    it('a worker gets the highest first, and equal ones by their age', async () => {
      let nowMs = Date.now();
      const rig = await KindsRig.open({ nowMs: () => nowMs });
      await rig.register({ a: task() });
      const ids: string[] = [];
      for (const priority of [0, -5, 7, 0, 100, 7]) {
        ids.push((await start(rig, priority)).executionId);
        nowMs += 1;
      }
      expect(await order(rig.rig.worker(), 6)).toEqual([4, 2, 5, 0, 3, 1].map((index) => ids[index]));
    });

    it('are those of the pipeline, unless the start names one', async () => {
      let nowMs = Date.now();
      const rig = await KindsRig.open({ nowMs: () => nowMs });
      await rig.register({ a: task() }, 'urgent', { priority: 50 });
      await rig.register({ a: task() }, 'usual');
      const ids: string[] = [];
      for (const [workflowId, priority] of [
        ['usual', 60],
        ['usual', undefined],
        ['urgent', -1],
        ['urgent', undefined],
      ] as const) {
        ids.push((await start(rig, priority, workflowId)).executionId);
        nowMs += 1;
      }
      expect(await order(rig.rig.worker(), 4)).toEqual([0, 3, 1, 2].map((index) => ids[index]));
    });

    it('are inherited by children', async () => {
      let nowMs = Date.now();
      const rig = await KindsRig.open({ nowMs: () => nowMs });
      await rig.register({ work: task() }, 'child');
      await rig.register(
        { call: { type: 'SUBWORKFLOW', dependencies: [], x: { child: { workflowId: 'child' } } } },
        'parent',
      );
      await rig.register({ a: task() });
      const waiting = await start(rig, 5);
      nowMs += 1;
      const { executionId } = await start(rig, 10, 'parent');
      const child = (await rig.node(executionId, 'call')).childExecutionId;
      await expect
        .poll(
          () =>
            rig.rig.detail(child ?? '').then(
              () => 'started',
              () => 'not yet',
            ),
          { timeout: 20_000, interval: 5 },
        )
        .toBe('started');
      expect(await order(rig.rig.worker(), 2)).toEqual([child, waiting.executionId]);
    });

    it('beyond -100 to 100, or not whole, are refused', async () => {
      const rig = await KindsRig.open();
      await rig.register({ a: task() });
      for (const priority of [101, -101, 0.5])
        await expect(start(rig, priority)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    });
  });
});
