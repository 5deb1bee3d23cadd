/** What the engine counts, on a real engine: committed work, and nothing else. */
import { describe, expect, it } from 'vitest';
import { EngineMetrics } from '../../../src/server/engine-metrics.js';
import { NO_DELAY } from '../../support/engine-execution.js';
import { EngineRig, type RigOptions } from '../../support/engine-rig.js';

async function open(options: RigOptions = {}): Promise<{ rig: EngineRig; value: (series: string) => Promise<number> }> {
  const metrics = new EngineMetrics();
  const rig = await EngineRig.open({ observer: metrics, ...options });
  return {
    rig,
    value: async (series) => {
      const text = await metrics.text(await rig.engine.call('getGauges', {}));
      const line = text.split('\n').find((one) => one.startsWith(`${series} `));
      if (line === undefined) throw new Error(`no ${series} in\n${text}`);
      return Number(line.slice(series.length + 1));
    },
  };
}

const EXECUTIONS = (outcome: string, kind = 'pipeline'): string =>
  `nexum_executions_total{outcome="${outcome}",kind="${kind}"}`;
const NODES = (status: string): string => `nexum_nodes_total{status="${status}",kind="pipeline"}`;
const ATTEMPTS = (outcome: string): string => `nexum_attempts_total{outcome="${outcome}",kind="pipeline"}`;

describe('counters', () => {
  it('count executions, nodes and attempts by what became of them', async () => {
    const { rig, value } = await open();
    await rig.register({ a: { retry: { ...NO_DELAY, maxAttempts: 2 } }, no: { needs: ['a'], if: 'false' } });
    const worker = rig.worker();
    await rig.start();
    expect(await value(EXECUTIONS('started'))).toBe(1);
    expect(await value(EXECUTIONS('completed'))).toBe(0);
    await worker.fail(await worker.take());
    await worker.complete(await worker.take());
    expect(await value(EXECUTIONS('completed'))).toBe(1);
    expect(await value(NODES('completed'))).toBe(1);
    expect(await value(NODES('skipped'))).toBe(1);
    expect(await value(ATTEMPTS('failed'))).toBe(1);
    expect(await value(ATTEMPTS('completed'))).toBe(1);

    await rig.start();
    await worker.fail(await worker.take());
    await worker.fail(await worker.take());
    expect(await value(EXECUTIONS('failed'))).toBe(1);
    expect(await value(NODES('failed'))).toBe(1);
    expect(await value(ATTEMPTS('failed'))).toBe(3);

    const cancelled = await rig.start();
    const task = await worker.take();
    worker.send({ releases: [{ taskId: task.taskId }] });
    await worker.answer(task.taskId);
    expect(await value(ATTEMPTS('released'))).toBe(1);
    await rig.engine.call('cancel', { executionId: cancelled });
    expect(await value(EXECUTIONS('cancelled'))).toBe(1);
    expect(await value(NODES('cancelled'))).toBe(1);
    expect(await value(EXECUTIONS('started'))).toBe(3);
  });

  it('count the executions of durable calls apart', async () => {
    const { rig, value } = await open();
    await rig.register({ call: { handler: 'nexum.call' } }, 'nexum.call');
    await rig.start('{}', 'nexum.call');
    expect(await value(EXECUTIONS('started'))).toBe(0);
    expect(await value(EXECUTIONS('started', 'call'))).toBe(1);
    expect(await value('nexum_executions_active{status="RUNNING",kind="call"}')).toBe(1);
    expect(await value('nexum_ready_nodes{kind="call"}')).toBe(1);
    expect(await value('nexum_oldest_ready_seconds')).toBe(0);
  });

  it('count one commit per commit of the store, with its commands', async () => {
    const { rig, value } = await open();
    await rig.register({ a: {}, b: { needs: ['a'] } });
    const before = rig.store.counters.commits;
    const worker = rig.worker();
    await Promise.all([rig.start(), rig.start(), rig.start()]);
    worker.runAll();
    await worker.until(({ answers }) => answers.length === 6);
    const commits = rig.store.counters.commits - before;
    expect(await value('nexum_commit_duration_seconds_count')).toBe(commits);
    // Three starts, six completions; dispatch is no command.
    expect(await value('nexum_batch_commands_sum')).toBe(9);
    expect(await value('nexum_commit_duration_seconds_sum')).toBeGreaterThan(0);
  });

  it('leave a commit that only dispatches out of the commands per batch', async () => {
    const { rig, value } = await open();
    await rig.register({ a: {} });
    await rig.start();
    await rig.worker().take();
    expect(await value('nexum_commit_duration_seconds_count')).toBe(2);
    expect(await value('nexum_batch_commands_count')).toBe(1);
    expect(await value('nexum_batch_commands_sum')).toBe(1);
  });

  it('do not count what was rolled back', async () => {
    const { rig, value } = await open();
    await rig.register({ a: {} });
    await rig.start();
    // The file may not grow any more: the next start with a large input is refused.
    rig.sqlite.setQuota(1);
    const refused = rig.start(JSON.stringify('x'.repeat(1_000_000)));
    await expect(refused).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(await value(EXECUTIONS('started'))).toBe(1);
    expect(await value('nexum_commit_duration_seconds_count')).toBe(1);
  });
});

describe('gauges', () => {
  it('show what is ready, leased and attached', async () => {
    let nowMs = 1_700_000_000_000;
    const metrics = new EngineMetrics();
    const rig = await EngineRig.open({ observer: metrics, nowMs: () => nowMs });
    const lines = async (): Promise<string[]> =>
      (await metrics.text(await rig.engine.call('getGauges', {}))).split('\n');
    await rig.register({ a: {} });
    await rig.start();
    await rig.start();
    nowMs += 4000;
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nexum_executions_active{status="RUNNING",kind="pipeline"} 2',
        'nexum_ready_nodes{kind="pipeline"} 2',
        'nexum_oldest_ready_seconds 4',
        'nexum_leased_nodes{kind="pipeline"} 0',
        'nexum_oldest_lease_seconds 0',
        'nexum_workers_attached 0',
        'nexum_streams{kind="work"} 0',
      ]),
    );
    const worker = rig.worker({ leaseMs: 30_000 });
    const client = rig.client();
    const task = await worker.take();
    worker.send({ credits: 3 });
    await worker.until(({ tasks }) => tasks.length === 2);
    nowMs += 7000;
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nexum_ready_nodes{kind="pipeline"} 0',
        'nexum_oldest_ready_seconds 0',
        'nexum_leased_nodes{kind="pipeline"} 2',
        'nexum_oldest_lease_seconds 7',
        'nexum_workers_attached 1',
        'nexum_worker_credits 2',
        'nexum_streams{kind="work"} 1',
        'nexum_streams{kind="execute"} 1',
      ]),
    );
    await rig.engine.call('heartbeat', { workerId: 'w1', taskIds: worker.tasks.map(({ taskId }) => taskId) });
    expect(await lines()).toContain('nexum_oldest_lease_seconds 0');
    await worker.complete(task);
    worker.close();
    client.close();
    client.close();
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nexum_workers_attached 0',
        'nexum_worker_credits 0',
        'nexum_streams{kind="work"} 0',
        'nexum_streams{kind="execute"} 0',
      ]),
    );
  });

  it('count what was purged and refused', async () => {
    const { rig, value } = await open({ maxQueue: 1 });
    await rig.register({ a: {} });
    await rig.start();
    await expect(rig.start()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(await value('nexum_starts_refused_total')).toBe(1);
    const worker = rig.worker();
    await worker.complete(await worker.take());
    await rig.engine.call('purge', { finishedBeforeMs: Date.now() + 60_000, limit: 10, dryRun: false });
    expect(await value('nexum_executions_purged_total')).toBe(1);
  });

  it('count what waits for something else than a worker', async () => {
    const { rig, value } = await open();
    expect(await value('nexum_waiting_nodes{waits_for="timer"}')).toBe(0);
    const irJson = JSON.stringify({ nodes: { wait: { type: 'TIMER', dependencies: [], delay_seconds: 60 } } });
    await rig.engine.call('registerWorkflow', { workflowId: 'timer', versionHash: 'v', irJson });
    await rig.start('{}', 'timer');
    expect(await value('nexum_waiting_nodes{waits_for="timer"}')).toBe(1);
  });
});
