/** Going on after a failure: a retry of the same execution, a rerun as a new one. */
import { describe, expect, it } from 'vitest';
import { onEveryStore } from '../../support/engine-rig.js';
import { KindsRig, outputOf, task } from '../../support/node-kinds.js';

onEveryStore(() => {
  describe('a retry', () => {
    it('runs what failed and what was cancelled with it, and nothing that is committed', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({
        a: task(),
        bad: task(['a'], { handler: 'bad' }),
        other: task(['a'], { handler: 'other' }),
        end: task(['bad', 'other']),
      });
      const [worker, bad] = [rig.rig.worker(), rig.rig.worker({ workerId: 'b', filter: { handlers: ['bad'] } })];
      await worker.complete(await worker.take());
      await bad.fail(await bad.take());
      await rig.end(executionId);
      expect(await rig.statuses(executionId)).toMatchObject({ bad: 'FAILED', other: 'CANCELLED', end: 'PENDING' });
      expect(await rig.engine.call('retry', { executionId })).toEqual({ alreadyApplied: false });
      expect(await rig.engine.call('retry', { executionId })).toEqual({ alreadyApplied: true });
      expect(await bad.take()).toMatchObject({ node: 'bad', attempt: 2 });
      await bad.complete(bad.tasks.at(-1)!);
      rig.rig.worker({ workerId: 'o', filter: { handlers: ['other'] } }).runAll();
      worker.runAll();
      const detail = await rig.end(executionId);
      expect(detail).toMatchObject({ status: 'COMPLETED' });
      expect(detail.error).toBeUndefined();
      expect(detail.nodes.find(({ node }) => node === 'a')?.attempts).toHaveLength(1);
    });

    it('tells the dependents of a sibling that committed after the failure', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({
        bad: task(),
        slow: task([], { handler: 'slow' }),
        next: task(['slow']),
      });
      const [worker, slow] = [rig.rig.worker(), rig.rig.worker({ workerId: 's', filter: { handlers: ['slow'] } })];
      const held = await slow.take();
      await worker.fail(await worker.take());
      await slow.complete(held, '"late"');
      expect(await rig.statuses(executionId)).toMatchObject({ slow: 'COMPLETED', next: 'PENDING' });
      await rig.engine.call('retry', { executionId });
      const nodes = [await worker.take(), await worker.take()].map(({ node }) => node);
      expect(nodes.sort()).toEqual(['bad', 'next']);
      for (const one of worker.tasks.slice(1)) await worker.complete(one);
      expect((await rig.end(executionId)).status).toBe('COMPLETED');
    });

    it('is for FAILED executions only', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ a: task() });
      await rig.engine.call('cancel', { executionId });
      await expect(rig.engine.call('retry', { executionId })).rejects.toThrow('only a FAILED one can be retried');
    });

    it('is heard by whoever watches on, to the second end', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ a: task() });
      const worker = rig.rig.worker();
      await worker.fail(await worker.take());
      await rig.end(executionId);
      await rig.engine.call('retry', { executionId });
      const watch = rig.watch(executionId);
      await worker.complete(await worker.take());
      await watch.until(({ ended }) => ended);
      expect(watch.events.map(({ kind }) => kind)).toEqual([
        'execution_started',
        'node_leased',
        'attempt_failed',
        'node_failed',
        'execution_failed',
        'execution_retried',
        'node_reopened',
        'node_leased',
        'node_completed',
        'execution_completed',
      ]);
    });
  });

  describe('a rerun', () => {
    const nodes = {
      a: task(),
      route: {
        type: 'ROUTER',
        dependencies: ['a'],
        x: { router: { routes: [{ if: 'true', to: 'b' }], otherwise: 'c' } },
      },
      b: task(['route']),
      c: task(['route']),
      d: task(['b', 'c'], { with: { text: 'old' } }),
      beside: task(),
    } as const;

    async function finished(rig: KindsRig): Promise<string> {
      const executionId = await rig.run(nodes, { n: 1 });
      const worker = rig.rig.worker({ workerId: 'first' });
      worker.runAll();
      await rig.end(executionId);
      worker.close();
      return executionId;
    }

    it('keeps what is upstream of its node, runs the rest, and is linked to its source', async () => {
      const rig = await KindsRig.open();
      const source = await finished(rig);
      const { executionId } = await rig.engine.call('rerun', {
        executionId: source,
        fromNode: 'b',
        inputJson: '{"n":2}',
        withJson: '{"d":{"text":"new"}}',
      });
      const worker = rig.rig.worker();
      const b = await worker.take();
      expect(b.node).toBe('b');
      expect(JSON.parse(b.inputJson)).toMatchObject({ input: { n: 2 } });
      await worker.complete(b, '"again"');
      const d = await worker.take();
      expect(d).toMatchObject({ node: 'd', withJson: '{"text":"new"}' });
      await worker.complete(d);
      const detail = await rig.end(executionId);
      expect(await rig.statuses(executionId)).toEqual({
        a: 'COMPLETED',
        route: 'COMPLETED',
        b: 'COMPLETED',
        c: 'SKIPPED',
        d: 'COMPLETED',
        beside: 'COMPLETED',
      });
      expect(outputOf(detail, 'a')).toBe('a');
      expect(detail.rerunOf).toBe(source);
      expect((await rig.rig.detail(source)).reruns).toEqual([executionId]);
    });

    it('that has to wait for its turn keeps the same when it begins', async () => {
      const rig = await KindsRig.open();
      await rig.register({ a: task(), b: task(['a']) }, 'w', {
        concurrency: { key: 'one', limit: 1, onConflict: 'queue' },
      });
      const source = await rig.start();
      const worker = rig.rig.worker();
      await worker.complete(await worker.take(), '"kept"');
      await worker.complete(await worker.take());
      await rig.end(source);
      const holder = await rig.start();
      const { executionId } = await rig.engine.call('rerun', { executionId: source, fromNode: 'b' });
      expect((await rig.rig.detail(executionId)).status).toBe('WAITING');
      const again = await rig.restart();
      await again.engine.call('cancel', { executionId: holder });
      const b = await again.rig.worker({ workerId: 'w2' }).take();
      expect(b).toMatchObject({ executionId, node: 'b' });
      expect(JSON.parse(b.inputJson)).toMatchObject({ deps: { a: 'kept' } });
    });

    it('without a node runs everything again', async () => {
      const rig = await KindsRig.open();
      const source = await finished(rig);
      const { executionId } = await rig.engine.call('rerun', { executionId: source });
      rig.rig.worker().runAll();
      const detail = await rig.end(executionId);
      expect(
        detail.nodes.every(({ node, attempts }) => node === 'route' || node === 'c' || attempts.length === 1),
      ).toBe(true);
    });

    it('names what it does not know', async () => {
      const rig = await KindsRig.open();
      const executionId = await finished(rig);
      const rerun = (more: object): Promise<unknown> => rig.engine.call('rerun', { executionId, ...more });
      await expect(rerun({ fromNode: 'x' })).rejects.toThrow(
        'workflow w has no node x; it has a, route, b, c, d, beside',
      );
      await expect(rerun({ withJson: '{"a":{}}' })).rejects.toThrow('node a has no `with`');
      await expect(rerun({ withJson: '[]' })).rejects.toThrow('with must be an object');
    });
  });
});
