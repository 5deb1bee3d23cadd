/**
 * One engine on one store, with workers, a clock and randomness of the test: driven with the same commands, two of them
 * must do the same. Every method returns when everything that follows from it has happened.
 */
import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import { NEVER_MS } from '../../src/core/execution.js';
import { formatExecutionId, formatTaskId } from '../../src/core/ids.js';
import type { Workflow } from '../../src/core/workflow.js';
import { buildWorkflow } from '../../src/core/workflow.js';
import type { EngineCalls, WorkFrame } from '../../src/engine/engine-port.js';
import { Engine } from '../../src/engine/engine.js';
import { Entropy } from '../../src/engine/entropy.js';
import { NexumError } from '../../src/errors.js';
import * as cron from '../../src/schedule/cron.js';
import type { Store } from '../../src/store/store.js';
import { irOf, stubExpressions, type NodeSketch } from './engine-execution.js';
import { TestWorker } from './engine-rig.js';
import { OrderedStore } from './ordered-store.js';
import { snapshotOf } from './store-records.js';

/** Where one store keeps its data: opened again and again on the same data, removed in the end. */
export interface StoreHome {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export interface Clock {
  nowMs: number;
}

/** Longer than any test, so that no lease ends by the real clock. In milliseconds. */
export const LEASE_MS = 100_000;
export const WORKERS = {
  w0: { handlers: ['h'] },
  w1: { handlers: ['h', 'g'] },
} as const;
export type WorkerName = keyof typeof WORKERS;

/**
 * Counts: equal calls give equal ids, and ids that were made later sort behind. The jitter is not counted: how many
 * decisions a child that ends just now takes (cancelled before it was there, or after) is up to the speed of a store.
 */
class CountedEntropy extends Entropy {
  private count = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  override nonce(): string {
    return this.next(16).toString('base64url');
  }

  override executionId(nowMs: number): string {
    return formatExecutionId(nowMs, this.next(10));
  }

  override uniform(): number {
    return (this.clock.nowMs * 0.37) % 1;
  }

  private next(size: number): Buffer {
    this.count += 1;
    const bytes = Buffer.alloc(size);
    bytes.writeUInt32BE(this.count, size - 4);
    return bytes;
  }
}

export class LockstepEngine {
  private readonly workflows: Workflow[] = [];
  private readonly entropy: CountedEntropy;
  private readonly workers = new Map<WorkerName, TestWorker>();
  private readonly fatal: Error[] = [];
  private store!: OrderedStore;
  private engine!: Engine;

  private constructor(
    private readonly home: StoreHome,
    private readonly clock: Clock,
  ) {
    this.entropy = new CountedEntropy(clock);
  }

  static async open(home: StoreHome, clock: Clock): Promise<LockstepEngine> {
    const one = new LockstepEngine(home, clock);
    await one.openEngine();
    return one;
  }

  async register(workflowId: string, nodes: Readonly<Record<string, NodeSketch>>): Promise<void> {
    const irJson = irOf(nodes);
    const versionHash = `sha256:${createHash('sha256').update(workflowId).update(irJson).digest('hex')}`;
    this.workflows.push(buildWorkflow(workflowId, versionHash, irJson));
    await this.engine.call('registerWorkflow', { workflowId, versionHash, irJson });
  }

  async close(): Promise<void> {
    await this.closeEngine();
    await this.home.remove();
  }

  /** Sends everything in one turn, so that it becomes one batch; returns what each call answered. */
  async burst(steps: readonly ((engine: LockstepEngine) => Promise<unknown>)[]): Promise<readonly unknown[]> {
    const outcomes = await Promise.all(steps.map((step) => step(this)));
    await this.settle();
    return outcomes;
  }

  call<M extends keyof EngineCalls>(method: M, args: EngineCalls[M]['args']): Promise<unknown> {
    return this.engine.call(method, args).then(
      (result) => ({ result }),
      (error: unknown) => ({ code: error instanceof NexumError ? error.code : String(error) }),
    );
  }

  start(workflow: number, inputJson: string, idempotencyKey?: string): Promise<unknown> {
    const { workflowId = '', versionHash = '' } = this.workflows[workflow] ?? {};
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    return this.call('start', { workflowId, versionHash, inputJson, ...key });
  }

  /** Through the stream of a worker, if it is attached; what it is answered is part of the snapshot. */
  send(worker: WorkerName, frame: WorkFrame): Promise<unknown> {
    this.workers.get(worker)?.send(frame);
    return Promise.resolve();
  }

  /** @param keeps the worker still has the tasks that are leased to it; otherwise it has forgotten them */
  async attach(name: WorkerName, keeps: boolean): Promise<void> {
    if (this.workers.has(name)) return;
    const held = keeps ? await this.tasksOf(name) : [];
    const hello = { workerId: name, filter: WORKERS[name], leaseMs: LEASE_MS, heldTaskIds: held };
    this.workers.set(name, new TestWorker(this.engine, hello));
    await this.settle();
  }

  /** Breaks the connection of the worker, and lets the time pass in which it could have come back. */
  async detach(name: WorkerName): Promise<void> {
    const grace = captureTimers(() => this.workers.get(name)?.close());
    this.workers.delete(name);
    await this.settle();
    for (const end of grace) end();
    await this.settle();
  }

  /** The clock has moved: takes up what became due. */
  async tick(): Promise<void> {
    await this.engine.start();
    await this.settle();
  }

  /** Another process on the same data. Its workers come back, and keep what they hold. */
  async restart(): Promise<void> {
    const names = [...this.workers.keys()];
    await this.closeEngine();
    await this.openEngine();
    for (const { workflowId, versionHash, ir } of this.workflows) {
      await this.engine.call('registerWorkflow', { workflowId, versionHash, irJson: JSON.stringify(ir) });
    }
    for (const name of names) await this.attach(name, true);
  }

  /** Everything that can be seen of the store, and everything that was said to workers. */
  async snapshot() {
    const { store, clock } = this;
    const told = [...this.workers].map(([name, { tasks, answers, stops, idles }]) => ({
      name,
      tasks,
      answers,
      stops,
      idles,
    }));
    return store.transact(async (transaction) => {
      const executions = await store.listExecutions({ limit: 1000 });
      const loaded = await transaction.load(executions.map(({ executionId }) => executionId));
      const details = await Promise.all(
        executions.map(async ({ executionId, versionHash }, index) => {
          const stored = loaded[index]!;
          const targets = [...(this.workflows.find((one) => one.versionHash === versionHash)?.nodes.keys() ?? [])];
          return {
            loaded: snapshotOf(stored),
            joins: targets.map((target) => stored.join(target, target)),
            activations: await store.listActivations(executionId),
            events: await store.listEvents(executionId, 0, 1000),
          };
        }),
      );
      const ready = (filter: Parameters<typeof transaction.findReady>[0]) =>
        transaction.findReady(filter, clock.nowMs, 1000);
      const names = Object.keys(WORKERS);
      return {
        told,
        executions,
        details,
        leased: await Promise.all(names.map((workerId) => store.findLeased({ workerId }, 1000))),
        expired: await store.findLeased({ expiredAtMs: clock.nowMs }, 1000),
        ready: [
          await ready({ handler: 'h' }),
          await ready({ handler: 'g' }),
          ...(await inOrder(this.workflows, ({ versionHash }) => ready({ versionHash }))),
        ],
        due: await store.nextDue(clock.nowMs),
        fired: await store.findFired(clock.nowMs, 1000),
        waiting: await inOrder(['timer', 'signal', 'approval', 'child', 'items'] as const, (what) =>
          store.findWaiting(what, 1000),
        ),
        outbox: await store.listOutbox(NEVER_MS, 1000),
        workflows: (await store.listWorkflows()).map(({ registeredAtMs: _atMs, ...rest }) => rest),
        fatal: this.fatal,
      };
    });
  }

  /** Task ids of the attempts that are leased to this worker. */
  private async tasksOf(workerId: WorkerName): Promise<string[]> {
    const refs = await this.store.findLeased({ workerId }, 1000);
    return inOrder(refs, async (ref) => {
      const records = await this.store.listActivations(ref.executionId);
      const { attempt = 0 } = records.find(({ node, item }) => node === ref.node && item === ref.item) ?? {};
      return formatTaskId({ ...ref, attempt });
    });
  }

  private async openEngine(): Promise<void> {
    const { clock, entropy } = this;
    this.store = new OrderedStore(await this.home.open());
    this.engine = new Engine({
      store: this.store,
      expressions: stubExpressions,
      resolveInput: (_workflow, inputJson) => inputJson,
      cron,
      onFatal: (error) => this.fatal.push(error),
      nowMs: () => clock.nowMs,
      entropy,
    });
    await this.tick();
  }

  private async closeEngine(): Promise<void> {
    // No server is left that would wait for them to come back.
    captureTimers(() => {
      for (const worker of this.workers.values()) worker.close();
    });
    this.workers.clear();
    await this.engine.stop();
  }

  /** Nothing is under way any more: three rounds of the loop in a row without a batch. */
  private async settle(): Promise<void> {
    let quiet = 0;
    let before = -1;
    while (quiet < 3) {
      await this.engine.call('listWorkflows', { workflowId: 'nobody' });
      await new Promise((resolve) => setImmediate(resolve));
      const { batches } = await this.engine.call('getStats', {});
      quiet = batches === before ? quiet + 1 : 0;
      before = batches;
    }
  }
}

/** Runs `work` and returns what it wanted to happen later. */
function captureTimers(work: () => void): (() => void)[] {
  const captured: (() => void)[] = [];
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void) => {
    captured.push(callback);
    return { unref: () => undefined };
  }) as never);
  try {
    work();
    return captured;
  } finally {
    spy.mockRestore();
  }
}

async function inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
