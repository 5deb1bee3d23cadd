/**
 * The shell around the core: it feeds commands into batches, hands out what was committed, and watches the clock.
 * It does not own a single rule: those are in core/decide.
 */
import type { Expressions } from '../core/command.js';
import type { ExecutionEvent } from '../core/event.js';
import type { Workflow } from '../core/workflow.js';
import { NexumError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { Batch } from './batch.js';
import { callHandlers } from './calls.js';
import { CommitLoop, isBroken, type CommitCost } from './commit-loop.js';
import { Consequences } from './consequences.js';
import { DueTimer } from './due-timer.js';
import type {
  EngineCalls,
  EngineGauges,
  EnginePort,
  EngineStats,
  ExecutePush,
  ExecuteSession,
  WorkHello,
  WorkPush,
  WorkSession,
} from './engine-port.js';
import type { EngineObserver } from './engine-observer.js';
import { Entropy } from './entropy.js';
import { EventWatch } from './event-watch.js';
import { ExecuteDesk } from './execute-desk.js';
import { ModelDesk, type ProviderRates } from './model-desk.js';
import { OpenStreams } from './open-streams.js';
import { Outbox } from './outbox.js';
import { PeerDesk } from './peer-desk.js';
import { Purger } from './purger.js';
import { Queries } from './queries.js';
import { QueueLimit } from './queue-limit.js';
import { Reaper } from './reaper.js';
import type { CronTimes } from './schedule-times.js';
import { Schedules } from './schedules.js';
import { alreadyApplied, checkJson, Submissions } from './submissions.js';
import { Watchers, type ExecuteClient } from './watchers.js';
import { WorkDesk } from './work-desk.js';
import { WorkflowRegistry } from './workflow-registry.js';
import { WorkflowVersions } from './workflow-versions.js';
import { WorkSessions, type QueueKey } from './work-sessions.js';

/** After a full disk or an absent database stopped the dispatch, ask again this much later. */
const STALL_RETRY_MS = 1000;
export interface EngineOptions {
  readonly store: Store;
  readonly expressions: Expressions;
  /** Checks and completes the input of a pipeline; throws INVALID_INPUT. */
  readonly resolveInput: (workflow: Workflow, inputJson: string) => string;
  readonly cron: CronTimes;
  /** The store is broken: the process must end before it serves anything wrong. */
  readonly onFatal: (error: Error) => void;
  /** For people: the database is away, or back. */
  readonly onWarning?: (text: string) => void;
  readonly counters?: () => { commits: number; statements: number };
  readonly observer?: EngineObserver;
  /** Nodes that may wait for a worker before starts are refused; 0: any number. */
  readonly maxQueue?: number;
  /** How fast all workflows together may ask a provider. */
  readonly rates?: ProviderRates;
  /** Epoch milliseconds. */
  readonly nowMs?: () => number;
  readonly entropy?: Entropy;
}

type Calls = { [M in keyof EngineCalls]: (args: EngineCalls[M]['args']) => Promise<EngineCalls[M]['result']> };

export class Engine implements EnginePort {
  private readonly sessions = new WorkSessions();
  private readonly watchers = new Watchers();
  private readonly outbox = new Outbox();
  private readonly streams = new OpenStreams();
  private readonly drained = new Set<QueueKey>();
  private readonly nowMs: () => number;
  private readonly queries: Queries;
  private readonly versions: WorkflowVersions;
  private readonly loop: CommitLoop;
  private readonly timer: DueTimer;
  private readonly submissions: Submissions;
  private readonly workDesk: WorkDesk;
  private readonly executeDesk: ExecuteDesk;
  private readonly consequences: Consequences;
  private readonly schedules: Schedules;
  private readonly peerDesk: PeerDesk | undefined;
  private readonly purger: Purger;
  private readonly queueLimit: QueueLimit;
  private readonly reaper: Reaper;
  private readonly calls: Calls;

  constructor(private readonly options: EngineOptions) {
    const { store, onFatal } = options;
    const { peers } = store;
    this.nowMs = options.nowMs ?? (peers ? () => peers.nowMs() : Date.now);
    const entropy = options.entropy ?? new Entropy();
    this.timer = new DueTimer(this.nowMs, () => void this.onDue());
    const clock = { cron: options.cron, nowMs: this.nowMs, onTime: (atMs: number) => this.timer.at(atMs) };
    const registry = new WorkflowRegistry(store, clock);
    this.queries = new Queries(store, registry, this.nowMs);
    this.versions = new WorkflowVersions(store, registry);
    const { sessions, watchers, outbox, drained, queries, timer, nowMs } = this;
    const env = { registry, sessions, expressions: options.expressions, entropy, nowMs, drained };
    const hooks = {
      onCommit: (batch: Batch, cost: CommitCost) => {
        this.publish(batch);
        this.observe(batch, cost);
      },
      onFatal,
      onStall: () => timer.at(nowMs() + STALL_RETRY_MS),
    };
    this.loop = new CommitLoop(store, env, hooks);
    const submit = (loop: CommitLoop): Submissions => new Submissions(loop, registry, entropy, nowMs, options);
    this.submissions = submit(this.loop);
    // Where a store can do two things at once, heartbeats do not wait for a large batch. Nobody is dispatched to there.
    const urgentEnv = { ...env, sessions: new WorkSessions(), drained: new Set<QueueKey>() };
    const beats = peers ? submit(new CommitLoop(store, urgentEnv, hooks, { urgent: true })) : this.submissions;
    const { loop, submissions } = this;
    this.workDesk = new WorkDesk({ store, loop, sessions, submissions, beats, outbox, entropy, nowMs });
    const { workDesk } = this;
    this.reaper = new Reaper({ workDesk, nowMs, isDatabase: peers !== undefined, onWarning: options.onWarning });
    this.queueLimit = new QueueLimit({
      submissions,
      maxQueue: options.maxQueue,
      count: (begin) =>
        loop.between(async () => {
          begin();
          return (await store.gauges(nowMs())).ready.pipelines;
        }),
    });
    this.executeDesk = new ExecuteDesk(loop, this.queueLimit, watchers, queries, outbox);
    this.consequences = new Consequences({ store, loop, submissions, queries, onTrouble: hooks.onStall });
    this.purger = new Purger(store, loop, nowMs);
    this.schedules = new Schedules({ store, loop, registry, submissions, entropy, ...clock });
    const serveDue = (): Promise<void> => this.serveDue();
    this.peerDesk =
      peers && new PeerDesk({ peers, loop, sessions, watchers, queries, outbox, drained, serveDue, onFatal });
    this.calls = this.buildCalls();
  }

  /** Takes up what an earlier process left: expired leases, due retries and timers, unfinished consequences. */
  async start(): Promise<void> {
    await this.serveDue();
    this.peerDesk?.start();
    this.purger.start();
  }

  /** Commits what is queued, then closes the store. Leases stay: their workers may finish with another process. */
  async stop(): Promise<void> {
    this.peerDesk?.stop();
    this.purger.stop();
    this.timer.clear();
    await this.loop.stop();
    this.timer.clear();
    await this.options.store.close();
  }

  call<M extends keyof EngineCalls>(method: M, args: EngineCalls[M]['args']): Promise<EngineCalls[M]['result']> {
    return this.calls[method](args);
  }

  openWork(hello: WorkHello, sink: (push: WorkPush) => void): WorkSession {
    return this.streams.counted(hello.poll === true ? 'poll' : 'work', this.workDesk.open(hello, sink));
  }

  openExecute(sink: (push: ExecutePush) => void): ExecuteSession {
    return this.streams.counted('execute', this.executeDesk.open(sink));
  }

  watch(executionId: string, afterSeq: number, sink: (events: readonly ExecutionEvent[]) => void): { close(): void } {
    const catchUp = (watch: EventWatch): void => this.loop.background(() => watch.catchUp());
    const end = (watch: EventWatch): void => this.watchers.removeWatch(watch);
    const watch = new EventWatch(executionId, afterSeq, this.queries, sink, { lag: catchUp, end });
    this.watchers.watchEvents(watch);
    catchUp(watch);
    return this.streams.counted('watch', watch);
  }

  private buildCalls(): Calls {
    const { queries, versions, submissions, loop } = this;
    const read =
      <A, R>(query: (args: A) => Promise<R>) =>
      (args: A): Promise<R> =>
        loop.read(() => query(args));
    return {
      registerWorkflow: read((args) => versions.register(args)),
      getWorkflow: read((args) => queries.getWorkflow(args)),
      listWorkflows: read((args) => versions.list(args)),
      compareVersions: read((args) => versions.compare(args)),
      getSummary: read((args) => queries.getSummary(args)),
      getCompletedNodes: read((args) => queries.getCompletedNodes(args)),
      getExecution: read((args) => queries.getExecution(args)),
      listExecutions: read((args) => queries.listExecutions(args)),
      listEvents: read((args) => queries.listEvents(args)),
      listMessages: read((args) => queries.listMessages(args)),
      getStats: () => Promise.resolve(this.stats()),
      getGauges: read(() => this.gauges()),
      checkStore: read(async () => {
        await this.options.store.nextDue(this.nowMs());
        return {};
      }),
      start: async (args) => {
        const outcome = await this.queueLimit.start(args);
        return { executionId: outcome.executionId, alreadyApplied: alreadyApplied(outcome) };
      },
      ...this.workDesk.calls,
      ...new ModelDesk(submissions, this.options.rates).calls,
      cancel: ({ executionId, reason }) =>
        submissions.control(executionId, { kind: 'cancel', ...(reason === undefined ? {} : { reason }) }),
      pause: ({ executionId }) => submissions.control(executionId, { kind: 'pause' }),
      resume: async ({ executionId, message }) => {
        if (message !== undefined) checkJson(JSON.stringify(message));
        return submissions.control(executionId, { kind: 'resume', ...(message === undefined ? {} : { message }) });
      },
      retry: ({ executionId }) => submissions.control(executionId, { kind: 'retry' }),
      signal: async ({ executionId, name, payloadJson }) =>
        submissions.control(executionId, { kind: 'signal', name, payload: checkJson(payloadJson || 'null') }),
      approve: async ({ formJson, ...answer }) => {
        const form = formJson === undefined ? {} : { form: checkJson(formJson) };
        return submissions.control(answer.executionId, { kind: 'answer', approved: true, ...answer, ...form });
      },
      reject: ({ reason, ...answer }) =>
        submissions.control(answer.executionId, { kind: 'answer', approved: false, ...answer, comment: reason }),
      rerun: async (args) => {
        const order = await loop.read(() => queries.planRerun(args));
        const outcome = await this.queueLimit.start(order);
        return { executionId: outcome.executionId, alreadyApplied: alreadyApplied(outcome) };
      },
      ...callHandlers(this.options.store, loop, submissions),
      listApprovals: read(() => queries.listApprovals()),
      listWorkers: read(() => this.workDesk.listWorkers()),
      purge: (args) => this.purger.purge(args),
      getPayload: read((args) => queries.getPayload(args)),
      listSchedules: (args) => this.schedules.list(args),
      controlSchedule: (args) => this.schedules.control(args),
    };
  }

  private stats(): EngineStats {
    const counters = this.options.counters?.() ?? { commits: 0, statements: 0 };
    const { batches, commands } = this.loop;
    return { store: this.options.store.description, batches, commands, ...counters };
  }

  private async onDue(): Promise<void> {
    try {
      await this.serveDue();
    } catch (error) {
      const again = this.peerDesk ? !isBroken(error) : error instanceof NexumError && error.retryable;
      if (again) this.timer.at(this.nowMs() + STALL_RETRY_MS);
      else this.options.onFatal(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private async gauges(): Promise<EngineGauges> {
    const nowMs = this.nowMs();
    const { store } = this.options;
    const counts = { purged: this.purger.purged, refusedStarts: this.queueLimit.refused };
    return { nowMs, store: await store.gauges(nowMs), ...this.sessions.load, streams: this.streams.open, ...counts };
  }

  /** Takes up everything that is due, and sets the timer for what comes next. */
  private async serveDue(): Promise<void> {
    await this.takeDue();
    const served = await this.schedules.serveDue();
    const due = await this.loop.read(() => this.options.store.nextDue(this.nowMs()));
    const scheduledAtMs = served ? due.scheduledAtMs : this.nowMs() + STALL_RETRY_MS;
    const reapAtMs = this.nowMs() + this.reaper.pauseMs;
    if (due.leaseExpiresAtMs !== undefined) this.timer.at(Math.max(due.leaseExpiresAtMs, reapAtMs));
    for (const atMs of [due.readyAtMs, due.firesAtMs, scheduledAtMs]) if (atMs !== undefined) this.timer.at(atMs);
  }

  private async takeDue(): Promise<void> {
    await this.reaper.reapExpired();
    await this.workDesk.fireDue(this.nowMs());
    await this.consequences.recover(this.nowMs());
    this.drained.clear();
    this.loop.wake();
  }

  /** Hands out what a batch committed: answers first, then the events, then one message per receiver. */
  private publish(batch: Batch): void {
    for (const [worker, task] of batch.leased) {
      worker.addTask(task);
      this.outbox.touch(worker);
    }
    for (const [item, outcome] of batch.outcomes) item.settle(outcome);
    for (const turn of batch.turnsServed) turn.settle(undefined);
    this.consequences.settled(batch.settled);
    this.consequences.committed(batch.consequences, (id) => batch.findExecution(id));
    for (const { workerId, taskId } of batch.stops) {
      const worker = this.sessions.find(workerId);
      if (!worker) continue;
      worker.addStop(taskId);
      this.outbox.touch(worker);
    }
    const clients = new Set<ExecuteClient>();
    const unwatched = this.watchers.publish(batch.events, clients);
    for (const client of clients) this.outbox.touch(client);
    this.schedule(batch.events);
    this.peerDesk?.tell(batch, unwatched);
  }

  private observe(batch: Batch, cost: CommitCost): void {
    const { observer } = this.options;
    if (!observer || !batch.changed) return;
    observer.batchCommitted({ ...cost, events: batch.events, findExecution: (id) => batch.findExecution(id) });
  }

  private schedule(events: readonly ExecutionEvent[]): void {
    for (const event of events) {
      if (event.kind === 'node_leased') this.timer.at(event.atMs + event.leaseMs);
      else if (event.kind === 'node_waiting' && event.untilMs !== undefined) this.timer.at(event.untilMs);
      else if (event.kind === 'attempt_failed' && event.retryAtMs !== undefined) this.timer.at(event.retryAtMs);
      // What was parked may still have a delay before it, which no timer remembers.
      else if (event.kind === 'execution_resumed') this.timer.at(event.atMs);
    }
  }
}
