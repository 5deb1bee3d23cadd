/**
 * Starts what the schedules say.
 *
 * T1  A time is started under an idempotency key made of it, then the schedule advances, and only from that time. So
 *     however many servers see it, and wherever one of them dies, it starts one execution.
 * T2  A refused start is written down, and the schedule goes on.
 */
import type { Workflow } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import type { ScheduleRecord, Store } from '../store/store.js';
import type { Outcome } from './pending.js';
import type { CommitLoop } from './commit-loop.js';
import type { EngineCalls, ScheduleStatus } from './engine-port.js';
import type { Entropy } from './entropy.js';
import { dueStarts, timesBetween, type CronTimes } from './schedule-times.js';
import type { StartOrder, Submissions } from './submissions.js';
import type { WorkflowRegistry } from './workflow-registry.js';

/** Schedules served at once; the rest follows. */
const MAX_DUE = 200;
const MAX_BACKFILL = 1000;
/** Counted no further when a backfill is too large. */
const MAX_COUNTED = 10_000;
const MAX_PROBLEM_CHARS = 500;

export interface SchedulesOptions {
  readonly store: Store;
  readonly loop: CommitLoop;
  readonly registry: WorkflowRegistry;
  readonly submissions: Submissions;
  readonly entropy: Entropy;
  readonly cron: CronTimes;
  readonly nowMs: () => number;
  /** A schedule is due at this time. */
  readonly onTime: (atMs: number) => void;
}

/** The id of the execution that stands for one time, or why there is none. */
type Started = string | NexumError;
type Overlap = 'reject' | 'queue' | 'cancel_running';

export class Schedules {
  constructor(private readonly options: SchedulesOptions) {}

  /**
   * Starts everything that is due. False: something could not be done now and is still due.
   * @throws NexumError STORE_BROKEN
   */
  async serveDue(): Promise<boolean> {
    const { store, loop, nowMs } = this.options;
    const now = nowMs();
    const due = await loop.read(() => store.findDueSchedules(now, MAX_DUE));
    const served = await Promise.allSettled(due.map((record) => this.serve(record, now)));
    const reasons = served.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    const broken = reasons.find((reason) => reason instanceof NexumError && reason.code === 'STORE_BROKEN');
    if (broken !== undefined) throw broken as NexumError;
    return reasons.length === 0;
  }

  async list({ workflowId }: { workflowId?: string }): Promise<readonly ScheduleStatus[]> {
    const { store, loop } = this.options;
    const records = await loop.read(() => store.listSchedules(workflowId));
    return records.map(({ spec, ...rest }) => ({ ...spec, ...rest }));
  }

  /** @throws NexumError SCHEDULE_NOT_FOUND, INVALID_REQUEST, or why `trigger` or `backfill` could not start */
  async control(args: EngineCalls['controlSchedule']['args']): Promise<{ executionIds: readonly string[] }> {
    const { nowMs, cron } = this.options;
    const record = await this.find(args.workflowId, args.name);
    switch (args.action) {
      case 'pause':
        await this.change(record, (now) => (now.paused ? undefined : { ...now, paused: true, nextAtMs: undefined }));
        return { executionIds: [] };
      case 'resume': {
        const after = await this.change(record, (now) => {
          const nextAtMs = cron.nextTime(now.spec.cron, now.spec.timezone, nowMs());
          return now.paused ? { ...now, paused: false, nextAtMs } : undefined;
        });
        if (after.nextAtMs !== undefined) this.options.onTime(after.nextAtMs);
        return { executionIds: [] };
      }
      case 'trigger': {
        const executionIds = startedOf(await this.startAll(record, [undefined]));
        const [lastExecutionId] = executionIds;
        const last = { lastAtMs: nowMs(), lastExecutionId, lastProblem: undefined };
        await this.change(record, (now) => ({ ...now, ...last }));
        return { executionIds };
      }
      case 'backfill': {
        // They would take each other's place, or refuse each other: whatever `overlap` says, each waits its turn.
        const times = this.backfillTimes(record, args.fromMs, args.toMs);
        return { executionIds: startedOf(await this.startAll(record, times, 'queue')) };
      }
    }
  }

  private async serve(record: ScheduleRecord, nowMs: number): Promise<void> {
    const { spec, nextAtMs: dueMs } = record;
    if (dueMs === undefined) return;
    const { cron } = this.options;
    const { times, problem } = dueStarts(spec, dueMs, nowMs, cron);
    const started = await this.startAll(record, times);
    const passing = started.find((one) => one instanceof NexumError && isPassing(one));
    if (passing instanceof NexumError) throw passing;
    const nextAtMs = cron.nextTime(spec.cron, spec.timezone, nowMs);
    const last = {
      lastAtMs: times.at(-1) ?? dueMs,
      lastExecutionId: started.findLast((one) => typeof one === 'string') ?? record.lastExecutionId,
      lastProblem: problemOf(started.at(-1)) ?? problem,
    };
    await this.advance(record, nextAtMs, last);
  }

  /** T1: of what another server did meanwhile, nothing is undone. */
  private async advance(
    from: ScheduleRecord,
    nextAtMs: number | undefined,
    last: Pick<ScheduleRecord, 'lastAtMs' | 'lastExecutionId' | 'lastProblem'> & { readonly lastAtMs: number },
  ): Promise<void> {
    try {
      await this.change(from, (now) => {
        const isNews = now.lastAtMs === undefined || now.lastAtMs < last.lastAtMs;
        const advances = now.nextAtMs === from.nextAtMs;
        if (!isNews && !advances) return undefined;
        return { ...now, ...(isNews ? last : {}), ...(advances ? { nextAtMs } : {}) };
      });
    } catch (error) {
      // The newest version has no such schedule any more.
      if (!(error instanceof NexumError) || error.code !== 'SCHEDULE_NOT_FOUND') throw error;
    }
  }

  /** In one batch, in this order. `undefined`: now, whatever ran at which time. */
  private async startAll(
    record: ScheduleRecord,
    times: readonly (number | undefined)[],
    onConflict: Overlap = record.spec.overlap === 'skip' ? 'reject' : record.spec.overlap,
  ): Promise<Started[]> {
    if (times.length === 0) return [];
    const { workflowId, spec } = record;
    const { entropy, nowMs } = this.options;
    const workflow = await this.newestVersion(workflowId);
    if (workflow instanceof NexumError) return times.map(() => workflow);
    const key = `schedule:${workflowId}/${spec.name}`;
    const ordered: StartOrder = {
      workflowId,
      versionHash: workflow.versionHash,
      inputJson: JSON.stringify(spec.with ?? {}),
      extra: { schedule: spec.name },
      // What a pipeline says about its executions holds for those of its schedules, too.
      ...(workflow.ir.pipeline?.concurrency ? {} : { concurrency: { key, limit: 1, onConflict } }),
    };
    // Whoever waits gets its turn in the order of the ids.
    const ids = times.map(() => entropy.executionId(nowMs())).sort();
    return Promise.all(
      times.map((atMs, index) => {
        const order = { ...ordered, executionId: ids[index] ?? '' };
        if (atMs === undefined) return this.start(order);
        return this.start({ ...order, idempotencyKey: `schedule:${workflowId}:${spec.name}:${atMs}` });
      }),
    );
  }

  private async newestVersion(workflowId: string): Promise<Workflow | NexumError> {
    const { loop, registry } = this.options;
    try {
      return await loop.read(() => registry.get(workflowId, ''));
    } catch (error) {
      if (error instanceof NexumError) return error;
      throw error;
    }
  }

  private async start(order: StartOrder): Promise<Started> {
    const outcome = await new Promise<Outcome | Error>((resolve) => {
      this.options.submissions.pushStart(order, resolve);
    });
    if (outcome instanceof NexumError) return outcome;
    if (outcome instanceof Error) return nexumError('INTERNAL', outcome.message, {}, outcome);
    const { reply, executionId } = outcome;
    // Started by an earlier version, or with another `with`: this time has its execution.
    if (reply.ok || reply.code === 'IDEMPOTENCY_CONFLICT') return executionId;
    return nexumError(reply.code, reply.message);
  }

  private backfillTimes({ spec }: ScheduleRecord, fromMs: number | undefined, toMs: number | undefined): number[] {
    if (fromMs === undefined || toMs === undefined || fromMs >= toMs) {
      throw nexumError('INVALID_REQUEST', 'backfill needs `from`, and a later `to`');
    }
    if (toMs > this.options.nowMs()) throw nexumError('INVALID_REQUEST', '`to` lies in the future');
    const times = timesBetween(spec, fromMs, toMs, MAX_COUNTED, this.options.cron);
    if (times.length <= MAX_BACKFILL) return times;
    const count = times.length === MAX_COUNTED ? `${MAX_COUNTED} times or more` : `${times.length} times`;
    throw nexumError(
      'INVALID_REQUEST',
      `schedule ${spec.name} has ${count} in it; ${MAX_BACKFILL} are allowed at once`,
    );
  }

  /** Until nobody else changes it in between. @returns what is stored now */
  private async change(
    from: ScheduleRecord,
    update: (now: ScheduleRecord) => ScheduleRecord | undefined,
  ): Promise<ScheduleRecord> {
    const { store, loop } = this.options;
    for (let now = from; ; now = await this.find(from.workflowId, from.spec.name)) {
      const before = now;
      const after = update(before);
      if (!after) return before;
      if (await loop.read(() => store.updateSchedule(before, after))) return after;
    }
  }

  /** @throws NexumError SCHEDULE_NOT_FOUND */
  private async find(workflowId: string, name: string): Promise<ScheduleRecord> {
    const { store, loop } = this.options;
    const records = await loop.read(() => store.listSchedules(workflowId));
    const found = records.find(({ spec }) => spec.name === name);
    if (found) return found;
    const has =
      records.length === 0 ? 'no schedules' : `the schedules ${records.map(({ spec }) => spec.name).join(', ')}`;
    throw nexumError(
      'SCHEDULE_NOT_FOUND',
      `workflow ${workflowId} has no schedule ${JSON.stringify(name)}; it has ${has}`,
    );
  }
}

/** @throws NexumError the first refusal */
function startedOf(started: readonly Started[]): string[] {
  return started.map((one) => {
    if (one instanceof NexumError) throw one;
    return one;
  });
}

function problemOf(started: Started | undefined): string | undefined {
  if (!(started instanceof NexumError)) return undefined;
  const { holder } = started.details as { readonly holder?: string };
  const text =
    started.code === 'CONCURRENCY_LIMIT' && holder !== undefined
      ? `skipped: execution ${holder} is still under way`
      : `${started.code}: ${started.message}`;
  // Not every database takes these.
  return text.slice(0, MAX_PROBLEM_CHARS).replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
}

/** The same may succeed later. */
function isPassing({ retryable, code }: NexumError): boolean {
  return retryable || code === 'STORE_BROKEN';
}
