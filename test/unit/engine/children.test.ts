/** Child executions: started, heard of, cancelled and retried with their parents, over restarts. */
import { describe, expect, it, vi } from 'vitest';
import { NEVER_MS } from '../../../src/core/execution.js';
import type { Store } from '../../../src/store/store.js';
import { onEveryStore, type EngineRig } from '../../support/engine-rig.js';
import { KindsRig, outputOf, task, type NodeOf } from '../../support/node-kinds.js';

const CALL: NodeOf = {
  type: 'SUBWORKFLOW',
  dependencies: ['first'],
  x: { child: { workflowId: 'child', with: { n: '${{ nodes.first.output }}' } } },
};

async function family(rig: KindsRig, more: Record<string, NodeOf> = {}): Promise<string> {
  await rig.register({ work: task([], { handler: 'c' }), more: task(['work'], { handler: 'c' }) }, 'child', {
    inputs: { n: { type: 'string' } },
    output: { worked: '${{ nodes.work.output }}', n: '${{ inputs.n }}' },
  });
  await rig.register({ first: task(), call: CALL, last: task(['call']), ...more }, 'w');
  const executionId = await rig.start();
  rig.rig.worker().runAll();
  return executionId;
}

async function childOf(rig: KindsRig, executionId: string, node = 'call'): Promise<string> {
  await rig.watch(executionId).seen('node_waiting');
  return (await rig.node(executionId, node)).childExecutionId ?? '';
}

/** A child exists soon after its node waits for it. */
async function started(rig: KindsRig, child: string): Promise<void> {
  const exists = (): Promise<boolean> =>
    rig.rig.detail(child).then(
      () => true,
      () => false,
    );
  await expect.poll(exists, { timeout: 20_000, interval: 5 }).toBe(true);
}

/** From now on this process dies, as it were, before it can take anything from the outbox. */
function forgetSettled(store: EngineRig['store']): void {
  const transact = store.transact.bind(store);
  const forgetful: Store['transact'] = (work, options) =>
    transact((transaction) => {
      transaction.settleOutbox = () => Promise.resolve();
      return work(transaction);
    }, options);
  vi.spyOn(store, 'transact').mockImplementation(forgetful);
}

/** Executions of which an event is in the outbox. */
async function left({ rig }: KindsRig): Promise<string[]> {
  return (await rig.store.listOutbox(NEVER_MS, 100)).map(({ executionId }) => executionId);
}

onEveryStore(() => {
  describe('a child execution', () => {
    it('gets its input, and its declared output becomes that of the node', async () => {
      const rig = await KindsRig.open();
      const executionId = await family(rig);
      const worker = rig.rig.worker({ workerId: 'c', filter: { handlers: ['c'] } });
      const work = await worker.take();
      const child = await childOf(rig, executionId);
      expect(work.executionId).toBe(child);
      expect(JSON.parse(work.inputJson)).toEqual({ input: { n: 'first' }, deps: {} });
      expect(await rig.rig.detail(child)).toMatchObject({ parent: { executionId, node: 'call' } });
      await worker.complete(work, '"done"');
      await worker.complete(await worker.take());
      const detail = await rig.end(executionId);
      expect(outputOf(detail, 'call')).toEqual({ worked: 'done', n: 'first' });
      expect(detail.status).toBe('COMPLETED');
    });

    it('that fails fails its parent, with the reason', async () => {
      const rig = await KindsRig.open();
      const executionId = await family(rig);
      const worker = rig.rig.worker({ workerId: 'c', filter: { handlers: ['c'] } });
      await worker.fail(await worker.take(), 'no luck');
      const child = await childOf(rig, executionId);
      expect(await rig.end(executionId)).toMatchObject({
        status: 'FAILED',
        failedNode: 'call',
        error: { code: 'CHILD_FAILED', message: `child execution ${child}: no luck` },
      });
    });

    it('that is cancelled ends its parent; a parent that is cancelled cancels it and stops its worker', async () => {
      const rig = await KindsRig.open();
      const first = await family(rig);
      const child = await childOf(rig, first);
      await started(rig, child);
      await rig.engine.call('cancel', { executionId: child, reason: 'by hand' });
      expect((await rig.end(first)).error).toMatchObject({ code: 'CHILD_CANCELLED' });

      const second = await rig.start();
      const worker = rig.rig.worker({ workerId: 'c', filter: { handlers: ['c'] } });
      const work = await worker.take();
      await rig.engine.call('cancel', { executionId: second });
      await worker.until(({ stops }) => stops.includes(work.taskId));
      expect((await rig.end(work.executionId)).status).toBe('CANCELLED');
    });

    it('is cancelled when a sibling of its node fails', async () => {
      const rig = await KindsRig.open();
      const executionId = await family(rig, { risky: task([], { handler: 'r' }) });
      const child = await childOf(rig, executionId);
      const worker = rig.rig.worker({ workerId: 'r', filter: { handlers: ['r'] } });
      await worker.fail(await worker.take());
      expect((await rig.end(child)).status).toBe('CANCELLED');
    });

    it('that cannot start fails its node, and says why', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ call: { type: 'SUBWORKFLOW', x: { child: { workflowId: 'nobody' } } } });
      expect((await rig.end(executionId)).error?.message).toContain(
        'it cannot start: workflow "nobody" is not registered',
      );
    });

    it('stays pinned to the version that was named', async () => {
      const rig = await KindsRig.open();
      const old = await rig.register({ a: { type: 'COMPUTE', x: { compute: 'old' } } }, 'child');
      await rig.register({ a: { type: 'COMPUTE', x: { compute: 'new' } } }, 'child');
      const executionId = await rig.run({
        pinned: { type: 'SUBWORKFLOW', x: { child: { workflowId: 'child', versionHash: old } } },
        newest: { type: 'SUBWORKFLOW', x: { child: { workflowId: 'child' } } },
      });
      const detail = await rig.end(executionId);
      expect([outputOf(detail, 'pinned'), outputOf(detail, 'newest')]).toEqual(['old', 'new']);
    });

    it('starts and is heard of over restarts between the two', async () => {
      const rig = await KindsRig.open();
      const executionId = await family(rig);
      const child = await childOf(rig, executionId);
      const again = await rig.restart();
      const worker = again.rig.worker({ workerId: 'c', filter: { handlers: ['c'] } });
      const work = await worker.take();
      expect(work.executionId).toBe(child);
      await worker.complete(work);
      worker.send({ credits: 1 });
      const more = await worker.next();
      worker.send({ completions: [{ taskId: more.taskId, outputJson: '1' }] });
      await again.end(child);
      const last = await again.restart();
      last.rig.worker().runAll();
      expect((await last.end(executionId)).status).toBe('COMPLETED');
    });

    it('is not started again when only its start was committed before a crash, and not that it is done', async () => {
      let nowMs = Date.now();
      const rig = await KindsRig.open({ nowMs: () => nowMs });
      forgetSettled(rig.rig.store);
      const executionId = await family(rig);
      const child = await childOf(rig, executionId);
      await started(rig, child);
      expect(await left(rig)).toContain(executionId);
      // Where there are other servers, this is how long it is left to them.
      nowMs += 2001;
      const again = await rig.restart();
      await expect.poll(() => left(again)).toEqual([]);
      expect(again.rig.fatal).toEqual([]);
      const events = await again.rig.store.listEvents(child, 0, 100);
      expect(events.filter(({ kind }) => kind === 'execution_started')).toHaveLength(1);
      again.rig.worker().runAll();
      again.rig.worker({ workerId: 'c', filter: { handlers: ['c'] } }).runAll();
      expect((await again.end(executionId)).status).toBe('COMPLETED');
    });

    it('of a foreign workflow is named by the output of its node', async () => {
      const rig = await KindsRig.open();
      await rig.register({ a: { type: 'COMPUTE', x: { compute: 7 } } }, 'child');
      const versionHash = await rig.register({ call: { type: 'SUBWORKFLOW', subWorkflowId: 'child' } });
      const executionId = await rig.start();
      const worker = rig.rig.worker({ filter: { versionHash } });
      await worker.complete(await worker.take(), '{"subWorkflowId":"child","childInput":{"n":1}}');
      expect(outputOf(await rig.end(executionId), 'call')).toBe(7);
    });

    it('is retried with its parent, and keeps what it had committed', async () => {
      const rig = await KindsRig.open();
      const executionId = await family(rig);
      const worker = rig.rig.worker({ workerId: 'c', filter: { handlers: ['c'] } });
      await worker.complete(await worker.take(), '"kept"');
      await worker.fail(await worker.take());
      await rig.end(executionId);
      const child = await childOf(rig, executionId);
      await rig.engine.call('retry', { executionId });
      const again = await worker.take();
      expect(again).toMatchObject({ executionId: child, node: 'more', attempt: 2 });
      await worker.complete(again);
      const detail = await rig.end(executionId);
      expect(outputOf(detail, 'call')).toMatchObject({ worked: 'kept' });
    });
  });
});
