/** Routers, conditions of dependencies, joins, and failures that an execution survives. */
import { describe, expect, it } from 'vitest';
import { onEveryStore } from '../../support/engine-rig.js';
import { KindsRig, outputOf, task, type NodeOf } from '../../support/node-kinds.js';

function router(routes: readonly (readonly [when: string, to: string])[], otherwise?: string): NodeOf {
  const spec = { routes: routes.map(([when, to]) => ({ if: when, to })) };
  return {
    type: 'ROUTER',
    dependencies: ['first'],
    x: { router: otherwise === undefined ? spec : { ...spec, otherwise } },
  };
}

onEveryStore(() => {
  describe('a router', () => {
    it('takes the first route that holds and skips the others, all the way down', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({
        first: task(),
        route: router(
          [
            ["nodes.first.output == 'first'", 'a'],
            ['true', 'b'],
          ],
          'c',
        ),
        a: task(['route']),
        b: task(['route']),
        c: task(['route']),
        'below b': task(['b']),
        'below both': task(['a', 'below b']),
      });
      rig.rig.worker().runAll();
      const detail = await rig.end(executionId);
      expect(await rig.statuses(executionId)).toEqual({
        first: 'COMPLETED',
        route: 'COMPLETED',
        a: 'COMPLETED',
        b: 'SKIPPED',
        c: 'SKIPPED',
        'below b': 'SKIPPED',
        'below both': 'COMPLETED',
      });
      expect(outputOf(detail, 'route')).toEqual({ routed_to: 'a' });
    });

    it('without a route that holds takes the default, or none', async () => {
      const rig = await KindsRig.open();
      const nodes = (otherwise?: string): Record<string, NodeOf> => ({
        first: task(),
        route: router([['false', 'a']], otherwise),
        a: task(['route']),
        b: task(['route']),
      });
      rig.rig.worker().runAll();
      const withDefault = await rig.run(nodes('b'));
      await rig.end(withDefault);
      expect(await rig.statuses(withDefault)).toMatchObject({ a: 'SKIPPED', b: 'COMPLETED' });
      const without = await rig.run(nodes());
      const detail = await rig.end(without);
      // b is no target then, only a dependent.
      expect(await rig.statuses(without)).toMatchObject({ a: 'SKIPPED', b: 'COMPLETED' });
      expect(outputOf(detail, 'route')).toEqual({ routed_to: null });
    });

    it('lets its target wait for the other dependencies, which alone do not make it run', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({
        first: task(),
        slow: task([], { handler: 'slow' }),
        route: router([['true', 'a']], 'b'),
        a: task(['route', 'slow']),
        b: task(['route', 'slow']),
      });
      rig.rig.worker().runAll();
      await rig.watch(executionId).seen('node_completed', 2);
      expect(await rig.statuses(executionId)).toMatchObject({ route: 'COMPLETED', a: 'PENDING', b: 'PENDING' });
      rig.rig.worker({ workerId: 'slow', filter: { handlers: ['slow'] } }).runAll();
      await rig.end(executionId);
      expect(await rig.statuses(executionId)).toMatchObject({ a: 'COMPLETED', b: 'SKIPPED' });
    });

    it('of a foreign workflow is executed by a worker, whose choice must be one of the routes', async () => {
      const rig = await KindsRig.open();
      const versionHash = await rig.register({
        route: {
          type: 'ROUTER',
          routes: [
            { condition: 'x', target: 'a' },
            { condition: 'y', target: 'b' },
          ],
        },
        a: {},
        b: {},
      });
      const worker = rig.rig.worker({ filter: { versionHash } });
      const executionId = await rig.start();
      await worker.complete(await worker.take(), '{"routed_to":"b"}');
      const next = await worker.take();
      expect(next.node).toBe('b');
      await worker.complete(next);
      await rig.end(executionId);
      expect(await rig.statuses(executionId)).toEqual({ route: 'COMPLETED', a: 'SKIPPED', b: 'COMPLETED' });
      const wrong = await rig.start();
      await worker.complete(await worker.take(), '{"routed_to":"nowhere"}');
      expect((await rig.end(wrong)).error?.message).toContain('routed_to must be one of a, b');
    });
  });

  describe('dependencies', () => {
    it('may ask for a failure, which then does not end the execution', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({
        risky: task(),
        usual: task(['risky']),
        rescue: task(['risky'], { conditions: { risky: 'failed' }, handler: 'rescue' }),
        after: task(['risky'], { conditions: { risky: 'completed' } }),
        end: {
          type: 'COMPUTE',
          dependencies: ['risky'],
          x: { compute: '${{ nodes.risky.status }}: ${{ nodes.risky.error }}', conditions: { risky: 'completed' } },
        },
      });
      const worker = rig.rig.worker();
      await worker.fail(await worker.take(), 'no luck');
      const rescuer = rig.rig.worker({ workerId: 'w2', filter: { handlers: ['rescue'] } });
      const rescue = await rescuer.take();
      expect(rescue).toMatchObject({ failed: [{ node: 'risky', message: 'no luck' }], skipped: [] });
      await rescuer.complete(rescue);
      worker.runAll();
      const detail = await rig.end(executionId);
      expect(detail.status).toBe('COMPLETED');
      expect(await rig.statuses(executionId)).toMatchObject({
        risky: 'FAILED',
        usual: 'SKIPPED',
        rescue: 'COMPLETED',
        after: 'COMPLETED',
      });
      expect(outputOf(detail, 'end')).toBe('FAILED: no luck');
    });

    it('run after a node that may fail, and see its error', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({
        risky: task([], { continueOnError: true }),
        next: task(['risky']),
      });
      const worker = rig.rig.worker();
      await worker.fail(await worker.take());
      expect(await worker.take()).toMatchObject({ node: 'next', failed: [{ node: 'risky', message: 'boom' }] });
      expect(await rig.statuses(executionId)).toMatchObject({ risky: 'FAILED' });
    });

    it('join by all, any and all_required', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({
        yes: task(),
        no: { type: 'EFFECT', x: { handler: 'h', if: 'false' } },
        late: task([], { handler: 'late' }),
        all: task(['yes', 'no']),
        required: task(['yes', 'no'], { join: 'all_required' }),
        'any one': task(['yes', 'late'], { join: 'any' }),
        'skipped is fine': task(['yes', 'no'], { join: 'all_required', conditions: { no: 'succeeded_or_skipped' } }),
      });
      rig.rig.worker().runAll();
      await rig.watch(executionId).seen('node_completed', 4);
      expect(await rig.statuses(executionId)).toEqual({
        yes: 'COMPLETED',
        no: 'SKIPPED',
        late: 'READY',
        all: 'COMPLETED',
        required: 'SKIPPED',
        'any one': 'COMPLETED',
        'skipped is fine': 'COMPLETED',
      });
      rig.rig.worker({ workerId: 'late', filter: { handlers: ['late'] } }).runAll();
      expect((await rig.end(executionId)).status).toBe('COMPLETED');
      const history = await rig.engine.call('listEvents', { executionId, afterSeq: 0, limit: 100 });
      expect(
        history.filter((event) => 'node' in event && event.node === 'any one' && event.kind === 'node_leased'),
      ).toHaveLength(1);
    });
  });
});
