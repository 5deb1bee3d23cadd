/**
 * Every store under the same engine and the same random commands, in lockstep: after each command all of them hold the
 * same, and have said the same to workers. The first one is the reference.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isClosed } from '../../src/core/execution.js';
import { DueTimer } from '../../src/engine/due-timer.js';
import type { Task, WorkFrame } from '../../src/engine/engine-port.js';
import { PostgresStore, type PostgresOptions } from '../../src/store/postgres/postgres-store.js';
import { SqliteStore, type SqliteOptions } from '../../src/store/sqlite/sqlite-store.js';
import { emptyDatabases } from '../support/empty-database.js';
import { NO_DELAY, START_MS, type NodeSketch } from '../support/engine-execution.js';
import { LEASE_MS, LockstepEngine, WORKERS, type Clock, type StoreHome, type WorkerName } from '../support/lockstep.js';
import { ModelData, ModelStore } from '../support/model-store.js';
import { describePostgres } from '../support/postgres.js';
import { temporaryFolder } from '../support/processes.js';
import { APPROVER, randomNodes, SIGNALS } from '../support/random-nodes.js';

interface StoreKind {
  readonly name: string;
  /** New and empty. */
  create(): Promise<StoreHome>;
}

const MODEL: StoreKind = {
  name: 'model',
  create: () => {
    const data = new ModelData();
    return Promise.resolve({
      open: () => Promise.resolve(new ModelStore(data)),
      remove: () => Promise.resolve(),
    });
  },
};
const SQLITE: readonly StoreKind[] = [
  { name: 'SQLite', create: () => sqlite({}) },
  { name: 'SQLite, one execution cached', create: () => sqlite({ maxCachedExecutions: 1 }) },
];
const emptyCached = emptyDatabases();
const emptyUncached = emptyDatabases();
const POSTGRES: readonly StoreKind[] = [
  { name: 'PostgreSQL', create: () => postgres(emptyCached, {}) },
  { name: 'PostgreSQL, nothing cached', create: () => postgres(emptyUncached, { maxCachedExecutions: 0 }) },
];

function sqlite(options: SqliteOptions): Promise<StoreHome> {
  const folder = temporaryFolder();
  return Promise.resolve({
    open: () => Promise.resolve(new SqliteStore(`${folder.path}/nexum.db`, options)),
    remove: () => {
      folder.remove();
      return Promise.resolve();
    },
  });
}

async function postgres(empty: () => Promise<string>, options: PostgresOptions): Promise<StoreHome> {
  const url = await empty();
  return { open: () => PostgresStore.open(url, options), remove: () => Promise.resolve() };
}

/** The workflow that children are executions of. */
const CHILD = 'child';
const CHILD_NODES: Readonly<Record<string, NodeSketch>> = {
  only: { retry: { ...NO_DELAY, maxAttempts: 1 } },
};

const workflows = fc.array(
  randomNodes({
    retry: { ...NO_DELAY, initialIntervalMs: LEASE_MS / 2, maxIntervalMs: LEASE_MS, multiplier: 2, jitter: 0.5 },
    timeoutMs: LEASE_MS,
    handlers: ['h', 'g'],
    maxNodes: 6,
    childWorkflowId: CHILD,
  }),
  { minLength: 2, maxLength: 2 },
);

/** What one store may take with all its runs. */
const LONG_MS = 120_000;
const pick = fc.nat(99);
const worker = fc.constantFrom(...(Object.keys(WORKERS) as WorkerName[]));
/** Mostly of an attempt that is leased now, sometimes of any that ever was. */
const task = fc.record({ pick, old: fc.boolean(), through: fc.option(worker) });
const kind = <K extends string>(name: K): { kind: fc.Arbitrary<K> } => ({ kind: fc.constant(name) });

/** What fits into one batch with others. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ ...kind('start'), workflow: fc.nat(1), input: fc.nat(1), key: fc.option(fc.nat(2)) }),
  },
  { weight: 5, arbitrary: fc.record({ ...kind('credits'), worker, credits: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 9, arbitrary: fc.record({ ...kind('complete'), task, fits: fc.nat(3).map((roll) => roll > 0) }) },
  { weight: 3, arbitrary: fc.record({ ...kind('fail'), task, retryable: fc.constantFrom(true, true, false) }) },
  { weight: 3, arbitrary: fc.record({ ...kind('release'), task }) },
  { weight: 2, arbitrary: fc.record({ ...kind('heartbeat'), task }) },
  { weight: 1, arbitrary: fc.record({ ...kind('withdraw'), worker }) },
  { weight: 1, arbitrary: fc.record({ ...kind('cancel'), pick }) },
  { weight: 1, arbitrary: fc.record({ ...kind('pause'), pick }) },
  { weight: 2, arbitrary: fc.record({ ...kind('resume'), pick }) },
  { weight: 2, arbitrary: fc.record({ ...kind('retry'), pick }) },
  { weight: 2, arbitrary: fc.record({ ...kind('signal'), pick, name: fc.constantFrom(...SIGNALS, 'unknown') }) },
  { weight: 2, arbitrary: fc.record({ ...kind('approve'), pick, approver: fc.constantFrom(APPROVER, 'nobody') }) },
  { weight: 1, arbitrary: fc.record({ ...kind('reject'), pick, approver: fc.constant(APPROVER) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const act = fc.oneof(
  { weight: 16, arbitrary: fc.record({ ...kind('burst'), steps: fc.array(step, { minLength: 1, maxLength: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ ...kind('clock'), stepMs: fc.integer({ min: 1, max: LEASE_MS }) }) },
  { weight: 2, arbitrary: fc.record({ ...kind('attach'), worker, keeps: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ ...kind('detach'), worker }) },
  { weight: 1, arbitrary: fc.record(kind('restart')) },
);
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;
type View = Awaited<ReturnType<LockstepEngine['snapshot']>>;

/** All engines, and what the test knows by what they said. */
class Lockstep {
  readonly codes = new Set<string>();
  view!: View;
  /** Every attempt that was ever sent to a worker. */
  private readonly tasks = new Map<string, Task>();

  private constructor(
    private readonly engines: readonly { readonly name: string; readonly engine: LockstepEngine }[],
    private readonly clock: Clock,
    private readonly nodes: readonly Readonly<Record<string, NodeSketch>>[],
  ) {}

  static async open(
    stores: readonly StoreKind[],
    nodes: readonly Readonly<Record<string, NodeSketch>>[],
  ): Promise<Lockstep> {
    const clock = { nowMs: START_MS };
    const engines = [];
    for (const store of stores)
      engines.push({ name: store.name, engine: await LockstepEngine.open(await store.create(), clock) });
    const all = new Lockstep(engines, clock, nodes);
    for (const [index, one] of nodes.entries()) await all.each((engine) => engine.register(`w${index}`, one));
    await all.each((engine) => engine.register(CHILD, CHILD_NODES));
    for (const name of Object.keys(WORKERS) as WorkerName[]) await all.each((engine) => engine.attach(name, true));
    return all;
  }

  async close(): Promise<void> {
    for (const { engine } of this.engines) await engine.close();
  }

  async play(next: Act): Promise<void> {
    switch (next.kind) {
      case 'burst': {
        // Chosen before the first of them is sent: the same for every engine.
        const steps = next.steps.map((one) => this.request(one));
        return this.each((engine) => engine.burst(steps));
      }
      case 'clock':
        this.clock.nowMs += next.stepMs;
        return this.each((engine) => engine.tick());
      case 'attach':
        return this.each((engine) => engine.attach(next.worker, next.keeps));
      case 'detach':
        return this.each((engine) => engine.detach(next.worker));
      case 'restart':
        return this.each((engine) => engine.restart());
    }
  }

  /** Until every execution is closed: nothing may be stuck, whatever was done to it before. */
  async finish(): Promise<void> {
    for (const name of Object.keys(WORKERS) as WorkerName[])
      await this.play({ kind: 'attach', worker: name, keeps: true });
    for (
      let round = 0;
      !this.view.executions.every(({ status }) => isClosed(status)) || this.leased.length > 0;
      round += 1
    ) {
      expect(round, 'an execution does not end').toBeLessThan(100);
      const steps: Step[] = this.view.executions.flatMap((_execution, index): Step[] => [
        { kind: 'resume', pick: index },
        ...SIGNALS.map((name): Step => ({ kind: 'signal', pick: index, name })),
        // What has failed until now goes on once.
        ...(round === 0 ? [{ kind: 'retry', pick: index } as const] : []),
      ]);
      for (const index of this.approvals.keys()) steps.push({ kind: 'approve', pick: index, approver: APPROVER });
      for (const name of ['w0', 'w1'] as const) steps.push({ kind: 'credits', worker: name, credits: 16 });
      // Twice, the second time with another result.
      for (const index of this.leased.keys())
        for (const fits of [true, false])
          steps.push({ kind: 'complete', task: { pick: index, old: false, through: null }, fits });
      const tried = new Set(this.leased.map(({ taskId }) => taskId));
      await this.play({ kind: 'burst', steps });
      // What was refused, as items are in an execution that failed meanwhile, is let go: its lease has to end.
      if (this.leased.every(({ taskId }) => tried.has(taskId))) await this.play({ kind: 'clock', stepMs: LEASE_MS });
    }
  }

  get leased(): Task[] {
    const nonces = new Set(this.view.leased.flat().map(({ nonce }) => nonce));
    return [...this.tasks.values()].filter(({ taskId }) => nonces.has(taskId.split('.')[3] ?? ''));
  }

  private request(one: Step): (engine: LockstepEngine) => Promise<unknown> {
    switch (one.kind) {
      case 'start': {
        const key = one.key === null ? undefined : `key ${one.key}`;
        return (engine) => engine.start(one.workflow, String(one.input), key);
      }
      case 'credits':
        return (engine) => engine.send(one.worker, { credits: one.credits });
      case 'withdraw':
        return (engine) => engine.send(one.worker, { withdraw: true });
      case 'complete': {
        const chosen = this.task(one.task);
        const completion = { taskId: idOf(chosen), outputJson: one.fits ? this.resultOf(chosen) : '"other"' };
        return via(one.task.through, { completions: [completion] }, (engine) => engine.call('complete', completion));
      }
      case 'fail': {
        const { retryable } = one;
        const failure = { taskId: idOf(this.task(one.task)), code: 'HANDLER_FAILED', message: 'boom', retryable };
        return via(one.task.through, { failures: [failure] }, (engine) => engine.call('fail', failure));
      }
      case 'release': {
        const taskId = idOf(this.task(one.task));
        return via(one.task.through, { releases: [{ taskId }] }, (engine) => engine.call('release', { taskId }));
      }
      case 'heartbeat': {
        const taskIds = [idOf(this.task(one.task))];
        return (engine) => engine.call('heartbeat', { workerId: 'w0', taskIds });
      }
      case 'cancel':
      case 'pause':
      case 'resume':
      case 'retry': {
        const executionId = this.executionId(one.pick);
        return (engine) => engine.call(one.kind, { executionId });
      }
      case 'signal': {
        const signal = { executionId: this.executionId(one.pick), name: one.name, payloadJson: '"signalled"' };
        return (engine) => engine.call('signal', signal);
      }
      case 'approve':
      case 'reject': {
        const { executionId = '', node = '' } = this.approvals[one.pick % Math.max(this.approvals.length, 1)] ?? {};
        const answer = { executionId, node, approver: one.approver, comment: '', reason: 'no' };
        return (engine) => engine.call(one.kind, answer);
      }
    }
  }

  private get approvals(): View['waiting'][number] {
    return this.view.waiting[2] ?? [];
  }

  private executionId(index: number): string {
    const { executions } = this.view;
    return executions[index % Math.max(executions.length, 1)]?.executionId ?? '';
  }

  private task({ pick: index, old }: { pick: number; old: boolean }): Task | undefined {
    const pool = old ? [...this.tasks.values()] : this.leased;
    return pool[index % Math.max(pool.length, 1)];
  }

  /** What a worker hands in for this kind of node. */
  private resultOf(task: Task | undefined): string {
    if (task?.item) return '1';
    switch (task?.nodeType) {
      case 'MAP':
        return '[1,2]';
      case 'SUBWORKFLOW':
        return '{"childInput":1}';
      case 'ROUTER': {
        const routes = this.nodes[Number(task.workflowId.slice(1))]?.[task.node]?.routes;
        return JSON.stringify({ routed_to: routes?.[0]?.target ?? null });
      }
      default:
        return '1';
    }
  }

  /** Does the same everywhere; then all must have answered, hold and have said the same. */
  private async each(work: (engine: LockstepEngine) => Promise<unknown>): Promise<void> {
    const results: { name: string; outcome: unknown; view: View }[] = [];
    for (const { name, engine } of this.engines) {
      const outcome = await work(engine);
      results.push({ name, outcome, view: await engine.snapshot() });
    }
    const [reference, ...others] = results;
    for (const other of others) {
      expect(other.outcome, other.name).toEqual(reference!.outcome);
      // The matcher, which takes its time, is only asked for the difference.
      if (!isDeepStrictEqual(plain(other.view), plain(reference!.view)))
        expect(other.view, other.name).toEqual(reference!.view);
    }
    this.view = reference!.view;
    expect(this.view.fatal).toEqual([]);
    for (const [, code = ''] of JSON.stringify([reference!.outcome, this.view.told]).matchAll(/"code":"(\w+)"/g))
      this.codes.add(code);
    for (const one of this.view.told.flatMap(({ tasks }) => tasks)) this.tasks.set(one.taskId, one);
  }
}

function idOf(task: Task | undefined): string {
  return task?.taskId ?? 'task-nobody';
}

/** Without the difference between a field that is absent and one that is undefined. */
function plain(view: View): unknown {
  return JSON.parse(JSON.stringify(view));
}

function via(
  through: WorkerName | null,
  frame: WorkFrame,
  call: (engine: LockstepEngine) => Promise<unknown>,
): (engine: LockstepEngine) => Promise<unknown> {
  return through === null ? call : (engine) => engine.send(through, frame);
}

/** Returns the kinds of events and the codes of refusals that occurred. */
async function compare(
  stores: readonly StoreKind[],
  numRuns: number,
): Promise<{ kinds: readonly string[]; codes: readonly string[] }> {
  const kinds = new Set<string>();
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(workflows, fc.array(act, { minLength: 10, maxLength: 30 }), async (nodes, acts) => {
      const all = await Lockstep.open(stores, nodes);
      try {
        for (const next of acts) await all.play(next);
        await all.finish();
        for (const { events } of all.view.details) for (const event of events) kinds.add(event.kind);
        for (const code of all.codes) codes.add(code);
      } finally {
        await all.close();
      }
    }),
    // A difference is told even where making it smaller would take longer than the test may.
    { numRuns, interruptAfterTimeLimit: LONG_MS / 2 },
  );
  return { kinds: [...kinds].sort(), codes: [...codes] };
}

beforeEach(() => {
  // The clock of the test stands still between two acts: what is due is taken up with the next one.
  const timer = vi.spyOn(DueTimer.prototype, 'at').mockReturnValue();
  return () => timer.mockRestore();
});

describe('equal commands leave equal stores and tell workers the same, until every execution has ended', () => {
  it('in stores on SQLite', { timeout: LONG_MS }, async () => {
    const { kinds, codes } = await compare([MODEL, ...SQLITE], 50);
    // The commands reach everything that can happen: a guard against a test that passes because it does nothing.
    expect(kinds).toEqual([
      'attempt_failed',
      'attempt_lost',
      'attempt_released',
      'execution_cancelled',
      'execution_completed',
      'execution_failed',
      'execution_paused',
      'execution_resumed',
      'execution_retried',
      'execution_started',
      'items_opened',
      'map_expanded',
      'map_items',
      'node_cancelled',
      'node_completed',
      'node_failed',
      'node_leased',
      'node_reopened',
      'node_skipped',
      'node_waiting',
      'signal_received',
    ]);
    expect(codes).toEqual(
      expect.arrayContaining(['EXECUTION_CLOSED', 'IDEMPOTENCY_CONFLICT', 'RESULT_CONFLICT', 'STALE_LEASE']),
    );
  });

  describePostgres('PostgreSQL', () => {
    // Fewer: each step costs several round trips.
    it('in stores on it', { timeout: LONG_MS }, () => compare([MODEL, ...POSTGRES], 6));
  });
});
