/** Schedules in the engine, by a clock that only the test moves: `serveDue` is what the timer of the engine would do. */
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { JsonObject, PipelineInfo, ScheduleSpec } from '../../../src/core/ir.js';
import type { ScheduleStatus } from '../../../src/engine/engine-port.js';
import type { ExecutionSummary } from '../../../src/engine/execution-detail.js';
import { nexumError } from '../../../src/errors.js';
import { stubExpressions } from '../../support/engine-execution.js';
import { createDatabase, describePostgres } from '../../support/postgres.js';
import { EngineRig, onEveryStore, type RigOptions } from '../../support/engine-rig.js';

const NOON = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An hourly schedule. */
function hourly(changes: Partial<ScheduleSpec> = {}): ScheduleSpec {
  return { name: 'hourly', cron: '0 * * * *', timezone: 'UTC', overlap: 'queue', catchUp: 'none', ...changes };
}

class ScheduleRig {
  private constructor(
    readonly engines: EngineRig,
    private readonly clock: { nowMs: number },
  ) {}

  /** Half an hour before noon. */
  static async open(options: RigOptions = {}, clock = { nowMs: NOON - HOUR / 2 }): Promise<ScheduleRig> {
    return new ScheduleRig(await EngineRig.open({ ...options, nowMs: () => clock.nowMs }), clock);
  }

  /** A second server on the same database, with the same clock. */
  second(): Promise<ScheduleRig> {
    return ScheduleRig.open({ at: this.engines.at }, this.clock);
  }

  async restart(): Promise<ScheduleRig> {
    return new ScheduleRig(await this.engines.restart(), this.clock);
  }

  async register(schedules: readonly ScheduleSpec[], pipeline: Partial<PipelineInfo> = {}): Promise<string> {
    const irJson = JSON.stringify({
      nodes: { a: { type: 'EFFECT', dependencies: [], 'x-nexum': { handler: 'h' } } },
      pipeline: { name: 'w', inputs: {}, schedules, ...pipeline },
    });
    const versionHash = `sha256:${createHash('sha256').update(irJson).digest('hex')}`;
    await this.engines.engine.call('registerWorkflow', { workflowId: 'w', versionHash, irJson });
    return versionHash;
  }

  at(ms: number): void {
    this.clock.nowMs = ms;
  }

  /** Moves the clock, and lets the engine look at it. */
  async serveAt(ms: number): Promise<void> {
    this.at(ms);
    await this.engines.serveDue();
  }

  /** Oldest first. */
  async executions(): Promise<ExecutionSummary[]> {
    return [...(await this.engines.engine.call('listExecutions', { limit: 1000 }))].reverse();
  }

  async statuses(): Promise<string[]> {
    return (await this.executions()).map(({ status }) => status);
  }

  async status(): Promise<ScheduleStatus> {
    const [status] = await this.engines.engine.call('listSchedules', { workflowId: 'w' });
    return status!;
  }

  async control(
    action: 'pause' | 'resume' | 'trigger' | 'backfill',
    range: { fromMs?: number; toMs?: number } = {},
  ): Promise<readonly string[]> {
    const args = { workflowId: 'w', name: 'hourly', action, ...range };
    return (await this.engines.engine.call('controlSchedule', args)).executionIds;
  }

  /** Runs what is under way, and what gets its turn then, to the end. */
  async finish(executionId: string): Promise<void> {
    const client = this.engines.client();
    client.send({ watchExecutionIds: [executionId] });
    const worker = this.engines.worker({ workerId: `w-${executionId}` });
    worker.runAll(1);
    await client.end(executionId);
    worker.close();
  }
}

onEveryStore(() => {
  describe('a schedule', () => {
    it('starts an execution of the newest version at its time, with its inputs, and goes on', async () => {
      const rig = await ScheduleRig.open();
      const given: JsonObject = { topic: 'news', count: 3 };
      await rig.register([hourly({ with: { topic: 'old' } })]);
      const newest = await rig.register([hourly({ with: given })]);
      expect(await rig.status()).toMatchObject({ name: 'hourly', cron: '0 * * * *', paused: false, nextAtMs: NOON });
      await rig.serveAt(NOON - 1);
      expect(await rig.executions()).toEqual([]);
      await rig.serveAt(NOON);
      const [execution] = await rig.executions();
      expect(execution).toMatchObject({ workflowId: 'w', versionHash: newest, schedule: 'hourly', status: 'RUNNING' });
      const { executionId } = execution!;
      const { payload } = await rig.engines.engine.call('getPayload', { executionId, seq: 1 });
      expect(JSON.parse(payload)).toEqual(given);
      const status = await rig.status();
      expect(status).toMatchObject({ nextAtMs: NOON + HOUR, lastAtMs: NOON, lastExecutionId: executionId });
      expect(status.lastProblem).toBeUndefined();
      await rig.serveAt(NOON + 1);
      expect(await rig.executions()).toHaveLength(1);
    });

    it('starts by itself: the timer of the engine knows it from its registration on, and after each time', async () => {
      const rig = await ScheduleRig.open({}, { nowMs: NOON - 30 });
      await rig.register([hourly({ cron: '* * * * * *' })]);
      const started = async (count: number): Promise<void> => {
        while ((await rig.executions()).length < count) await new Promise((resolve) => setImmediate(resolve));
      };
      rig.at(NOON + 980);
      await started(1);
      rig.at(NOON + 1000);
      await started(2);
    });

    it('that cannot advance starts its time once: a crash between the two, or a store that fails there', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      vi.spyOn(rig.engines.store, 'updateSchedule').mockRejectedValue(nexumError('STORE_UNAVAILABLE', 'no database'));
      await rig.serveAt(NOON);
      await rig.engines.serveDue();
      expect(await rig.executions()).toHaveLength(1);
      expect((await rig.status()).nextAtMs).toBe(NOON);
      const next = await rig.restart();
      const [execution, ...others] = await next.executions();
      expect(others).toEqual([]);
      expect(await next.status()).toMatchObject({
        lastAtMs: NOON,
        nextAtMs: NOON + HOUR,
        lastExecutionId: execution?.executionId,
      });
      expect(rig.engines.fatal).toEqual([]);
    });

    it('that was started before a new version came is not started again by that version', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      const update = vi.spyOn(rig.engines.store, 'updateSchedule');
      update.mockRejectedValueOnce(nexumError('STORE_UNAVAILABLE', 'no database'));
      await rig.serveAt(NOON);
      await rig.register([hourly({ with: { other: 'input' } })]);
      await rig.engines.serveDue();
      const [execution, ...others] = await rig.executions();
      expect(others).toEqual([]);
      expect(await rig.status()).toMatchObject({ nextAtMs: NOON + HOUR, lastExecutionId: execution?.executionId });
    });

    it('whose start is refused says why, and goes on', async () => {
      const renderTemplate = (): never => {
        throw nexumError('INVALID_INPUT', 'topic is missing\0');
      };
      const rig = await ScheduleRig.open({ expressions: { ...stubExpressions, renderTemplate } });
      await rig.register([hourly()], { concurrency: { key: 'k', limit: 1, onConflict: 'reject' } });
      await rig.serveAt(NOON);
      const status = await rig.status();
      expect(await rig.executions()).toEqual([]);
      expect(status).toMatchObject({ lastAtMs: NOON, nextAtMs: NOON + HOUR });
      expect(status.lastProblem).toBe('INVALID_INPUT: topic is missing\uFFFD');
    });

    it('with a cron that nobody understands is refused with its version', async () => {
      const rig = await ScheduleRig.open();
      await expect(rig.register([hourly({ cron: '61 * * * *' })])).rejects.toMatchObject({ code: 'INVALID_WORKFLOW' });
      await expect(rig.engines.engine.call('listWorkflows', { workflowId: 'w' })).resolves.toEqual([]);
    });
  });

  describe('overlap', () => {
    it('skip: no execution while the one before is under way, then again', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ overlap: 'skip' })]);
      await rig.serveAt(NOON);
      const [first] = await rig.executions();
      await rig.serveAt(NOON + HOUR);
      expect(await rig.executions()).toHaveLength(1);
      expect(await rig.status()).toMatchObject({
        lastAtMs: NOON + HOUR,
        nextAtMs: NOON + 2 * HOUR,
        lastExecutionId: first?.executionId,
        lastProblem: `skipped: execution ${first?.executionId} is still under way`,
      });
      await rig.finish(first!.executionId);
      await rig.serveAt(NOON + 2 * HOUR);
      expect(await rig.statuses()).toEqual(['COMPLETED', 'RUNNING']);
      expect((await rig.status()).lastProblem).toBeUndefined();
    });

    it('queue: the next execution waits until the one before has ended', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ overlap: 'queue' })]);
      await rig.serveAt(NOON);
      await rig.serveAt(NOON + HOUR);
      const [first, second] = await rig.executions();
      expect([first?.status, second?.status]).toEqual(['RUNNING', 'WAITING']);
      const watch = rig.engines.watch(second!.executionId);
      await rig.finish(first!.executionId);
      await watch.seen('execution_admitted');
      expect(await rig.statuses()).toEqual(['COMPLETED', 'RUNNING']);
    });

    it('cancel_running: the next execution takes the place of the one before', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ overlap: 'cancel_running' })]);
      await rig.serveAt(NOON);
      const [first] = await rig.executions();
      const watch = rig.engines.watch(first!.executionId);
      await rig.serveAt(NOON + HOUR);
      await watch.seen('execution_cancelled');
      const [, second] = await rig.executions();
      const next = rig.engines.watch(second!.executionId);
      await next.seen('execution_admitted');
      expect(await rig.statuses()).toEqual(['CANCELLED', 'RUNNING']);
    });

    it('gives way to the `concurrency` of the pipeline', async () => {
      const rig = await ScheduleRig.open();
      const concurrency = { key: 'k', limit: 2, onConflict: 'reject' } as const;
      await rig.register([hourly({ overlap: 'skip' })], { concurrency });
      await rig.engines.start();
      await rig.serveAt(NOON);
      expect(await rig.statuses()).toEqual(['RUNNING', 'RUNNING']);
      await rig.serveAt(NOON + HOUR);
      expect(await rig.statuses()).toEqual(['RUNNING', 'RUNNING']);
      expect((await rig.status()).lastProblem).toContain('is still under way');
    });

    it('does not look at executions that somebody else started, or another schedule', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ overlap: 'skip' }), hourly({ name: 'too', overlap: 'skip' })]);
      await rig.engines.start();
      await rig.serveAt(NOON);
      expect(await rig.statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    });
  });

  describe('times that passed while no server ran', () => {
    it.each([
      ['none', [] as number[]],
      ['last', [3]],
      ['all', [0, 1, 2, 3]],
    ] as const)('catch_up %s', async (catchUp, expected) => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ catchUp })]);
      rig.at(NOON + 3.5 * HOUR);
      const next = await rig.restart();
      const keys = (await next.engines.store.listExecutions({ limit: 100 })).map(({ idempotencyKey = '' }) =>
        Number(idempotencyKey.replace('schedule:w:hourly:', '')),
      );
      expect(keys.reverse().map((atMs) => (atMs - NOON) / HOUR)).toEqual(expected);
      const status = await next.status();
      expect(status.nextAtMs).toBe(NOON + 4 * HOUR);
      if (catchUp === 'none') expect(status.lastProblem).toBe('missed: no server ran at 2026-01-01T12:00:00.000Z');
      else expect(status).toMatchObject({ lastAtMs: NOON + 3 * HOUR });
    });

    it('are no missed ones within a minute', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      rig.at(NOON + MINUTE);
      const next = await rig.restart();
      expect(await next.executions()).toHaveLength(1);
    });
  });

  describe('control', () => {
    it('pause stops the times until resume, which makes up for none', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ catchUp: 'all' })]);
      expect(await rig.control('pause')).toEqual([]);
      await rig.control('pause');
      const paused = await rig.status();
      expect(paused.paused).toBe(true);
      expect(paused.nextAtMs).toBeUndefined();
      await rig.serveAt(NOON + 2.5 * HOUR);
      const next = await rig.restart();
      expect((await next.status()).paused).toBe(true);
      await next.control('resume');
      await next.control('resume');
      expect(await next.status()).toMatchObject({ paused: false, nextAtMs: NOON + 3 * HOUR });
      await next.engines.serveDue();
      expect(await next.executions()).toEqual([]);
      await next.serveAt(NOON + 3 * HOUR);
      expect(await next.executions()).toHaveLength(1);
    });

    it('resume of a schedule that is not paused leaves a time that is due just now', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      rig.at(NOON);
      await rig.control('resume');
      await rig.engines.serveDue();
      expect(await rig.executions()).toHaveLength(1);
    });

    it('trigger starts one now, each time, by the same rule of overlap, also when paused', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ overlap: 'skip', with: { x: 1 } })]);
      await rig.control('pause');
      const [first] = await rig.control('trigger');
      expect(await rig.executions()).toMatchObject([{ executionId: first, schedule: 'hourly' }]);
      expect(await rig.status()).toMatchObject({ paused: true, lastExecutionId: first, lastAtMs: NOON - HOUR / 2 });
      await expect(rig.control('trigger')).rejects.toMatchObject({ code: 'CONCURRENCY_LIMIT' });
      await rig.finish(first!);
      const [second] = await rig.control('trigger');
      expect(second).not.toBe(first);
    });

    it('trigger takes no time from the schedule, even in the same moment', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      rig.at(NOON);
      await rig.control('trigger');
      await rig.engines.serveDue();
      expect(await rig.executions()).toHaveLength(2);
      expect((await rig.status()).nextAtMs).toBe(NOON + HOUR);
    });

    it('backfill starts one for each time, in their order, and finds those that ran', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly({ overlap: 'skip' })]);
      await rig.serveAt(NOON);
      const [ran] = await rig.executions();
      rig.at(NOON + HOUR / 2);
      const range = { fromMs: NOON - 2 * HOUR, toMs: NOON + 1 };
      const ids = await rig.control('backfill', range);
      expect(ids).toHaveLength(3);
      expect(ids[2]).toBe(ran?.executionId);
      expect(await rig.control('backfill', range)).toEqual(ids);
      expect(await rig.executions()).toMatchObject([
        { executionId: ids[2], status: 'RUNNING' },
        { executionId: ids[0], status: 'WAITING' },
        { executionId: ids[1], status: 'WAITING' },
      ]);
    });

    it('backfill refuses what is too much, lies in the future or is no range', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      const fromMs = NOON - 1001 * HOUR;
      await expect(rig.control('backfill', { fromMs, toMs: NOON - HOUR + 1 })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('1001 times') as unknown,
      });
      for (const range of [
        {},
        { fromMs: NOON },
        { fromMs: NOON - HOUR, toMs: NOON - HOUR },
        { fromMs, toMs: NOON + 1 },
      ])
        await expect(rig.control('backfill', range)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      expect(await rig.executions()).toEqual([]);
    });

    it('of an unknown schedule names those that there are', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      const args = { workflowId: 'w', name: 'daily', action: 'pause' } as const;
      await expect(rig.engines.engine.call('controlSchedule', args)).rejects.toMatchObject({
        code: 'SCHEDULE_NOT_FOUND',
        message: 'workflow w has no schedule "daily"; it has the schedules hourly',
      });
      const other = { ...args, workflowId: 'nobody' };
      await expect(rig.engines.engine.call('controlSchedule', other)).rejects.toThrow('it has no schedules');
    });
  });

  describe('a new version', () => {
    it('with another cron starts by that one from now on', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      await rig.register([hourly({ cron: '45 * * * *' })]);
      await rig.serveAt(NOON - HOUR / 4);
      expect(await rig.executions()).toHaveLength(1);
      await rig.serveAt(NOON);
      expect(await rig.executions()).toHaveLength(1);
      expect((await rig.status()).nextAtMs).toBe(NOON + 0.75 * HOUR);
    });

    it('without schedules ends them, and registering an older version again does not bring them back', async () => {
      const rig = await ScheduleRig.open();
      await rig.register([hourly()]);
      await rig.register([]);
      await rig.register([hourly()]);
      await rig.serveAt(NOON);
      expect(await rig.executions()).toEqual([]);
      expect(await rig.engines.engine.call('listSchedules', {})).toEqual([]);
    });
  });
});

describePostgres('two servers on one database', () => {
  it('start each time once', async () => {
    const database = await createDatabase();
    const a = await ScheduleRig.open({ at: database.url });
    const b = await a.second();
    await a.register([hourly({ overlap: 'skip' }), hourly({ name: 'queued' })]);
    for (let hour = 0; hour < 5; hour += 1) {
      a.at(NOON + hour * HOUR);
      await Promise.all([a.engines.serveDue(), b.engines.serveDue()]);
    }
    const started = (await a.executions()).map(({ schedule }) => schedule);
    expect(started.filter((name) => name === 'queued')).toHaveLength(5);
    expect(started.filter((name) => name === 'hourly')).toHaveLength(1);
    expect(await b.status()).toMatchObject({ lastAtMs: NOON + 4 * HOUR, nextAtMs: NOON + 5 * HOUR });
    await a.engines.stop();
    await b.engines.stop();
    await database.drop();
  });
});
