/** Faults of Nexum 0.2 that must not come back; more of them stand beside the behaviour that they belong to. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_DELAY } from '../../support/engine-execution.js';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';
import { temporaryFolder } from '../../support/store-folder.js';

const DIAMOND = { top: {}, left: { needs: ['top'] }, right: { needs: ['top'] }, bottom: { needs: ['left', 'right'] } };

/** What a crash at this moment would leave on the disk. */
function copyOf(file: string): string {
  const copy = join(temporaryFolder(), 'nexum.db');
  for (const suffix of ['', '-wal']) {
    if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  }
  return copy;
}
describe('Nexum 0.2, on a file that can be copied', () => {
  it('hangs for ever after a crash between the commits of a completion: here every state on disk leads to the end', async () => {
    let nowMs = 1_700_000_000_000;
    const rig = await EngineRig.open({ nowMs: () => nowMs });
    await rig.register(DIAMOND);
    const executionId = await rig.start();
    const copies = [copyOf(rig.at)];
    const worker = rig.worker();
    for (let node = 0; node < 4; node += 1) {
      const task = await worker.take();
      copies.push(copyOf(rig.at));
      await worker.complete(task, JSON.stringify(task.node));
      copies.push(copyOf(rig.at));
    }
    await rig.stop();
    nowMs += 60_000;
    for (const file of copies) {
      const survivor = await EngineRig.open({ at: file, nowMs: () => nowMs });
      survivor.worker({ workerId: 'fresh' }).runAll();
      const client = survivor.client();
      client.send({ watchExecutionIds: [executionId] });
      expect(await client.end(executionId)).toMatchObject({ status: 'COMPLETED', outputJson: '"bottom"' });
      await survivor.stop();
    }
  });
});

onEveryStore(() => {
  describe('Nexum 0.2', () => {
    it('schedules a join twice when two branches finish together: here once, in one batch too', async () => {
      const rig = await EngineRig.open();
      await rig.register(DIAMOND);
      const executionId = await rig.start();
      const worker = rig.worker();
      await worker.complete(await worker.take());
      worker.send({ credits: 5 });
      const branches = [await worker.next(), await worker.next()];
      worker.send({ completions: branches.map(({ taskId }) => ({ taskId, outputJson: '1' })) });
      await worker.complete(await worker.next());
      await rig.settle();
      expect(worker.tasks.map(({ node }) => node).sort()).toEqual(['bottom', 'left', 'right', 'top']);
      expect((await rig.detail(executionId)).status).toBe('COMPLETED');
    });

    it('accepts late and double completions: here the first result stands', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      const worker = rig.worker();
      const { taskId } = await worker.take();
      const complete = (outputJson: string): Promise<unknown> => rig.engine.call('complete', { taskId, outputJson });
      const [first, second, third] = await Promise.all([complete('1'), complete('1'), complete('2')]);
      expect(first).toEqual({ taskId, alreadyApplied: false });
      expect(second).toEqual({ taskId, alreadyApplied: true });
      expect(third).toMatchObject({ code: 'RESULT_CONFLICT' });
      expect(await rig.detail(executionId)).toMatchObject({ outputJson: '1' });
      const restarted = await rig.restart();
      const again = { taskId, outputJson: '1' };
      expect(await restarted.engine.call('complete', again)).toEqual({ taskId, alreadyApplied: true });
      expect(await restarted.engine.call('complete', { ...again, outputJson: '2' })).toMatchObject({
        code: 'RESULT_CONFLICT',
      });
    });

    it('lets FAILED executions go on: here nothing new starts, and leased siblings may commit', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: { retry: { ...NO_DELAY, maxAttempts: 1 } }, sibling: {}, next: { needs: ['sibling'] } });
      const executionId = await rig.start();
      const worker = rig.worker();
      worker.send({ credits: 5 });
      const tasks = [await worker.next(), await worker.next()];
      const byNode = (name: string): (typeof tasks)[number] => tasks.find(({ node }) => node === name)!;
      await worker.fail(byNode('a'), 'broke');
      expect((await worker.complete(byNode('sibling'))).code).toBeUndefined();
      await rig.settle();
      expect(worker.tasks).toHaveLength(2);
      expect(await rig.detail(executionId)).toMatchObject({
        status: 'FAILED',
        failedNode: 'a',
        error: { message: 'broke' },
      });
      expect(await rig.nodes(executionId)).toEqual({ a: 'FAILED', sibling: 'COMPLETED', next: 'PENDING' });
    });

    it('leaves a RUNNING row when an unknown workflow is started: here nothing', async () => {
      const rig = await EngineRig.open();
      const start = rig.engine.call('start', { workflowId: 'nobody', versionHash: '', inputJson: '{}' });
      await expect(start).rejects.toEqual(expect.objectContaining({ code: 'WORKFLOW_NOT_FOUND' }));
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toEqual([]);
    });

    it.each([
      ['no nodes', '{"nodes":{}}'],
      ['a cycle', '{"nodes":{"a":{"type":"EFFECT","dependencies":["a"]}}}'],
      ['an unknown dependency', '{"nodes":{"a":{"type":"EFFECT","dependencies":["b"]}}}'],
      ['half a character in a name', '{"nodes":{"\\ud800":{"type":"EFFECT"}}}'],
      ['no JSON', 'nodes:'],
    ])('registers anything: here an IR with %s is refused and not stored', async (_what, irJson) => {
      const rig = await EngineRig.open();
      const register = rig.engine.call('registerWorkflow', { workflowId: 'w', versionHash: 'v', irJson });
      await expect(register).rejects.toEqual(expect.objectContaining({ code: 'INVALID_WORKFLOW' }));
      expect(await rig.engine.call('listWorkflows', {})).toEqual([]);
    });

    it('lets a hash stand for two IRs: here the second is HASH_CONFLICT', async () => {
      const rig = await EngineRig.open();
      const register = (node: string): Promise<{ compatibility: string }> =>
        rig.engine.call('registerWorkflow', {
          workflowId: 'w',
          versionHash: 'v',
          irJson: JSON.stringify({ nodes: { [node]: { type: 'EFFECT' } } }),
        });
      expect(await register('a')).toMatchObject({ compatibility: 'NEW' });
      expect(await register('a')).toMatchObject({ compatibility: 'IDENTICAL' });
      await expect(register('b')).rejects.toEqual(expect.objectContaining({ code: 'HASH_CONFLICT' }));
    });

    it('finds the newest version by a timestamp of one second: here by order of registration, across restarts', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const second = await rig.register({ b: {} });
      const started = await rig.start();
      expect((await rig.detail(started)).versionHash).toBe(second);
      const restarted = await rig.restart();
      // Registering the old version again does not make it the newest.
      await restarted.register({ a: {} });
      expect((await restarted.detail(await restarted.start())).versionHash).toBe(second);
    });

    it('refuses nothing: here a result that is not JSON is refused before it breaks its neighbours', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      const worker = rig.worker();
      const task = await worker.take();
      expect((await worker.complete(task, '{"half":')).code).toBe('INVALID_REQUEST');
      expect(await rig.nodes(executionId)).toEqual({ a: 'LEASED' });
    });
  });
});
