/** The limit of what may wait for workers: who is refused, who never is, and when it is over. */
import { describe, expect, it } from 'vitest';
import { onEveryStore } from '../../support/engine-rig.js';
import { KindsRig, task } from '../../support/node-kinds.js';

const FULL = { code: 'QUEUE_FULL', retryable: true };

async function open(maxQueue: number): Promise<KindsRig> {
  const rig = await KindsRig.open({ maxQueue });
  await rig.register({ a: task() });
  return rig;
}

/** Two, which is all that may wait. */
async function filled(): Promise<KindsRig> {
  const rig = await open(2);
  await rig.start();
  await rig.start();
  return rig;
}

onEveryStore(() => {
  describe('a full queue', () => {
    it('refuses starts, stores nothing of them, and accepts them again after workers took work', async () => {
      const rig = await filled();
      await expect(rig.start()).rejects.toMatchObject(FULL);
      await expect(rig.start()).rejects.toMatchObject(FULL);
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toHaveLength(2);
      expect((await rig.engine.call('getGauges', {})).refusedStarts).toBe(2);
      await rig.rig.worker().take();
      const accepted = (): Promise<string> =>
        rig.start().then(
          () => 'accepted',
          (error: unknown) => (error as { code: string }).code,
        );
      await expect.poll(accepted, { timeout: 20_000, interval: 50 }).toBe('accepted');
    });

    it('refuses starts on a stream, but never durable calls: those that claim their task, and those of others', async () => {
      const rig = await filled();
      await rig.register({ call: task([], { handler: 'shop.order' }) }, 'nexum.remote');
      const client = rig.rig.client();
      const request = { workflowId: 'w', versionHash: '', inputJson: '{}' };
      client.send({
        starts: [
          { ...request, ref: 1 },
          { ...request, ref: 2, claim: { workerId: 'c', leaseMs: 1000 } },
          { ...request, ref: 3, workflowId: 'nexum.remote' },
        ],
      });
      expect(await client.startedAs(1)).toMatchObject({ code: 'QUEUE_FULL' });
      expect((await client.startedAs(2)).task?.node).toBe('a');
      expect(await client.startedAs(3)).not.toHaveProperty('code');
    });

    it('refuses reruns, but never the children and later nodes of what is under way', async () => {
      const rig = await open(2);
      await rig.register({ work: task([], { handler: 'child' }) }, 'child');
      const parent = {
        first: task([], { handler: 'p' }),
        call: { type: 'SUBWORKFLOW', dependencies: ['first'], x: { child: { workflowId: 'child' } } },
      } as const;
      await rig.register(parent, 'parent');
      const executionId = await rig.start({}, 'parent');
      await rig.start();
      await expect(rig.engine.call('rerun', { executionId })).rejects.toMatchObject(FULL);
      const worker = rig.rig.worker({ workerId: 'p', filter: { handlers: ['p'] } });
      const first = await worker.take();
      await expect
        .poll(
          () =>
            rig.start().then(
              () => 1,
              () => 0,
            ),
          { timeout: 20_000, interval: 50 },
        )
        .toBe(1);
      await worker.complete(first);
      const child = rig.rig.worker({ workerId: 'c', filter: { handlers: ['child'] } });
      await child.complete(await child.take());
      expect((await rig.end(executionId)).status).toBe('COMPLETED');
    });

    it('is counted at most once a second, however many starts come in', async () => {
      const rig = await open(1000);
      const { store } = rig.rig;
      let counts = 0;
      const gauges = store.gauges.bind(store);
      store.gauges = (nowMs) => {
        counts += 1;
        return gauges(nowMs);
      };
      const begun = performance.now();
      for (let index = 0; index < 50; index += 1) await rig.start();
      expect(counts).toBeGreaterThan(0);
      expect(counts).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - begun) / 1000));
    });

    it('is no limit at all when the limit is 0', async () => {
      const rig = await open(0);
      for (let index = 0; index < 5; index += 1) await rig.start();
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toHaveLength(5);
    });
  });
});
