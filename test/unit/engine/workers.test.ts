/** Who is attached where: ListWorkers of one server, and of several on one database. */
import { describe, expect, it } from 'vitest';
import type { WorkerStatus } from '../../../src/engine/engine-port.js';
import type { PostgresStore } from '../../../src/store/postgres/postgres-store.js';
import { emptyDatabases } from '../../support/empty-database.js';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';
import { describePostgres } from '../../support/postgres.js';

function list(rig: EngineRig): Promise<readonly WorkerStatus[]> {
  return rig.engine.call('listWorkers', {});
}

onEveryStore(() => {
  describe('the workers of a server', () => {
    it('are listed with their handlers, queue, credits and leases, and without polls', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: {} });
      const before = Date.now();
      const worker = rig.worker({ workerId: 'one' });
      rig.worker({ workerId: 'two', filter: { handlers: ['text.upper@gpu', 'h@gpu', 'h'] } });
      rig.worker({ workerId: 'old', filter: { versionHash: 'sha256:x' }, poll: true });
      await rig.start();
      worker.send({ credits: 5 });
      await worker.until(({ tasks }) => tasks.length === 2);
      const workers = await list(rig);
      expect(workers).toEqual([
        { workerId: 'one', handlers: ['h'], attachedAtMs: expect.any(Number) as number, credits: 3, leased: 2 },
        {
          workerId: 'two',
          handlers: ['text.upper', 'h'],
          queue: 'gpu',
          attachedAtMs: expect.any(Number) as number,
          credits: 0,
          leased: 0,
        },
      ]);
      // The clock of a database need not be that of this process.
      expect(Math.abs((workers[0]?.attachedAtMs ?? 0) - before)).toBeLessThan(60_000);
    });

    it('leave the list when their connection ends', async () => {
      const rig = await EngineRig.open();
      rig.worker({ workerId: 'one' });
      rig.worker({ workerId: 'two' }).close();
      expect((await list(rig)).map(({ workerId }) => workerId)).toEqual(['one']);
    });
  });
});

describePostgres('the workers of two servers', () => {
  const empty = emptyDatabases();

  async function openTwo(): Promise<[EngineRig, EngineRig]> {
    const at = await empty();
    return [await EngineRig.open({ at }), await EngineRig.open({ at })];
  }

  const names = (workers: readonly WorkerStatus[]): (string | undefined)[][] =>
    workers.map(({ workerId, server }) => [workerId, server === undefined ? 'here' : 'elsewhere']);

  it('are known to both, with their credits and leases, until they leave', async () => {
    const [first, second] = await openTwo();
    await first.register({ a: {} });
    await first.start();
    const worker = first.worker({ workerId: 'one', filter: { handlers: ['h@gpu', 'h'] } });
    second.worker({ workerId: 'two' });
    worker.send({ credits: 3 });
    await worker.next();
    const expected = { workerId: 'one', handlers: ['h'], queue: 'gpu', credits: 2, leased: 1 };
    await expect
      .poll(async () => (await list(second)).find(({ workerId }) => workerId === 'one'), { timeout: 20_000 })
      .toMatchObject(expected);
    expect(names(await list(second))).toEqual([
      ['two', 'here'],
      ['one', 'elsewhere'],
    ]);
    worker.close();
    await expect.poll(async () => names(await list(second)), { timeout: 20_000 }).toEqual([['two', 'here']]);
  });

  it('are not listed after their server has died', async () => {
    const [first, second] = await openTwo();
    first.worker({ workerId: 'one' });
    await expect.poll(async () => names(await list(second)), { timeout: 20_000 }).toEqual([['one', 'elsewhere']]);
    const { peers } = first.store as PostgresStore;
    await first.stop();
    // As if it had been silent for a minute: its rows stay, its workers are gone.
    await (second.store as PostgresStore)['pool'].rows(
      'UPDATE nexum.lane SET at_ms = at_ms - 60000 WHERE server_id = $1',
      [peers['options'].serverId],
    );
    expect(await list(second)).toEqual([]);
  });

  it('a worker that went to the other server is listed there, and the end of its old connection takes nothing away', async () => {
    const [first, second] = await openTwo();
    const old = first.worker({ workerId: 'one' });
    await expect.poll(async () => names(await list(second)), { timeout: 20_000 }).toEqual([['one', 'elsewhere']]);
    second.worker({ workerId: 'one' });
    await second.settle();
    old.close();
    await expect.poll(async () => names(await list(first)), { timeout: 20_000 }).toEqual([['one', 'elsewhere']]);
    expect(names(await list(second))).toEqual([['one', 'here']]);
  });
});
