/** One bad command in a batch, and what work costs. Counts do not depend on the machine. */
import { describe, expect, it } from 'vitest';
import type { EngineStats } from '../../../src/engine/engine-port.js';
import type { NodeSketch } from '../../support/engine-execution.js';
import { emptyDatabases } from '../../support/empty-database.js';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';
import { describePostgres } from '../../support/postgres.js';
import { temporaryDatabase } from '../../support/store-folder.js';

function chain(length: number): Record<string, NodeSketch> {
  return Object.fromEntries(
    Array.from({ length }, (_, index) => [`n${index}`, index === 0 ? {} : { needs: [`n${index - 1}`] }]),
  );
}

/** Runs `total` executions of the registered workflow, `width` at a time, and returns what they cost. */
async function costOf(rig: EngineRig, versionHash: string, total: number, width: number): Promise<EngineStats> {
  rig.worker().runAll(1024);
  const client = rig.client();
  const request = { workflowId: 'w', versionHash, inputJson: '{}' };
  await rig.settle();
  const before = await rig.engine.call('getStats', {});
  for (let started = 0; started < Math.min(width, total); started += 1)
    client.send({ starts: [{ ...request, ref: started }] });
  for (let ended = 0; ended < total; ended += 1) {
    await client.until(({ finished }) => finished.length > ended);
    if (ended + width < total) client.send({ starts: [{ ...request, ref: ended + width }] });
  }
  expect(client.finished.every(({ status }) => status === 'COMPLETED')).toBe(true);
  const after = await rig.engine.call('getStats', {});
  return { ...after, commits: after.commits - before.commits, statements: after.statements - before.statements };
}
onEveryStore(() => {
  describe('C2: a batch that fails is taken apart', () => {
    it('so that a command which the store refuses answers its own caller and nobody else', async () => {
      const rig = await EngineRig.open();
      await rig.register({ good: {}, bad: {}, fine: {} });
      const executionId = await rig.start();
      const worker = rig.worker();
      worker.send({ credits: 3 });
      await worker.until(({ tasks }) => tasks.length === 3);
      const id = (node: string): string => worker.tasks.find((task) => task.node === node)?.taskId ?? '';
      worker.send({
        completions: ['good', 'fine'].map((node) => ({ taskId: id(node), outputJson: '1' })),
        // NaN is no time: the database refuses the row of this retry, and with it the transaction.
        failures: [{ taskId: id('bad'), code: 'X', message: '', retryable: true, retryAfterMs: NaN }],
      });
      await worker.until(({ answers }) => answers.length === 3);
      expect((await worker.answer(id('bad'))).code).toBe('INTERNAL');
      expect((await worker.answer(id('good'))).code).toBeUndefined();
      expect((await worker.answer(id('fine'))).code).toBeUndefined();
      expect(await rig.nodes(executionId)).toEqual({ good: 'COMPLETED', bad: 'LEASED', fine: 'COMPLETED' });
      expect(await worker.fail(worker.tasks.find(({ node }) => node === 'bad')!)).toBeDefined();
      expect(rig.fatal).toEqual([]);
    });
  });

  describe('what work costs', () => {
    it('an idle four-node execution: at most 5 commits', async () => {
      const rig = await EngineRig.open();
      const cost = await costOf(rig, await rig.register(chain(4)), 1, 1);
      expect(cost.commits).toBeLessThanOrEqual(5);
    });

    it('64 executions at a time: at most 0.05 commits and 5 statements per node', async () => {
      const rig = await EngineRig.open();
      const total = 256;
      const cost = await costOf(rig, await rig.register(chain(4)), total, 64);
      expect(cost.commits / (total * 4)).toBeLessThanOrEqual(0.05);
      expect(cost.statements / (total * 4)).toBeLessThanOrEqual(5);
    });

    it('a node of a long pipeline: no more statements than one of a short one (Nexum 0.2: re-reads the whole history)', async () => {
      const perNode = async (length: number): Promise<number> => {
        const rig = await EngineRig.open();
        const cost = await costOf(rig, await rig.register(chain(length)), 1, 1);
        return cost.statements / length;
      };
      expect(await perNode(100)).toBeLessThanOrEqual(await perNode(10));
    });
  });
});

describe('an idle engine', () => {
  it('on SQLite: no statement runs by itself', async () => {
    const rig = await EngineRig.open({ at: temporaryDatabase() });
    await rig.register(chain(1));
    const worker = rig.worker();
    worker.send({ credits: 1 });
    await rig.settle();
    const before = await rig.engine.call('getStats', {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(await rig.engine.call('getStats', {})).toEqual(before);
  });
});

describePostgres('an idle engine on PostgreSQL', () => {
  const empty = emptyDatabases();

  it('polls, and commits nothing by itself', async () => {
    const rig = await EngineRig.open({ at: await empty() });
    await rig.register(chain(1));
    const worker = rig.worker();
    worker.send({ credits: 1 });
    await rig.settle();
    const stats = (): Promise<EngineStats> => rig.engine.call('getStats', {});
    const { batches } = await stats();
    // Each poll looks for ready work, because the worker is free.
    await expect.poll(async () => (await stats()).batches - batches, { timeout: 10_000 }).toBeGreaterThan(1);
    expect((await stats()).commits).toBe(0);
  });
});
