/** Maps: items as tasks of their own, in pages, through failures and restarts; reduce; foreign maps in two phases. */
import { describe, expect, it } from 'vitest';
import type { MapSpec, NodeBehaviour } from '../../../src/core/ir.js';
import { onEveryStore } from '../../support/engine-rig.js';
import { KindsRig, outputOf, task, type NodeOf } from '../../support/node-kinds.js';

function map(over: string, spec: Partial<MapSpec> = {}, behaviour: NodeBehaviour = {}): NodeOf {
  const { x } = task([], { map: { over, onItemError: 'fail', ...spec }, ...behaviour });
  return x ? { type: 'MAP', dependencies: [], x } : {};
}

onEveryStore(() => {
  describe('a map', () => {
    it('runs one task per item and gathers the outputs in the order of the items', async () => {
      const rig = await KindsRig.open();
      const versionHash = await rig.register({
        each: map('inputs.names'),
        fold: {
          type: 'REDUCE',
          dependencies: [],
          mapNodeId: 'each',
          x: { compute: "${{ join(nodes.each.output, '+') }}" },
        },
      });
      const executionId = await rig.start({ names: ['a', 'b', 'c'] });
      const worker = rig.rig.worker();
      worker.send({ credits: 3 });
      const tasks = [await worker.next(), await worker.next(), await worker.next()];
      expect(
        tasks.map(({ item, node, nodeType, idempotencyKey }) => ({ item, node, nodeType, idempotencyKey })),
      ).toEqual(
        ['a', 'b', 'c'].map((name, index) => ({
          item: { index, total: 3, itemJson: JSON.stringify(name) },
          node: 'each',
          nodeType: 'MAP_SUBTASK',
          idempotencyKey: `${executionId}:each__${index}:${versionHash}`,
        })),
      );
      expect(await rig.node(executionId, 'each')).toMatchObject({
        status: 'WAITING',
        waitsFor: 'items',
        items: { total: 3, completed: 0, open: 3 },
      });
      for (const one of tasks.reverse()) await worker.complete(one, JSON.stringify(`<${one.item?.itemJson ?? ''}>`));
      const detail = await rig.end(executionId);
      expect(outputOf(detail, 'each')).toEqual(['<"a">', '<"b">', '<"c">']);
      expect(outputOf(detail, 'fold')).toBe('<"a">+<"b">+<"c">');
    });

    it('of an empty list completes at once with an empty list', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ each: map('inputs.names'), after: task(['each']) }, { names: [] });
      rig.rig.worker().runAll();
      expect(outputOf(await rig.end(executionId), 'each')).toEqual([]);
    });

    it('fails with a readable error when there is no list', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ each: map('inputs.names') }, { names: 'x' });
      expect((await rig.end(executionId)).error?.message).toContain('`over` must give a list');
    });

    it('keeps as many items under way as max_parallel allows', async () => {
      const rig = await KindsRig.open();
      await rig.run({ each: map('inputs.list', { maxParallel: 2 }) }, { list: [1, 2, 3, 4, 5] });
      const worker = rig.rig.worker();
      worker.send({ credits: 10 });
      const first = await worker.next();
      await worker.next();
      await rig.rig.settle();
      expect(worker.tasks).toHaveLength(2);
      await worker.complete(first);
      await worker.next();
      await rig.rig.settle();
      expect(worker.tasks).toHaveLength(3);
    });

    it.each([
      ['skip', [1, 3]],
      ['collect', [1, { error: { code: 'HANDLER_FAILED', message: 'boom' } }, 3]],
    ] as const)('with on_item_error %s goes on without a failed item', async (onItemError, expected) => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ each: map('inputs.list', { onItemError }) }, { list: [1, 2, 3] });
      const worker = rig.rig.worker();
      for (const index of [0, 1, 2]) {
        const one = await worker.take();
        if (index === 1) await worker.fail(one);
        else await worker.complete(one, one.item?.itemJson);
      }
      expect(outputOf(await rig.end(executionId), 'each')).toEqual(expected);
    });

    it('fails with its first failed item, and stops the others', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ each: map('inputs.list') }, { list: [1, 2, 3] });
      const worker = rig.rig.worker();
      worker.send({ credits: 2 });
      const [first, second] = [await worker.next(), await worker.next()];
      await worker.fail(second, 'bad item');
      await worker.until(({ stops }) => stops.includes(first.taskId));
      const detail = await rig.end(executionId);
      expect(detail).toMatchObject({
        status: 'FAILED',
        failedNode: 'each',
        error: { message: 'item 1 of node each: bad item' },
      });
    });

    it('goes on after a crash half way through its items, and runs none of them twice', async () => {
      const rig = await KindsRig.open();
      const items = Array.from({ length: 600 }, (_, index) => index);
      const executionId = await rig.run({ each: map('inputs.list') }, { list: items });
      const before = rig.rig.worker();
      for (let done = 0; done < 5; done += 1) {
        const one = await before.take();
        await before.complete(one, one.item?.itemJson);
      }
      const again = await rig.restart();
      const after = again.rig.worker({ workerId: 'w2' });
      after.send({ credits: 50 });
      const seen = new Set<number>();
      for (let done = 5; done < items.length; done += 1) {
        const one = await after.next();
        seen.add(one.item?.index ?? -1);
        after.send({ completions: [{ taskId: one.taskId, outputJson: one.item?.itemJson ?? '' }], credits: 1 });
      }
      const detail = await again.end(executionId);
      expect(outputOf(detail, 'each')).toEqual(items);
      expect(seen.size).toBe(595);
    });

    it('keeps items as they were written', async () => {
      const rig = await KindsRig.open();
      const versionHash = await rig.register({ each: { type: 'MAP' } });
      const worker = rig.rig.worker({ filter: { versionHash } });
      await rig.start();
      await worker.complete(await worker.take(), '[9007199254740993, {"b":1, "a":"]\\"["}, "\\ud800", []]');
      const texts = [];
      for (let index = 0; index < 4; index += 1) texts.push((await worker.take()).item?.itemJson);
      expect(texts).toEqual(['9007199254740993', '{"b":1, "a":"]\\"["}', '"\\ud800"', '[]']);
    });

    it('of a foreign workflow lists its items first; its list may be handed in twice', async () => {
      const rig = await KindsRig.open();
      const versionHash = await rig.register({
        each: { type: 'MAP' },
        fold: { type: 'REDUCE', dependencies: ['each'], mapNodeId: 'each' },
      });
      const worker = rig.rig.worker({ filter: { versionHash } });
      const executionId = await rig.start();
      const coordinator = await worker.take();
      expect(coordinator).toMatchObject({ node: 'each', nodeType: 'MAP' });
      expect(coordinator.item).toBeUndefined();
      await worker.complete(coordinator, '["x","y"]');
      const repeated = await rig.engine.call('complete', { taskId: coordinator.taskId, outputJson: '["x","y"]' });
      expect(repeated).toMatchObject({ alreadyApplied: true });
      for (const text of ['"X"', '"Y"']) await worker.complete(await worker.take(), text);
      const fold = await worker.take();
      expect(JSON.parse(fold.inputJson)).toMatchObject({ deps: { each: ['X', 'Y'] } });
      await worker.complete(fold, '"XY"');
      expect((await rig.end(executionId)).status).toBe('COMPLETED');
    });

    it('retries from the failed item, and keeps the outputs of the others', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ each: map('inputs.list', { maxParallel: 1 }) }, { list: ['a', 'b', 'c'] });
      const worker = rig.rig.worker();
      await worker.complete(await worker.take(), '"A"');
      await worker.fail(await worker.take());
      await rig.end(executionId);
      await rig.engine.call('retry', { executionId });
      expect((await worker.take()).item?.index).toBe(1);
      await worker.complete(worker.tasks.at(-1)!, '"B"');
      await worker.complete(await worker.take(), '"C"');
      expect(outputOf(await rig.end(executionId), 'each')).toEqual(['A', 'B', 'C']);
    });
  });
});
