/** Workers: what they are sent, what becomes of their leases, and when time passes. */
import { describe, expect, it } from 'vitest';
import { NO_DELAY } from '../../support/engine-execution.js';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';

/** Lease short enough that the disconnect grace is its minimum. */
const SHORT_LEASE_MS = 1000;
onEveryStore(() => {
  describe('a task', () => {
    it('carries the input and the outputs of its direct dependencies, byte for byte', async () => {
      const rig = await EngineRig.open();
      const versionHash = await rig.register({
        far: {},
        a: { needs: ['far'] },
        no: { if: 'false' },
        'b "q"': { needs: ['a', 'no'] },
      });
      const executionId = await rig.start('{"n":9007199254740993}');
      const worker = rig.worker();
      await worker.complete(await worker.take(), '"far"');
      await worker.complete(await worker.take(), '{"looks":"{\\"like\\":\\"JSON\\"}"}');
      const task = await worker.take();
      expect(task).toMatchObject({
        executionId,
        workflowId: 'w',
        versionHash,
        node: 'b "q"',
        nodeType: 'EFFECT',
        iteration: 1,
        attempt: 1,
        leaseMs: 30_000,
        inputJson: '{"input":{"n":9007199254740993},"deps":{"a":{"looks":"{\\"like\\":\\"JSON\\"}"},"no":null}}',
        idempotencyKey: `${executionId}:b "q":${versionHash}`,
        skipped: ['no'],
      });
    });

    it('carries large payloads in the commit that brought them', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: { needs: ['a'] } });
      const big = JSON.stringify('x'.repeat(300_000));
      const worker = rig.worker();
      worker.send({ credits: 2 });
      await rig.start(big);
      const first = await worker.next();
      expect(first.inputJson).toBe(`{"input":${big},"deps":{}}`);
      await worker.complete(first, big);
      expect((await worker.next()).inputJson).toBe(`{"input":${big},"deps":{"a":${big}}}`);
    });

    it('of a retry has a new id, the next attempt number and the same idempotency key', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: { retry: NO_DELAY } });
      await rig.start();
      const worker = rig.worker();
      const first = await worker.take();
      await worker.fail(first);
      const second = await worker.take();
      expect(second.attempt).toBe(2);
      expect(second.taskId).not.toBe(first.taskId);
      expect(second.idempotencyKey).toBe(first.idempotencyKey);
    });
  });

  describe('dispatch', () => {
    it('sends no more tasks than there are credits', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: {}, c: {} });
      await rig.start();
      const worker = rig.worker();
      worker.send({ credits: 2 });
      await worker.until(({ tasks }) => tasks.length === 2);
      await rig.settle();
      expect(worker.tasks).toHaveLength(2);
      worker.send({ credits: 1 });
      await worker.until(({ tasks }) => tasks.length === 3);
      expect(new Set(worker.tasks.map(({ node }) => node))).toEqual(new Set(['a', 'b', 'c']));
    });

    it('sends each task to one worker (Nexum 0.2: two workers get one task)', async () => {
      const rig = await EngineRig.open();
      await rig.register(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`n${index}`, {}])));
      const workers = Array.from({ length: 4 }, (_, index) => rig.worker({ workerId: `w${index}` }));
      for (const worker of workers) worker.send({ credits: 20 });
      await rig.start();
      await rig.settle();
      const sent = workers.flatMap(({ tasks }) => tasks.map(({ node }) => node));
      expect(sent).toHaveLength(20);
      expect(new Set(sent).size).toBe(20);
      // The worker with the most credits comes first, so the load balances itself.
      expect(workers.map(({ tasks }) => tasks.length)).toEqual([5, 5, 5, 5]);
    });

    it('finishes what was begun before what waits, and what waits before what is new', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: { needs: ['a'] } });
      const begun = await rig.start('"begun"');
      const worker = rig.worker();
      const task = await worker.take();
      const waiting = await rig.start('"waiting"');
      // One turn, so one batch: a new execution, a completion, and credits for all three candidates.
      const fresh = rig.start('"new"');
      worker.send({ completions: [{ taskId: task.taskId, outputJson: '1' }], credits: 3 });
      const order = [await worker.next(), await worker.next(), await worker.next()];
      expect(order.map(({ executionId, node }) => [executionId, node])).toEqual([
        [begun, 'b'],
        [waiting, 'a'],
        [await fresh, 'a'],
      ]);
    });

    it('sends a task only to workers that have its handler', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: { handler: 'docs' }, b: { handler: 'text' } });
      const docs = rig.worker({ workerId: 'd', filter: { handlers: ['docs', 'other'] } });
      const text = rig.worker({ workerId: 't', filter: { handlers: ['text'] } });
      docs.send({ credits: 5 });
      text.send({ credits: 5 });
      await rig.start();
      expect([(await docs.next()).node, (await text.next()).node]).toEqual(['a', 'b']);
      await rig.settle();
      expect([docs.tasks.length, text.tasks.length]).toEqual([1, 1]);
    });

    it('sends tasks of one version only to those who poll that version', async () => {
      const rig = await EngineRig.open();
      const one = await rig.register({ a: {} }, 'one');
      const two = await rig.register({ a: {} }, 'two');
      const worker = rig.worker({ filter: { versionHash: two } });
      worker.send({ credits: 5 });
      await rig.start('{}', 'one');
      const executionId = await rig.start('{}', 'two');
      expect(await worker.next()).toMatchObject({ executionId, versionHash: two });
      expect(one).not.toBe(two);
      await rig.settle();
      expect(worker.tasks).toHaveLength(1);
    });

    it('serves a worker with more credits than one search returns', async () => {
      const rig = await EngineRig.open();
      await rig.register(Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`n${index}`, {}])));
      await rig.start();
      const worker = rig.worker();
      worker.send({ credits: 600 });
      await worker.until(({ tasks }) => tasks.length === 600);
      expect(new Set(worker.tasks.map(({ node }) => node)).size).toBe(600);
    });

    it('looks on when what it found was cancelled in the same batch', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const first = await rig.start();
      const second = await rig.start();
      const worker = rig.worker();
      await rig.settle();
      const cancelled = rig.engine.call('cancel', { executionId: first });
      worker.send({ credits: 1 });
      await cancelled;
      expect((await worker.next()).executionId).toBe(second);
    });

    it('wakes a waiting worker in the commit of the start', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const worker = rig.worker();
      worker.send({ credits: 1 });
      await rig.settle();
      const before = await rig.engine.call('getStats', {});
      await rig.start();
      await worker.next();
      expect((await rig.engine.call('getStats', {})).commits - before.commits).toBe(1);
    });
  });

  describe('a worker that attaches again while its old connection still looks open', () => {
    it('gets every task on the new connection', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const old = rig.worker({ workerId: 'w' });
      old.send({ credits: 5 });
      await rig.settle();
      const again = rig.worker({ workerId: 'w' });
      again.send({ credits: 1 });
      await rig.start();
      await again.next();
      await rig.start();
      await rig.settle();
      expect(old.tasks).toEqual([]);
      old.close();
      again.send({ credits: 1 });
      await again.next();
      expect(again.tasks).toHaveLength(2);
    });
  });

  describe('a worker that leaves', () => {
    it('does not get back what it gives back in the same breath', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const worker = rig.worker();
      worker.send({ credits: 2 });
      const executionId = await rig.start();
      const task = await worker.next();
      worker.send({ withdraw: true });
      worker.send({ releases: [{ taskId: task.taskId }] });
      await worker.until(({ idles }) => idles === 1);
      expect(worker.tasks).toHaveLength(1);
      const { nodes } = await rig.engine.call('getExecution', { executionId });
      expect(nodes[0]).toMatchObject({ status: 'READY', attempts: [{ outcome: 'RELEASED' }] });
    });
  });

  describe('an old client that polls', () => {
    it('gets a task, or `idle` after it withdrew and nothing can be under way any more', async () => {
      const rig = await EngineRig.open();
      const versionHash = await rig.register({ a: {} });
      const poll = rig.worker({ filter: { versionHash }, poll: true });
      poll.send({ credits: 1 });
      poll.send({ withdraw: true });
      await poll.until(({ idles }) => idles === 1);
      expect(poll.tasks).toEqual([]);
      await rig.start();
      await rig.settle();
      expect(poll.tasks).toEqual([]);
      poll.send({ credits: 1 });
      poll.send({ withdraw: true });
      await poll.until(({ idles }) => idles === 2);
      expect(poll.tasks).toHaveLength(1);
    });

    it('finds nothing at no cost: no write, no commit', async () => {
      const rig = await EngineRig.open();
      const versionHash = await rig.register({ a: {} });
      const before = await rig.engine.call('getStats', {});
      for (let round = 1; round <= 20; round += 1) {
        const poll = rig.worker({ filter: { versionHash }, poll: true });
        poll.send({ credits: 1 });
        poll.send({ withdraw: true });
        await poll.until(({ idles }) => idles === 1);
        poll.close();
      }
      const after = await rig.engine.call('getStats', {});
      expect(after.commits - before.commits).toBe(0);
      expect(after.statements - before.statements).toBeLessThanOrEqual(20);
    });

    it('keeps its lease when the poll ends: between two calls it is not gone', async () => {
      const rig = await EngineRig.open();
      const versionHash = await rig.register({ a: {} });
      const executionId = await rig.start();
      const poll = rig.worker({ filter: { versionHash }, poll: true });
      const task = await poll.take();
      poll.close();
      const next = rig.worker({ filter: { versionHash }, poll: true });
      next.send({ credits: 1 });
      await rig.settle();
      expect(next.tasks).toEqual([]);
      expect(await rig.engine.call('complete', { taskId: task.taskId, outputJson: '1' })).toEqual({
        taskId: task.taskId,
        alreadyApplied: false,
      });
      expect((await rig.detail(executionId)).status).toBe('COMPLETED');
    });
  });

  describe('a worker that connects (W1, W2)', () => {
    it('with credits at once keeps the tasks that it gets at once', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      await rig.settle();
      const worker = rig.worker();
      const task = await worker.take();
      await rig.settle();
      const detail = await rig.detail(executionId);
      expect(detail.nodes[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['RUNNING']);
      expect(await worker.complete(task)).toEqual({ taskId: task.taskId, alreadyApplied: false });
    });

    it('again keeps the leases that it names, and gives back those that never reached it', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: {} });
      const executionId = await rig.start();
      const worker = rig.worker();
      const held = await worker.take();
      const unheard = await worker.take();
      worker.close();
      const again = rig.worker({ heldTaskIds: [held.taskId, 'not an id of this server'] });
      const back = await again.take();
      expect([back.node, back.attempt]).toEqual([unheard.node, 2]);
      expect((await again.complete(held)).code).toBeUndefined();
      expect((await again.complete(unheard)).code).toBe('STALE_LEASE');
      expect((await again.complete(back)).code).toBeUndefined();
      const attempts = (await rig.detail(executionId)).nodes.map((node) => node.attempts.map(({ outcome }) => outcome));
      expect(attempts).toContainEqual(['RELEASED', 'COMPLETED']);
      expect(attempts).toContainEqual(['COMPLETED']);
    });

    it('and does not come back in time loses its leases to another worker', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      const gone = rig.worker({ leaseMs: SHORT_LEASE_MS });
      const lost = await gone.take();
      gone.close();
      const other = rig.worker({ workerId: 'w2' });
      const task = await other.take();
      expect(task).toMatchObject({ node: 'a', attempt: 2 });
      expect((await rig.engine.call('complete', { taskId: lost.taskId, outputJson: '"zombie"' })).code).toBe(
        'STALE_LEASE',
      );
      await other.complete(task, '"second"');
      expect(await rig.detail(executionId)).toMatchObject({
        status: 'COMPLETED',
        outputJson: '"second"',
        nodes: [
          {
            attempts: [
              { outcome: 'LOST', workerId: 'w1' },
              { outcome: 'COMPLETED', workerId: 'w2' },
            ],
          },
        ],
      });
    });
  });

  describe('time', () => {
    it('tries a failed attempt again when its delay has passed, without anybody asking', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: { retry: { ...NO_DELAY, initialIntervalMs: 30, maxIntervalMs: 30 } } });
      const executionId = await rig.start();
      const worker = rig.worker();
      worker.send({ credits: 2 });
      await worker.fail(await worker.next(), 'first error');
      const again = await worker.next();
      expect(again.attempt).toBe(2);
      await worker.complete(again);
      const [node] = (await rig.detail(executionId)).nodes;
      expect(node?.attempts).toMatchObject([
        { outcome: 'FAILED', error: { code: 'HANDLER_FAILED', message: 'first error' } },
        { outcome: 'COMPLETED' },
      ]);
    });

    it('takes back a lease that expired, by the clock of the engine, and gives it to the next worker', async () => {
      let nowMs = 1_700_000_000_000;
      const rig = await EngineRig.open({ nowMs: () => nowMs });
      await rig.register({ a: {} });
      const executionId = await rig.start();
      const hung = rig.worker({ leaseMs: 20 });
      const task = await hung.take();
      const watch = rig.watch(executionId);
      nowMs += 20;
      await watch.seen('attempt_lost');
      expect(watch.events).toContainEqual(expect.objectContaining({ kind: 'attempt_lost', reason: 'lease_expired' }));
      expect(await rig.engine.call('heartbeat', { workerId: 'w1', taskIds: [task.taskId] })).toEqual({
        staleTaskIds: [task.taskId],
      });
      expect((await rig.worker({ workerId: 'w2' }).take()).attempt).toBe(2);
    });

    it('leaves a lease that heartbeats extend', async () => {
      let nowMs = 1_700_000_000_000;
      const rig = await EngineRig.open({ nowMs: () => nowMs });
      await rig.register({ a: {}, b: {} });
      const executionId = await rig.start();
      const worker = rig.worker({ leaseMs: 20 });
      const [kept, expired] = [await worker.take(), await worker.take()];
      const watch = rig.watch(executionId);
      nowMs += 15;
      expect(await rig.engine.call('heartbeat', { workerId: 'w1', taskIds: [kept.taskId] })).toEqual({
        staleTaskIds: [],
      });
      nowMs += 10;
      // The lease without a heartbeat expires: the sweep that took it back saw the other one too.
      await watch.seen('attempt_lost');
      await rig.settle();
      expect(await rig.nodes(executionId)).toMatchObject({ [kept.node]: 'LEASED', [expired.node]: 'READY' });
    });

    it('is caught up with at a start: leases that expired while no server ran are taken back', async () => {
      let nowMs = 1_700_000_000_000;
      const rig = await EngineRig.open({ nowMs: () => nowMs });
      await rig.register({ a: {} });
      const executionId = await rig.start();
      await rig.worker().take();
      nowMs += 60_000;
      const next = await rig.restart();
      expect(await next.nodes(executionId)).toEqual({ a: 'READY' });
      expect((await next.worker().take()).attempt).toBe(2);
    });

    it('serves a retry that was parked by a pause across a restart', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: { retry: { ...NO_DELAY, initialIntervalMs: 300, maxIntervalMs: 300 } } });
      const executionId = await rig.start();
      const worker = rig.worker();
      const task = await worker.take();
      await rig.engine.call('pause', { executionId });
      await worker.fail(task);
      const next = await rig.restart();
      const other = next.worker({ workerId: 'w2' });
      other.send({ credits: 1 });
      await next.settle();
      await next.engine.call('resume', { executionId });
      expect((await other.next()).attempt).toBe(2);
    });
  });

  describe('control', () => {
    it('cancel tells the worker to stop, and its late result is refused', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      const worker = rig.worker();
      const task = await worker.take();
      await rig.engine.call('cancel', { executionId, reason: 'enough' });
      await worker.until(({ stops }) => stops.length > 0);
      expect(worker.stops).toEqual([task.taskId]);
      expect((await worker.complete(task)).code).toBe('EXECUTION_CLOSED');
      expect(await rig.detail(executionId)).toMatchObject({ status: 'CANCELLED', nodes: [{ status: 'CANCELLED' }] });
    });

    it('cancel of a finished or unknown execution is refused', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      const worker = rig.worker();
      await worker.complete(await worker.take());
      const refused = (code: string): unknown => expect.objectContaining({ code });
      await expect(rig.engine.call('cancel', { executionId })).rejects.toEqual(refused('EXECUTION_CLOSED'));
      const unknown = executionId.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
      await expect(rig.engine.call('cancel', { executionId: unknown })).rejects.toEqual(refused('EXECUTION_NOT_FOUND'));
    });

    it('pause keeps tasks back, resume hands them out', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      await rig.engine.call('pause', { executionId });
      const worker = rig.worker();
      worker.send({ credits: 1 });
      await rig.settle();
      expect(worker.tasks).toEqual([]);
      await rig.engine.call('resume', { executionId });
      expect((await worker.next()).executionId).toBe(executionId);
    });
  });

  describe('watch', () => {
    it('pushes the past after a sequence number, then what happens, then the end', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: { needs: ['a'] } });
      const executionId = await rig.start();
      const worker = rig.worker();
      const first = await worker.take();
      const watch = rig.watch(executionId, 1);
      await watch.seen('node_leased');
      expect(watch.sequence).toEqual([2]);
      await worker.complete(first);
      await worker.complete(await worker.take());
      await watch.until(({ ended }) => ended);
      expect(watch.sequence).toEqual([2, 3, 4, 5, 6]);
      expect(watch.events.at(-1)?.kind).toBe('execution_completed');
    });

    it('of a closed execution ends after its past, of an unknown one at once', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      await rig.engine.call('cancel', { executionId });
      const watch = rig.watch(executionId);
      await watch.until(({ ended }) => ended);
      expect(watch.events.map(({ kind }) => kind)).toEqual([
        'execution_started',
        'node_cancelled',
        'execution_cancelled',
      ]);
      const nobody = rig.watch('exec-00000000-0000-7000-8000-000000000000');
      await nobody.until(({ ended }) => ended);
      expect(nobody.events).toEqual([]);
    });

    it('hears nothing after it was closed', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const executionId = await rig.start();
      const watch = rig.watch(executionId);
      await watch.seen('execution_started');
      watch.close();
      await rig.engine.call('cancel', { executionId });
      await rig.settle();
      expect(watch.events).toHaveLength(1);
    });
  });
});
