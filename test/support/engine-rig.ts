/** A real engine on a real store, with workers and clients whose pushes tests wait for. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, onTestFinished } from 'vitest';
import type { Expressions } from '../../src/core/command.js';
import type { ExecutionEvent } from '../../src/core/event.js';
import type { LimitsSpec, PipelineInfo } from '../../src/core/ir.js';
import { Engine } from '../../src/engine/engine.js';
import type { EngineObserver } from '../../src/engine/engine-observer.js';
import type {
  ExecuteFrame,
  ExecuteSession,
  Finished,
  Started,
  Task,
  TaskAnswer,
  WorkFrame,
  WorkHello,
  WorkSession,
} from '../../src/engine/engine-port.js';
import type { ExecutionDetail } from '../../src/engine/execution-detail.js';
import * as cron from '../../src/schedule/cron.js';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import { SqliteStore, type SqliteOptions } from '../../src/store/sqlite/sqlite-store.js';
import { assertFolds } from './fold-check.js';
import { irOf, stubExpressions, type NodeSketch } from './engine-execution.js';
import { emptyDatabases } from './empty-database.js';
import { describePostgres } from './postgres.js';
import { temporaryDatabase } from './store-folder.js';

/** Lets tests wait for a condition that only changes when `notify` is called. */
export class Signal {
  private waiting: (() => void)[] = [];

  notify(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** Never times out itself: the test does, and says where it waited. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

let onPostgres: (() => Promise<string>) | undefined;

/** Runs the tests of a file on each store: `EngineRig.open` takes the one whose turn it is. */
export function onEveryStore(define: () => void): void {
  describe('on SQLite', () => {
    beforeAll(() => {
      onPostgres = undefined;
    });
    define();
  });
  describePostgres('on PostgreSQL', () => {
    const empty = emptyDatabases();
    beforeAll(() => {
      onPostgres = empty;
    });
    define();
  });
}

export interface RigOptions extends SqliteOptions {
  /** Where an earlier rig had its data: a file, or the URL of a database. */
  readonly at?: string;
  readonly nowMs?: () => number;
  readonly expressions?: Expressions;
  readonly observer?: EngineObserver;
  readonly maxQueue?: number;
  readonly rates?: LimitsSpec['providers'];
}

export class EngineRig {
  readonly fatal: Error[] = [];
  private stopped = false;

  private constructor(
    readonly at: string,
    readonly store: SqliteStore | PostgresStore,
    private readonly options: RigOptions,
  ) {
    this.engine = new Engine({
      store,
      expressions: options.expressions ?? stubExpressions,
      resolveInput: (_workflow, inputJson) => inputJson,
      cron,
      onFatal: (error) => this.fatal.push(error),
      counters: () => store.counters,
      ...(options.nowMs === undefined ? {} : { nowMs: options.nowMs }),
      ...(options.maxQueue === undefined ? {} : { maxQueue: options.maxQueue }),
      ...(options.rates === undefined ? {} : { rates: options.rates }),
      ...(options.observer === undefined ? {} : { observer: options.observer }),
    });
  }

  readonly engine: Engine;

  static async open(options: RigOptions = {}): Promise<EngineRig> {
    const at = options.at ?? (onPostgres ? await onPostgres() : temporaryDatabase());
    const store = at.startsWith('postgres') ? await PostgresStore.open(at) : new SqliteStore(at, options);
    const rig = new EngineRig(at, store, options);
    onTestFinished(() => rig.stop());
    await rig.engine.start();
    return rig;
  }

  /** What the timer of the engine would do now, by a clock that stands still. */
  async serveDue(): Promise<void> {
    await this.engine['serveDue']();
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    await this.engine.stop();
    if (this.fatal.length === 0) await this.check();
  }

  /** E5, of what is on the disk now. */
  private async check(): Promise<void> {
    const store = this.at.startsWith('postgres') ? await PostgresStore.open(this.at) : new SqliteStore(this.at);
    try {
      await assertFolds(store);
    } finally {
      await store.close();
    }
  }

  /** For tests of what only SQLite has. */
  get sqlite(): SqliteStore {
    if (!(this.store instanceof SqliteStore)) throw new Error('this rig runs on PostgreSQL');
    return this.store;
  }

  /** Another process on the same file, as far as the engine can tell. */
  async restart(): Promise<EngineRig> {
    await this.stop();
    return EngineRig.open({ ...this.options, at: this.at });
  }

  /** Registers the workflow and returns its version hash. */
  async register(
    nodes: Readonly<Record<string, NodeSketch>>,
    workflowId = 'w',
    pipeline: Partial<PipelineInfo> = {},
  ): Promise<string> {
    const irJson = irOf(nodes, undefined, pipeline);
    const versionHash = `sha256:${createHash('sha256').update(workflowId).update(irJson).digest('hex')}`;
    await this.engine.call('registerWorkflow', { workflowId, versionHash, irJson });
    return versionHash;
  }

  async start(inputJson = '{}', workflowId = 'w'): Promise<string> {
    return (await this.engine.call('start', { workflowId, versionHash: '', inputJson })).executionId;
  }

  worker(hello: Partial<WorkHello> = {}): TestWorker {
    return new TestWorker(this.engine, hello);
  }

  client(): TestClient {
    return new TestClient(this.engine);
  }

  watch(executionId: string, afterSeq = 0): TestWatch {
    return new TestWatch(this.engine, executionId, afterSeq);
  }

  detail(executionId: string): Promise<ExecutionDetail> {
    return this.engine.call('getExecution', { executionId });
  }

  /** Node -> status. */
  async nodes(executionId: string): Promise<Record<string, string>> {
    return Object.fromEntries((await this.detail(executionId)).nodes.map(({ node, status }) => [node, status]));
  }

  /** Returns when everything that is under way without waiting for anybody has happened: for "and nothing else" checks. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      await this.engine.call('listWorkflows', { workflowId: 'nobody' });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

export class TestWorker {
  readonly tasks: Task[] = [];
  readonly answers: TaskAnswer[] = [];
  readonly stops: string[] = [];
  pushes = 0;
  idles = 0;
  private readonly signal = new Signal();
  private readonly session: WorkSession;
  private taken = 0;

  constructor(engine: Engine, hello: Partial<WorkHello>) {
    const whole = { workerId: 'w1', filter: { handlers: ['h'] }, leaseMs: 30_000, heldTaskIds: [], ...hello };
    this.session = engine.openWork(whole, (push) => {
      this.pushes += 1;
      this.tasks.push(...push.tasks);
      this.answers.push(...push.answers);
      this.stops.push(...push.stops);
      if (push.idle) this.idles += 1;
      this.signal.notify();
    });
  }

  send(frame: WorkFrame): void {
    this.session.send(frame);
  }

  close(): void {
    this.session.close();
  }

  until(holds: (worker: this) => boolean): Promise<void> {
    return this.signal.until(() => holds(this));
  }

  /** The next task that this worker was sent; does not ask for one. */
  async next(): Promise<Task> {
    const index = this.taken;
    this.taken += 1;
    await this.until(({ tasks }) => tasks.length > index);
    return this.tasks[index]!;
  }

  /** Asks for one task and returns it. */
  take(): Promise<Task> {
    this.send({ credits: 1 });
    return this.next();
  }

  async answer(taskId: string): Promise<TaskAnswer> {
    const find = (): TaskAnswer | undefined => this.answers.find((answer) => answer.taskId === taskId);
    await this.until(() => find() !== undefined);
    return find()!;
  }

  async complete({ taskId }: Task, outputJson = '{}'): Promise<TaskAnswer> {
    this.send({ completions: [{ taskId, outputJson }] });
    return this.answer(taskId);
  }

  async fail({ taskId }: Task, message = 'boom'): Promise<TaskAnswer> {
    this.send({ failures: [{ taskId, code: 'HANDLER_FAILED', message, retryable: true }] });
    return this.answer(taskId);
  }

  /** Completes every task that comes, with its node's name, and asks for as many again. */
  runAll(credits = 64): void {
    let done = this.tasks.length;
    const answer = (): void => {
      const fresh = this.tasks.slice(done);
      done = this.tasks.length;
      if (fresh.length === 0) return;
      const completions = fresh.map(({ taskId, node }) => ({ taskId, outputJson: JSON.stringify(node) }));
      this.send({ credits: fresh.length, completions });
    };
    const loop = (): void => {
      answer();
      void this.signal.until(() => this.tasks.length > done).then(loop);
    };
    loop();
    this.send({ credits });
  }
}

export class TestClient {
  readonly started: Started[] = [];
  readonly finished: Finished[] = [];
  pushes = 0;
  private readonly signal = new Signal();
  private readonly session: ExecuteSession;

  constructor(engine: Engine) {
    this.session = engine.openExecute((push) => {
      this.pushes += 1;
      this.started.push(...push.started);
      this.finished.push(...push.finished);
      this.signal.notify();
    });
  }

  send(frame: ExecuteFrame): void {
    this.session.send(frame);
  }

  close(): void {
    this.session.close();
  }

  until(holds: (client: this) => boolean): Promise<void> {
    return this.signal.until(() => holds(this));
  }

  /** The answer to the start with this `ref`. */
  async startedAs(ref: number): Promise<Started> {
    await this.until(({ started }) => started.some((answer) => answer.ref === ref));
    return this.started.find((answer) => answer.ref === ref)!;
  }

  /** The first news of the execution that is not `READY`. */
  async end(executionId: string): Promise<Finished> {
    const find = (): Finished | undefined =>
      this.finished.find((news) => news.executionId === executionId && news.status !== 'READY');
    await this.until(() => find() !== undefined);
    return find()!;
  }
}

export class TestWatch {
  readonly events: ExecutionEvent[] = [];
  ended = false;
  private readonly signal = new Signal();
  private readonly watch: { close(): void };

  constructor(engine: Engine, executionId: string, afterSeq: number) {
    this.watch = engine.watch(executionId, afterSeq, (events) => {
      this.events.push(...events);
      if (events.length === 0) this.ended = true;
      this.signal.notify();
    });
  }

  close(): void {
    this.watch.close();
  }

  until(holds: (watch: this) => boolean): Promise<void> {
    return this.signal.until(() => holds(this));
  }

  /** Waits for `count` events of the kind. */
  seen(kind: ExecutionEvent['kind'], count = 1): Promise<void> {
    return this.until(({ events }) => events.filter((event) => event.kind === kind).length >= count);
  }

  get sequence(): number[] {
    return this.events.map(({ seq }) => seq);
  }
}
