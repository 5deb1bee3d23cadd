/**
 * Where workers come and go: attach, credits, results, disconnects, and leases that run out.
 *
 * W1  A lease ends for a dead worker in one of two ways: its expiry, or a broken connection that is not back in time.
 * W2  Neither proves anything: the fence of the next attempt does.
 */
import type { LostReason } from '../core/event.js';
import { NEVER_MS, refOf } from '../core/execution.js';
import { parseTaskId } from '../core/ids.js';
import { nexumError } from '../errors.js';
import type { ActivationRef, LeasedRef, Store } from '../store/store.js';
import type { CommitLoop } from './commit-loop.js';
import type {
  EngineCalls,
  TaskAnswer,
  WorkerStatus,
  WorkFrame,
  WorkHello,
  WorkPush,
  WorkSession,
} from './engine-port.js';
import type { Entropy } from './entropy.js';
import type { Outbox } from './outbox.js';
import type { Submissions } from './submissions.js';
import { AttachedWorker, type WorkSessions } from './work-sessions.js';

/** Leases taken back in one sweep; the rest follow in the next. */
const MAX_SWEEP = 1000;
/** Leases that are counted at most when somebody asks who holds how many. */
const MAX_COUNTED = 100_000;
/** A worker whose connection broke keeps its leases for this part of a lease, between two bounds in milliseconds. */
const DISCONNECT_GRACE = { partOfLease: 1 / 30, minMs: 50, maxMs: 1000 } as const;

/** Answers of a server that cannot write: they say nothing about who owns a lease. */
const NO_VERDICT: ReadonlySet<string> = new Set(['STORE_FULL', 'STORE_UNAVAILABLE', 'INTERNAL']);

export interface WorkDeskOptions {
  readonly store: Store;
  readonly loop: CommitLoop;
  readonly sessions: WorkSessions;
  readonly submissions: Submissions;
  /** Where heartbeats go. */
  readonly beats: Submissions;
  readonly outbox: Outbox;
  readonly entropy: Entropy;
  readonly nowMs: () => number;
}

type Calls = Pick<EngineCalls, 'complete' | 'fail' | 'release' | 'heartbeat'>;

export class WorkDesk {
  readonly calls: { [M in keyof Calls]: (args: Calls[M]['args']) => Promise<Calls[M]['result']> } = {
    complete: (completion) => this.answer((answer) => this.submissions.pushCompletion(completion, answer)),
    fail: (failure) => this.answer((answer) => this.submissions.pushFailure(failure, answer)),
    release: (release) => this.answer((answer) => this.submissions.pushRelease(release, answer)),
    heartbeat: ({ taskIds }) => this.heartbeat(taskIds),
  };
  private readonly store: Store;
  private readonly loop: CommitLoop;
  private readonly sessions: WorkSessions;
  private readonly submissions: Submissions;
  private readonly outbox: Outbox;

  constructor(private readonly options: WorkDeskOptions) {
    ({
      store: this.store,
      loop: this.loop,
      sessions: this.sessions,
      submissions: this.submissions,
      outbox: this.outbox,
    } = options);
  }

  open(hello: WorkHello, sink: (push: WorkPush) => void): WorkSession {
    const worker = new AttachedWorker(hello, this.options.entropy.nonce(), this.options.nowMs(), sink);
    // A connection that broke without a word may look open for a while: nothing must be dispatched into it any more.
    const previous = hello.poll === true ? undefined : this.sessions.find(hello.workerId);
    if (previous) this.sessions.detach(previous);
    this.sessions.attach(worker);
    if (hello.poll === true) worker.admitted = true;
    else this.admit(worker);
    return {
      send: (frame) => this.receive(worker, frame),
      close: () => {
        if (!worker.open) return;
        this.sessions.detach(worker);
        if (hello.poll === true) return;
        if (worker.announced) this.loop.background(() => this.takeBack(worker));
        this.expectReturn(worker);
      },
    };
  }

  /** Those of this server first. */
  async listWorkers(): Promise<readonly WorkerStatus[]> {
    const leases = new Map<string, number>();
    for (const { workerId } of await this.store.findLeased({ expiredAtMs: NEVER_MS }, MAX_COUNTED))
      leases.set(workerId, (leases.get(workerId) ?? 0) + 1);
    const here = [...this.sessions.workers].map(({ info }) => info);
    const known = new Set(here.map(({ workerId }) => workerId));
    const elsewhere = (await this.store.peers?.listWorkers()) ?? [];
    return [...here, ...elsewhere.filter(({ workerId }) => !known.has(workerId))].map((worker) => ({
      ...worker,
      leased: leases.get(worker.workerId) ?? 0,
    }));
  }

  private async heartbeat(taskIds: readonly string[]): Promise<{ staleTaskIds: readonly string[] }> {
    const beat = (id: string): Promise<TaskAnswer> =>
      this.options.beats.answerTask(id, (task) => ({ kind: 'heartbeat', task }));
    const answers = await Promise.all(taskIds.map(beat));
    const failed = answers.find((answer) => answer.code !== undefined && NO_VERDICT.has(answer.code));
    // A server that cannot write says nothing about who owns the lease.
    if (failed?.code) throw nexumError(failed.code, failed.message ?? '');
    return { staleTaskIds: answers.filter((answer) => answer.code !== undefined).map((answer) => answer.taskId) };
  }

  private answer(push: (answer: (answer: TaskAnswer) => void) => void): Promise<TaskAnswer> {
    return new Promise(push);
  }

  findExpired(nowMs: number): Promise<readonly LeasedRef[]> {
    return this.loop.read(() => this.store.findLeased({ expiredAtMs: nowMs }, MAX_SWEEP));
  }

  /** Takes back leases that have expired. */
  async reapExpired(leased: readonly LeasedRef[]): Promise<void> {
    await Promise.all(leased.map((ref) => this.reap(ref, 'lease_expired')));
  }

  /** Completes timers, and ends what waited until its deadline. */
  async fireDue(nowMs: number): Promise<void> {
    const fired = await this.loop.read(() => this.store.findFired(nowMs, MAX_SWEEP));
    const fire = (ref: ActivationRef): Promise<void> =>
      new Promise((resolve) => {
        this.submissions.push(ref.executionId, { kind: 'fire', ...refOf(ref) }, () => resolve());
      });
    await Promise.all(fired.map(fire));
  }

  /** The other servers hear that the session has ended. */
  private async takeBack({ hello, sessionId }: AttachedWorker): Promise<void> {
    await this.store.peers?.detach(hello.workerId, sessionId);
  }

  private receive(worker: AttachedWorker, frame: WorkFrame): void {
    const answer = (result: TaskAnswer): void => {
      worker.addAnswer(result);
      this.outbox.touch(worker);
    };
    // Before anything of this turn is dispatched: what a leaving worker gives back must not come back to it.
    if (frame.withdraw === true) this.withdraw(worker);
    for (const completion of frame.completions ?? []) this.submissions.pushCompletion(completion, answer);
    for (const failure of frame.failures ?? []) this.submissions.pushFailure(failure, answer);
    for (const release of frame.releases ?? []) this.submissions.pushRelease(release, answer);
    this.grant(worker, frame.credits ?? 0);
  }

  /** Answers `idle` between two batches: by then, every lease that used one of the credits is in a push before it. */
  private withdraw(worker: AttachedWorker): void {
    // A poll asks and withdraws in one breath, and wants what there is in between.
    if (worker.hello.poll !== true) worker.credits = 0;
    void this.loop.between(() => {
      worker.withdraw();
      this.outbox.touch(worker);
      return Promise.resolve();
    });
  }

  private grant(worker: AttachedWorker, credits: number): void {
    if (credits <= 0) return;
    if (!worker.admitted) {
      this.loop.prepare(() => {
        this.grant(worker, credits);
        return Promise.resolve();
      });
      return;
    }
    worker.credits += credits;
    this.loop.wake();
  }

  /**
   * A worker that came back names what it holds; a lease that it does not know was lost on the way to it. Looked up
   * before the next batch, which may lease to this very worker.
   */
  private admit(worker: AttachedWorker): void {
    const { hello } = worker;
    const held = new Set(hello.heldTaskIds.map(nonceOf));
    this.loop.prepare(async () => {
      worker.admitted = true;
      await this.store.peers?.attach(worker.info, worker.sessionId);
      worker.announced = true;
      if (!worker.open) await this.takeBack(worker);
      for (const ref of await this.store.findLeased({ workerId: hello.workerId }, MAX_SWEEP)) {
        if (held.has(ref.nonce) || !(await this.isDispatched(ref, hello))) continue;
        this.submissions.push(
          ref.executionId,
          { kind: 'release', task: { ...ref, ...refOf(ref), attempt: 0 } },
          () => undefined,
        );
      }
    });
  }

  /** False for the claims of durable calls: they travel on another stream, so no hello names them. */
  private async isDispatched(ref: LeasedRef, { filter }: WorkHello): Promise<boolean> {
    const records = await this.store.listActivations(ref.executionId);
    const record = records.find(
      ({ node, iteration, item }) => node === ref.node && iteration === ref.iteration && item === ref.item,
    );
    return record?.handler !== undefined && 'handlers' in filter && filter.handlers.includes(record.handler);
  }

  private expectReturn({ hello, sessionId }: AttachedWorker): void {
    const wanted = hello.leaseMs * DISCONNECT_GRACE.partOfLease;
    const graceMs = Math.min(Math.max(wanted, DISCONNECT_GRACE.minMs), DISCONNECT_GRACE.maxMs);
    setTimeout(() => {
      if (this.sessions.find(hello.workerId)) return;
      this.loop.background(async () => {
        // It may have gone to another server: then it is alive, and that server looks after it.
        const newest = (await this.store.peers?.findSession(hello.workerId)) ?? sessionId;
        if (newest !== sessionId) return;
        const leased = await this.store.findLeased({ workerId: hello.workerId }, MAX_SWEEP);
        for (const ref of leased) void this.reap(ref, 'worker_disconnected');
      });
    }, graceMs).unref();
  }

  private reap(ref: LeasedRef, reason: LostReason): Promise<void> {
    const { executionId, nonce } = ref;
    return new Promise((resolve) => {
      this.submissions.push(executionId, { kind: 'reap', ...refOf(ref), nonce, reason }, () => resolve());
    });
  }
}

/** An id that no server made names no lease: it is simply not held. */
function nonceOf(taskId: string): string {
  try {
    return parseTaskId(taskId).nonce;
  } catch {
    return '';
  }
}
