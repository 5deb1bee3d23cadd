/** What every store must do with schedules: a part of the table in conformance.ts. */
import { expect } from 'vitest';
import type { ScheduleSpec } from '../../src/core/ir.js';
import type { ScheduleRecord, Store, TimedSchedule } from '../../src/store/store.js';
import { AT_MS } from '../support/store-records.js';
import type { ConformanceCase } from './conformance-case.js';

function specOf(name: string, changes: Partial<ScheduleSpec> = {}): ScheduleSpec {
  return { name, cron: '0 6 * * *', timezone: 'Europe/Berlin', overlap: 'skip', catchUp: 'none', ...changes };
}

function timed(name: string, nextAtMs: number | undefined, changes: Partial<ScheduleSpec> = {}): TimedSchedule {
  return { spec: specOf(name, changes), ...(nextAtMs === undefined ? {} : { nextAtMs }) };
}

let versions = 0;

async function register(store: Store, schedules: readonly TimedSchedule[], workflowId = 'w'): Promise<void> {
  versions += 1;
  await store.putWorkflow(
    { workflowId, versionHash: `sha256:${versions}`, irJson: '{}', registeredAtMs: AT_MS },
    schedules,
  );
}

async function only(store: Store): Promise<ScheduleRecord> {
  const records = await store.listSchedules();
  expect(records).toHaveLength(1);
  return records[0]!;
}

export const SCHEDULE_CONFORMANCE: readonly ConformanceCase[] = [
  {
    name: 'schedules come with a new version, are listed by workflow and name, and survive the store',
    run: async (store, reopen) => {
      const input = { text: 'ü \u0000 \ud800', list: [1] };
      await register(store, [timed('b', AT_MS + 2, { with: input, catchUp: 'all' }), timed('a', undefined)]);
      await register(store, [timed('c', AT_MS + 1, { overlap: 'queue' })], 'v');
      const expected = [
        { workflowId: 'v', paused: false, ...timed('c', AT_MS + 1, { overlap: 'queue' }) },
        { workflowId: 'w', paused: false, ...timed('a', undefined) },
        { workflowId: 'w', paused: false, ...timed('b', AT_MS + 2, { with: input, catchUp: 'all' }) },
      ];
      expect(await store.listSchedules()).toEqual(expected);
      const again = await reopen();
      expect(await again.listSchedules()).toEqual(expected);
      expect(await again.listSchedules('w')).toEqual(expected.slice(1));
      expect(await again.listSchedules('nobody')).toEqual([]);
    },
  },
  {
    name: 'a version that was there before changes no schedule',
    run: async (store) => {
      const version = { workflowId: 'w', versionHash: 'sha256:once', irJson: '{}', registeredAtMs: AT_MS };
      await store.putWorkflow(version, [timed('a', AT_MS)]);
      await store.putWorkflow(version, [timed('other', AT_MS)]);
      expect((await only(store)).spec.name).toBe('a');
    },
  },
  {
    name: 'the newest version decides which schedules there are; those of other workflows stay',
    run: async (store) => {
      await register(store, [timed('a', AT_MS), timed('b', AT_MS)]);
      await register(store, [timed('a', AT_MS)], 'other');
      await register(store, [timed('b', AT_MS), timed('c', AT_MS)]);
      const names = (await store.listSchedules()).map(({ workflowId, spec }) => `${workflowId}/${spec.name}`);
      expect(names).toEqual(['other/a', 'w/b', 'w/c']);
      await register(store, []);
      expect((await only(store)).workflowId).toBe('other');
    },
  },
  {
    name: 'an unchanged schedule keeps its next time and what it did last; another cron or timezone gives a new next time',
    run: async (store) => {
      await register(store, [timed('a', AT_MS)]);
      const before = await only(store);
      const after = { ...before, nextAtMs: AT_MS + 5, lastAtMs: AT_MS, lastExecutionId: 'exec-1', lastProblem: 'p' };
      expect(await store.updateSchedule(before, after)).toBe(true);
      await register(store, [timed('a', AT_MS + 1, { with: { x: 1 }, overlap: 'queue' })]);
      expect(await only(store)).toEqual({ ...after, spec: specOf('a', { with: { x: 1 }, overlap: 'queue' }) });
      await register(store, [timed('a', AT_MS + 7, { cron: '0 7 * * *' })]);
      expect(await only(store)).toEqual({ ...after, nextAtMs: AT_MS + 7, spec: specOf('a', { cron: '0 7 * * *' }) });
      await register(store, [timed('a', AT_MS + 8, { cron: '0 7 * * *', timezone: 'UTC' })]);
      expect((await only(store)).nextAtMs).toBe(AT_MS + 8);
    },
  },
  {
    name: 'a paused schedule stays paused in a new version, whatever its cron is there',
    run: async (store) => {
      await register(store, [timed('a', AT_MS)]);
      const before = await only(store);
      expect(await store.updateSchedule(before, { ...before, paused: true, nextAtMs: undefined })).toBe(true);
      await register(store, [timed('a', AT_MS + 7, { cron: '0 7 * * *' })]);
      const after = await only(store);
      expect(after).toEqual({ workflowId: 'w', paused: true, spec: specOf('a', { cron: '0 7 * * *' }) });
    },
  },
  {
    name: 'of several changes to one state of a schedule only the first is written',
    run: async (store) => {
      await register(store, [timed('a', AT_MS)]);
      const before = await only(store);
      const results = await Promise.all(
        [1, 2, 3].map((n) => store.updateSchedule(before, { ...before, nextAtMs: AT_MS + n, lastAtMs: AT_MS })),
      );
      expect(results.filter(Boolean)).toHaveLength(1);
      const stored = await only(store);
      expect(await store.updateSchedule({ ...stored, paused: true }, stored)).toBe(false);
      expect(await store.updateSchedule({ ...stored, spec: specOf('a', { cron: '1 1 * * *' }) }, stored)).toBe(false);
      expect(await store.updateSchedule({ ...stored, spec: specOf('b') }, stored)).toBe(false);
      expect(await only(store)).toEqual(stored);
      expect(await store.updateSchedule(stored, { ...stored, nextAtMs: undefined })).toBe(true);
      const ended = await only(store);
      expect(ended.nextAtMs).toBeUndefined();
      expect(await store.updateSchedule(ended, { ...ended, nextAtMs: AT_MS })).toBe(true);
    },
  },
  {
    name: 'due schedules are found, the longest due first, and the next one is among what is due next',
    run: async (store) => {
      expect((await store.nextDue(AT_MS)).scheduledAtMs).toBeUndefined();
      await register(store, [
        timed('a', AT_MS + 3),
        timed('b', AT_MS + 1),
        timed('c', AT_MS + 2),
        timed('d', undefined),
      ]);
      expect((await store.nextDue(AT_MS + 9)).scheduledAtMs).toBe(AT_MS + 1);
      const due = async (nowMs: number, limit = 10): Promise<string[]> =>
        (await store.findDueSchedules(nowMs, limit)).map(({ spec }) => spec.name);
      expect(await due(AT_MS)).toEqual([]);
      expect(await due(AT_MS + 2)).toEqual(['b', 'c']);
      expect(await due(AT_MS + 9, 2)).toEqual(['b', 'c']);
      const [first] = await store.findDueSchedules(AT_MS + 1, 1);
      await store.updateSchedule(first!, { ...first!, paused: true, nextAtMs: undefined });
      expect(await due(AT_MS + 9)).toEqual(['c', 'a']);
      expect((await store.nextDue(AT_MS)).scheduledAtMs).toBe(AT_MS + 2);
    },
  },
];
