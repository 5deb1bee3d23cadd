/** Two engines on one database: what happens at one of them reaches the workers, clients and watchers of the other. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Expressions } from '../../src/core/command.js';
import { PeerDesk } from '../../src/engine/peer-desk.js';
import { PostgresPeers } from '../../src/store/postgres/postgres-peers.js';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import { emptyDatabases } from '../support/empty-database.js';
import { NO_DELAY, stubExpressions, type NodeSketch } from '../support/engine-execution.js';
import { EngineRig, type RigOptions } from '../support/engine-rig.js';
import { describePostgres } from '../support/postgres.js';
import { until } from '../support/processes.js';

/** Long enough that nothing expires by itself; the grace after a disconnect is 200 ms. */
const LEASE_MS = 6000;

const empty = emptyDatabases();

function peersOf(rig: EngineRig): PostgresPeers {
  return (rig.store as PostgresStore).peers;
}

/** Both know of each other, and listen. */
async function openTwo(options: RigOptions & { deaf?: boolean } = {}): Promise<[EngineRig, EngineRig]> {
  const at = await empty();
  const rigs: [EngineRig, EngineRig] = [
    await EngineRig.open({ ...options, at }),
    await EngineRig.open({ ...options, at }),
  ];
  for (const rig of rigs) {
    await peersOf(rig)['beat']();
    if (options.deaf !== true) await until(() => (peersOf(rig)['listener'] ? true : undefined), 'the engine listens');
  }
  onTestFinished(() => {
    expect(rigs.flatMap(({ fatal }) => fatal)).toEqual([]);
  });
  return rigs;
}

/** A chain of four and forty at once; each engine has the handler of one half. */
const CHAIN_AND_SINGLES: Record<string, NodeSketch> = {};
for (let index = 0; index < 44; index += 1) {
  const needs = index > 0 && index < 4 ? [`n${index - 1}`] : [];
  CHAIN_AND_SINGLES[`n${index}`] = { needs, handler: index % 2 === 0 ? 'ha' : 'hb' };
}

/** The two ways in which news travel, each of them alone. */
const WAYS: readonly (readonly [string, () => { mockRestore(): void }])[] = [
  [
    'by hints alone',
    () => vi.spyOn(PeerDesk.prototype as unknown as { poll(): Promise<void> }, 'poll').mockResolvedValue(),
  ],
  ['by polling alone', () => vi.spyOn(PostgresPeers.prototype, 'listen').mockReturnValue()],
];

describePostgres.each(WAYS)('two engines that hear of each other %s', (way, silenceTheOther) => {
  async function openSilenced(): Promise<[EngineRig, EngineRig]> {
    const silence = silenceTheOther();
    onTestFinished(() => {
      silence.mockRestore();
    });
    return openTwo({ deaf: way === 'by polling alone' });
  }

  it('work that a start through one makes ready reaches a worker of the other', async () => {
    const [a, b] = await openSilenced();
    await a.register({ n: {} });
    const worker = b.worker();
    worker.send({ credits: 1 });
    await b.settle();
    const executionId = await a.start('{"n":1}');
    const task = await worker.next();
    expect(task).toMatchObject({ executionId, node: 'n', attempt: 1, inputJson: '{"input":{"n":1},"deps":{}}' });
    expect(await worker.complete(task)).toMatchObject({ alreadyApplied: false });
    expect((await a.detail(executionId)).status).toBe('COMPLETED');
  });

  it('the end of an execution through one reaches a client of the other', async () => {
    const [a, b] = await openSilenced();
    const versionHash = await a.register({ n: {} });
    const client = a.client();
    client.send({ starts: [{ ref: 1, workflowId: 'w', versionHash, inputJson: '{}' }] });
    const { executionId = '' } = await client.startedAs(1);
    const worker = b.worker();
    await worker.complete(await worker.take(), '{"by":"b"}');
    expect(await client.end(executionId)).toMatchObject({ status: 'COMPLETED', outputJson: '{"by":"b"}' });
    expect(client.finished).toHaveLength(1);
  });

  it('the events of one reach a watch at the other in order, each once', async () => {
    const [a, b] = await openSilenced();
    await a.register({ n: {}, m: { needs: ['n'] } });
    const executionId = await a.start();
    const watch = a.watch(executionId);
    b.worker().runAll();
    await watch.until(({ ended }) => ended);
    expect(watch.events).toEqual(await b.engine.call('listEvents', { executionId, afterSeq: 0, limit: 100 }));
    expect(watch.sequence).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('a cancel through one ends the handler of a worker of the other', async () => {
    const [a, b] = await openSilenced();
    await a.register({ n: {} });
    const executionId = await a.start();
    const worker = b.worker();
    const task = await worker.take();
    await a.engine.call('cancel', { executionId });
    // Without a hint, the next heartbeat says so.
    const beat = (): Promise<{ staleTaskIds: readonly string[] }> =>
      b.engine.call('heartbeat', { workerId: 'w1', taskIds: [task.taskId] });
    if (way === 'by hints alone') await worker.until(({ stops }) => stops.includes(task.taskId));
    expect(await beat()).toEqual({ staleTaskIds: [task.taskId] });
    expect(await worker.complete(task)).toMatchObject({ code: 'EXECUTION_CLOSED' });
  });
});

describePostgres('two engines', () => {
  it('stream the events of both to a watch at each, in order, each once', async () => {
    const [a, b] = await openTwo();
    await a.register(CHAIN_AND_SINGLES);
    const executionId = await a.start();
    const watches = [a.watch(executionId), b.watch(executionId), b.watch(executionId, 20)];
    const workers = [
      a.worker({ workerId: 'wa', filter: { handlers: ['ha'] } }),
      b.worker({ workerId: 'wb', filter: { handlers: ['hb'] } }),
    ];
    for (const worker of workers) worker.runAll(2);
    await Promise.all(watches.map((watch) => watch.until(({ ended }) => ended)));
    for (const { tasks } of workers) expect(tasks).toHaveLength(22);
    const all = await a.engine.call('listEvents', { executionId, afterSeq: 0, limit: 1000 });
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(watches.map(({ events }) => events)).toEqual([all, all, all.slice(20)]);
  });

  it('share one wide execution, though each passes over it while the other holds it, without waiting for a poll', async () => {
    const silence = vi.spyOn(PeerDesk.prototype as unknown as { poll(): Promise<void> }, 'poll').mockResolvedValue();
    onTestFinished(() => {
      silence.mockRestore();
    });
    const rigs = await openTwo();
    const [a, b] = rigs;
    // Each engine alone can execute one half: neither may be left waiting while the other is busy.
    const nodes = Array.from({ length: 120 }, (_, index) => [`n${index}`, { handler: index % 2 === 0 ? 'ha' : 'hb' }]);
    await a.register(Object.fromEntries(nodes) as Record<string, NodeSketch>);
    const workers = rigs.map((rig, index) =>
      rig.worker({ workerId: `w${index}`, filter: { handlers: [index === 0 ? 'ha' : 'hb'] } }),
    );
    for (const worker of workers) worker.runAll(3);
    await Promise.all(rigs.map((rig) => rig.settle()));
    const executionId = await b.start();
    const watch = a.watch(executionId);
    await watch.until(({ ended }) => ended);
    expect(workers.map(({ tasks }) => tasks.length)).toEqual([60, 60]);
  });

  it('hand a retry that becomes due to the worker of either', async () => {
    const [a, b] = await openTwo();
    await a.register({ n: { retry: { ...NO_DELAY, initialIntervalMs: 50, maxIntervalMs: 50 } } });
    await a.start();
    const first = a.worker({ workerId: 'wa' });
    await first.fail(await first.take());
    first.close();
    const second = b.worker({ workerId: 'wb' });
    second.send({ credits: 1 });
    expect(await second.next()).toMatchObject({ node: 'n', attempt: 2 });
  });
});

describePostgres('a worker', () => {
  it('that goes from one engine to another keeps its lease', async () => {
    const [a, b] = await openTwo();
    await a.register({ n: {} });
    const executionId = await a.start();
    const before = a.worker({ leaseMs: LEASE_MS });
    const task = await before.take();
    const asked = vi.spyOn(peersOf(a), 'findSession');
    const attached = vi.spyOn(peersOf(b), 'attach');
    const after = b.worker({ leaseMs: LEASE_MS, heldTaskIds: [task.taskId] });
    await until(() => attached.mock.settledResults.find(({ type }) => type === 'fulfilled'), 'the worker is attached');
    before.close();
    await until(() => asked.mock.settledResults.find(({ type }) => type === 'fulfilled'), 'the first engine has asked');
    await a.settle();
    expect((await after.complete(task)).code).toBeUndefined();
    const events = await a.engine.call('listEvents', { executionId, afterSeq: 0, limit: 100 });
    expect(events.map(({ kind }) => kind)).toEqual([
      'execution_started',
      'node_leased',
      'node_completed',
      'execution_completed',
    ]);
  });

  it('that vanishes loses its lease to a worker of the other engine', async () => {
    const [a, b] = await openTwo();
    await a.register({ n: {} });
    const executionId = await a.start();
    const dying = a.worker({ workerId: 'dying', leaseMs: LEASE_MS });
    const task = await dying.take();
    const next = b.worker({ workerId: 'next', leaseMs: LEASE_MS });
    next.send({ credits: 1 });
    dying.close();
    expect(await next.next()).toMatchObject({ executionId, attempt: 2 });
    const events = await b.engine.call('listEvents', { executionId, afterSeq: 0, limit: 100 });
    expect(events.find(({ kind }) => kind === 'attempt_lost')).toMatchObject({ reason: 'worker_disconnected' });
    // The zombie is fenced, wherever it comes back.
    const answer = await b.engine.call('complete', { taskId: task.taskId, outputJson: '1' });
    expect(answer.code).toBe('STALE_LEASE');
  });

  it('whose engine died with it loses its lease by time, at the other engine', async () => {
    const [a, b] = await openTwo();
    await a.register({ n: {} });
    await a.start();
    await a.worker({ workerId: 'dying', leaseMs: 300 }).take();
    await a.stop();
    const next = b.worker({ workerId: 'next', leaseMs: LEASE_MS });
    next.send({ credits: 1 });
    expect(await next.next()).toMatchObject({ attempt: 2 });
  });
});

describePostgres('a start', () => {
  it('without a version takes the newest one, whichever engine it was registered through', async () => {
    const [a, b] = await openTwo();
    const versionOf = async (rig: EngineRig): Promise<string> => (await rig.detail(await rig.start())).versionHash;
    const first = await a.register({ n: {} });
    expect(await versionOf(b)).toBe(first);
    const second = await b.register({ n: {}, m: {} });
    expect([await versionOf(a), await versionOf(b)]).toEqual([second, second]);
    const third = await a.register({ n: {}, o: {} });
    expect([await versionOf(a), await versionOf(b)]).toEqual([third, third]);
  });

  it('with one idempotency key through both at the same moment is one execution, a hundred times', async () => {
    const [a, b] = await openTwo();
    const versionHash = await a.register({ n: {} });
    const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);
    const start = (
      { engine }: EngineRig,
      idempotencyKey: string,
    ): Promise<{ executionId: string; alreadyApplied: boolean }> =>
      engine.call('start', { workflowId: 'w', versionHash, inputJson: '{}', idempotencyKey });
    const [atA, atB] = await Promise.all([
      Promise.all(keys.map((key) => start(a, key))),
      Promise.all(keys.toReversed().map((key) => start(b, key))),
    ]);
    for (const [index, one] of atA.entries()) {
      const other = atB[keys.length - 1 - index]!;
      expect(other.executionId).toBe(one.executionId);
      expect([one.alreadyApplied, other.alreadyApplied].sort()).toEqual([false, true]);
    }
    expect(await a.engine.call('listExecutions', { limit: 1000 })).toHaveLength(keys.length);
  });

  it('with the same key and another input is refused by the engine that comes second', async () => {
    const [a, b] = await openTwo();
    const versionHash = await a.register({ n: {} });
    const request = { workflowId: 'w', versionHash, idempotencyKey: 'k' };
    const answers = await Promise.allSettled([
      a.engine.call('start', { ...request, inputJson: '1' }),
      b.engine.call('start', { ...request, inputJson: '2' }),
    ]);
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'IDEMPOTENCY_CONFLICT' } }]);
  });
});

describePostgres('200 tasks at two engines', () => {
  it('go to one worker each, over several rounds', async () => {
    const [a, b] = await openTwo();
    await a.register({ n: {}, m: { needs: ['n'] } });
    const workers = [a, b, a, b].map((rig, index) => rig.worker({ workerId: `w${index}` }));
    for (const worker of workers) worker.runAll(16);
    const clients = [a.client(), b.client()];
    const executionIds = await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? a : b).start()),
    );
    for (const client of clients) client.send({ watchExecutionIds: executionIds });
    for (const client of clients) await Promise.all(executionIds.map((id) => client.end(id)));
    const tasks = workers.flatMap((worker) => worker.tasks.map(({ executionId, node }) => `${executionId} ${node}`));
    expect(tasks).toHaveLength(400);
    expect(new Set(tasks).size).toBe(400);
    expect(workers.flatMap((worker) => worker.answers.filter(({ code }) => code !== undefined))).toEqual([]);
  });
});

describePostgres('payloads too large to be remembered', () => {
  const LARGE = JSON.stringify({ text: 'x'.repeat(100 * 1024), ok: true });

  describe('of a result', () => {
    it('are compared when it comes twice, at either engine', async () => {
      const [a, b] = await openTwo();
      await a.register({ n: {}, m: { needs: ['n'] } });
      await a.start();
      const worker = a.worker();
      const task = await worker.take();
      expect(await worker.complete(task, LARGE)).toMatchObject({ alreadyApplied: false });
      for (const { engine } of [a, b]) {
        const again = { taskId: task.taskId, outputJson: LARGE };
        expect(await engine.call('complete', again)).toMatchObject({ alreadyApplied: true });
        const other = { taskId: task.taskId, outputJson: LARGE.replace('true', 'null') };
        expect((await engine.call('complete', other)).code).toBe('RESULT_CONFLICT');
      }
    });

    it('reach conditions and tasks at the engine that has never seen them', async () => {
      const read: number[] = [];
      const expressions: Expressions = {
        ...stubExpressions,
        evaluateCondition: (source, { nodes, inputs }) => {
          read.push(JSON.stringify(nodes['a']?.output).length, JSON.stringify(inputs).length);
          return source === 'yes';
        },
      };
      const [a, b] = await openTwo({ expressions });
      await a.register({ a: {}, b: {}, c: { needs: ['a', 'b'], if: 'yes' }, d: { needs: ['a', 'b'], if: 'no' } });
      const executionId = await a.start(LARGE);
      const [first, second] = [a.worker({ workerId: 'wa' }), b.worker({ workerId: 'wb' })];
      const tasks = [await first.take(), await second.take()];
      for (const { inputJson } of tasks) expect(inputJson).toBe(`{"input":${LARGE},"deps":{}}`);
      const [taskA, taskB] = tasks.sort((x, y) => (x.node < y.node ? -1 : 1));
      const complete = (rig: EngineRig, taskId: string): Promise<unknown> =>
        rig.engine.call('complete', { taskId, outputJson: LARGE });
      await complete(a, taskA!.taskId);
      await complete(b, taskB!.taskId);
      expect(read).toEqual([LARGE.length, LARGE.length, LARGE.length, LARGE.length]);
      expect((await first.take()).inputJson).toBe(`{"input":${LARGE},"deps":{"a":${LARGE},"b":${LARGE}}}`);
      expect(await b.nodes(executionId)).toMatchObject({ a: 'COMPLETED', b: 'COMPLETED', c: 'LEASED', d: 'SKIPPED' });
    });
  });
});
