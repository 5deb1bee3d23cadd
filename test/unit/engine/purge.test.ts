/** Retention and purges on demand, as the engine carries them out. */
import { describe, expect, it } from 'vitest';
import type { PurgeRequest } from '../../../src/engine/engine-port.js';
import { onEveryStore } from '../../support/engine-rig.js';
import { KindsRig, task } from '../../support/node-kinds.js';

const NOTHING: PurgeRequest = { limit: 0, dryRun: false };

async function ended(rig: KindsRig, count: number, workflowId = 'w'): Promise<string[]> {
  rig.rig.worker().runAll();
  const ids = await Promise.all(Array.from({ length: count }, () => rig.start({}, workflowId)));
  for (const id of ids) await rig.end(id);
  return ids;
}

async function left(rig: KindsRig): Promise<number> {
  return (await rig.engine.call('listExecutions', { limit: 1000 })).length;
}

onEveryStore(() => {
  describe('retention', () => {
    it('deletes what has ended long enough ago, and a server that starts deletes all of it', async () => {
      let nowMs = Date.now();
      const rig = await KindsRig.open({ nowMs: () => nowMs });
      await rig.register({ a: task() }, 'kept');
      await rig.register({ a: task() }, 'w', { retentionMs: 60_000 });
      const [forEver = ''] = await ended(rig, 1, 'kept');
      await ended(rig, 250);
      expect(await rig.engine.call('purge', NOTHING)).toMatchObject({ purged: 0, more: false });
      nowMs += 60_001;
      const later = await rig.restart();
      await expect.poll(() => left(later), { timeout: 20_000, interval: 5 }).toBe(1);
      expect(await later.rig.detail(forEver)).toMatchObject({ status: 'COMPLETED' });
      expect((await later.engine.call('getGauges', {})).purged).toBe(250);
    });

    it('begins anew when a failed execution was retried', async () => {
      let nowMs = Date.now();
      const rig = await KindsRig.open({ nowMs: () => nowMs });
      await rig.register({ a: task() }, 'w', { retentionMs: 60_000 });
      const worker = rig.rig.worker();
      const executionId = await rig.start();
      await worker.fail(await worker.take());
      await rig.engine.call('retry', { executionId });
      nowMs += 60_001;
      expect(await rig.engine.call('purge', NOTHING)).toMatchObject({ purged: 0 });
      await worker.complete(await worker.take());
      expect(await rig.engine.call('purge', NOTHING)).toMatchObject({ purged: 0 });
      nowMs += 60_001;
      expect(await rig.engine.call('purge', NOTHING)).toMatchObject({ purged: 1 });
    });
  });

  describe('a purge on demand', () => {
    it('walks over everything that ended before, a hundred at a time at most', async () => {
      const rig = await KindsRig.open();
      await rig.register({ a: task() });
      await ended(rig, 120);
      const finishedBeforeMs = Date.now() + 60_000;
      const dry = await rig.engine.call('purge', { finishedBeforeMs, limit: 1000, dryRun: true });
      expect(dry).toMatchObject({ purged: 100, more: true });
      expect(await left(rig)).toBe(120);
      const first = await rig.engine.call('purge', { finishedBeforeMs, limit: 1000, dryRun: false });
      const after = { afterExecutionId: first.lastExecutionId ?? '' };
      const second = await rig.engine.call('purge', { finishedBeforeMs, limit: 1000, dryRun: false, ...after });
      expect([first, second]).toMatchObject([
        { purged: 100, more: true },
        { purged: 20, more: false },
      ]);
      expect(await left(rig)).toBe(0);
    });

    it('is refused for executions that have not ended', async () => {
      const rig = await KindsRig.open();
      await expect(rig.engine.call('purge', { ...NOTHING, statuses: ['FAILED', 'RUNNING'] })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('RUNNING') as string,
      });
    });

    it('deletes the durable calls with their execution; those of another one are replayed as before', async () => {
      const rig = await KindsRig.open();
      await rig.register({ a: task() });
      await rig.register({ call: task([], { handler: 'nexum.call' }) }, 'nexum.call');
      const [first = '', second = ''] = await ended(rig, 2);
      const call = async (owner: string): Promise<{ alreadyApplied: boolean }> =>
        rig.engine.call('start', {
          workflowId: 'nexum.call',
          versionHash: '',
          inputJson: '{}',
          idempotencyKey: `${owner}/a#1/hash`,
        });
      for (const owner of [first, second]) expect((await call(owner)).alreadyApplied).toBe(false);
      const statuses = ['COMPLETED'] as const;
      const finishedBeforeMs = Date.now() + 60_000;
      expect(await rig.engine.call('purge', { finishedBeforeMs, statuses, limit: 1, dryRun: false })).toMatchObject({
        purged: 1,
      });
      const [kept] = await rig.engine.call('listExecutions', { workflowId: 'w', limit: 10 });
      expect((await call(kept?.executionId ?? '')).alreadyApplied).toBe(true);
      expect(await rig.engine.call('listExecutions', { workflowId: 'nexum.call', limit: 10 })).toHaveLength(1);
    });

    it('makes the idempotency key of a purged execution free again', async () => {
      const rig = await KindsRig.open();
      await rig.register({ a: task() });
      rig.rig.worker().runAll();
      const request = { workflowId: 'w', versionHash: '', inputJson: '{}', idempotencyKey: 'k' };
      const { executionId } = await rig.engine.call('start', request);
      await rig.end(executionId);
      await rig.engine.call('purge', { ...NOTHING, finishedBeforeMs: Date.now() + 60_000 });
      const again = await rig.engine.call('start', request);
      expect(again.alreadyApplied).toBe(false);
      expect(again.executionId).not.toBe(executionId);
    });
  });
});
