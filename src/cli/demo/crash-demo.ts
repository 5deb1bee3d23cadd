/**
 * The crash demo: a real server process, a worker that kills itself by SIGKILL, a fresh worker that goes on. This process
 * only starts them, watches, and compares what they say with what the server stored.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { nexumError } from '../../errors.js';
import { NexumClient } from '../../rpc/client.js';
import type { CommandContext } from '../context.js';
import { inRunningOrder, nodeReport, parseJson, summaryOf } from '../execution-report.js';
import { ExitCode } from '../exit-code.js';
import { registerPipeline } from '../pipeline-file.js';
import { interruptCode, untilInterrupt } from '../shutdown.js';
import { NexumChild, type ChildEnd, type ChildEvent } from './child.js';
import { callEvidence, crashedActivation, crashEvidence, findReport, type CrashScene } from './crash-evidence.js';
import { CrashStory, type CrashReport } from './crash-story.js';
import { planCrashDemo, type CrashDemoFlags, type CrashDemoPlan } from './demo-plan.js';

/** How long worker 1 may live on after the execution has ended: the crash after the last commit is under way then. */
const LAST_CRASH_MS = 3000;
const STOP_MS = 5000;

/** @returns the exit code */
export async function runCrashDemo(context: CommandContext, flags: CrashDemoFlags): Promise<number> {
  const plan = await planCrashDemo(flags, context.output);
  const dataDir = await mkdtemp(join(tmpdir(), 'nexum-crash-demo-'));
  const demo = new CrashDemo(plan, flags, context, dataDir, new CrashStory(context.output));
  const killAll = (): void => demo.kill();
  process.on('exit', killAll);
  const interrupted = untilInterrupt(killAll).then(interruptCode);
  try {
    const finished = demo.run().then((report) => {
      context.output.data(report, demo.story.summary(report));
      return exitCodeFor(report);
    });
    // An interrupt kills the children, and then every wait of the demo fails: nobody listens any more.
    finished.catch(() => undefined);
    return await Promise.race([finished, interrupted]);
  } finally {
    await demo.stop();
    process.off('exit', killAll);
    if (flags.keep !== true) await rm(dataDir, { recursive: true, force: true });
  }
}

class CrashDemo {
  private readonly children: NexumChild[] = [];
  private client: NexumClient | undefined;

  constructor(
    private readonly plan: CrashDemoPlan,
    private readonly flags: CrashDemoFlags,
    private readonly context: CommandContext,
    private readonly dataDir: string,
    readonly story: CrashStory,
  ) {}

  async run(): Promise<CrashReport> {
    const { plan, story } = this;
    const { location } = this.context;
    const common = ['server', '--listen', '127.0.0.1:0', '--lease', this.flags.lease];
    // Not as an argument: it may hold a password, and arguments can be read by everybody on the machine.
    const server =
      location.kind === 'postgres'
        ? this.spawn('the server', common, { env: { DATABASE_URL: location.url } })
        : this.spawn('the server', [...common, '--data-dir', this.dataDir]);
    const address = String((await server.until('listening'))['address']);
    story.server(server.pid, address, location.kind === 'postgres' ? this.context.locationText : this.dataDir);
    const client = new NexumClient(address);
    this.client = client;
    const executionId = await this.start(client);
    const worker1 = this.worker('worker 1', address, { [plan.during ? 'CRASH_IN' : 'CRASH_AFTER']: plan.node });
    story.worker1(worker1.pid, plan);
    const death = await this.untilDeath(client, executionId, worker1);
    const atCrash = await client.call('GetExecution', { executionId });
    story.crash(plan, death, atCrash);
    const worker2 = this.worker('worker 2', address, {});
    story.worker2(worker2.pid);
    await this.untilClosed(client, executionId, worker2);
    await worker2.until('ready');
    const atEnd = await client.call('GetExecution', { executionId });
    worker2.kill('SIGTERM');
    await worker2.ended;
    return this.report(death, {
      executionId,
      atCrash,
      atEnd,
      worker1: worker1.events,
      worker2: worker2.events,
      worker2SpawnedAtMs: worker2.spawnedAtMs,
    });
  }

  kill(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  /** Ends every process; the server may close its files first. */
  async stop(): Promise<void> {
    this.client?.close();
    for (const child of this.children) child.kill('SIGTERM');
    const force = setTimeout(() => this.kill(), STOP_MS);
    await Promise.all(this.children.map(({ ended }) => ended));
    clearTimeout(force);
  }

  private spawn(
    name: string,
    args: readonly string[],
    options?: ConstructorParameters<typeof NexumChild>[2],
  ): NexumChild {
    const child = new NexumChild(name, args, options);
    this.children.push(child);
    return child;
  }

  private worker(name: string, address: string, env: Readonly<Record<string, string>>): NexumChild {
    const args = ['worker', '--server', address, '--lease', this.flags.lease, ...this.plan.workerArgs];
    return this.spawn(name, args, { env, onEvent: (event: ChildEvent) => this.story.workerEvent(event) });
  }

  private async start(client: NexumClient): Promise<string> {
    const { compiled, input } = this.plan;
    await registerPipeline(client, compiled, { waitForReady: true });
    const { workflowId, versionHash } = compiled;
    const inputJson = JSON.stringify(input);
    const idempotencyKey = randomUUID();
    const { executionId } = await client.call('StartExecution', { workflowId, versionHash, inputJson, idempotencyKey });
    this.story.execution(executionId, compiled, input);
    return executionId;
  }

  /** Waits until worker 1 has killed itself; an execution that ends without that shows nothing. */
  private async untilDeath(client: NexumClient, executionId: string, worker: NexumChild): Promise<ChildEnd> {
    const leave = new AbortController();
    const survived = this.closed(client, executionId, leave.signal).then(() =>
      pause(LAST_CRASH_MS, undefined, { signal: leave.signal }),
    );
    survived.catch(() => undefined);
    const death = await Promise.race([worker.ended, survived]);
    leave.abort();
    if (death === undefined) {
      const where = this.plan.during ? `made fewer than two durable calls in` : `never committed`;
      const others =
        this.context.location.kind === 'postgres' ? '; perhaps another worker of this database took it' : '';
      throw nexumError(
        'USAGE',
        `the execution ended, but worker 1 ${where} ${this.plan.node}: nothing was killed${others}`,
      );
    }
    if (death.signal !== 'SIGKILL') throw worker.failure('ended by itself');
    return death;
  }

  private async untilClosed(client: NexumClient, executionId: string, worker: NexumChild): Promise<void> {
    const early = worker.ended.then(() => {
      throw worker.failure('ended before the execution did');
    });
    early.catch(() => undefined);
    await Promise.race([this.closed(client, executionId), early]);
  }

  private async closed(client: NexumClient, executionId: string, signal?: AbortSignal): Promise<void> {
    const events = client.watch(executionId, signal ? { signal } : {})[Symbol.asyncIterator]();
    while ((await events.next()).done !== true);
  }

  private report(death: ChildEnd, scene: CrashScene): CrashReport {
    const { during } = this.plan;
    const { node, iteration } = crashedActivation(scene, this.plan.node, during);
    return {
      executionId: scene.executionId,
      status: summaryOf(scene.atEnd).status,
      crash: { node, iteration, signal: death.signal ?? '', ...(during ? { during } : {}) },
      ...crashEvidence(scene),
      ...(during ? callEvidence(scene, node) : {}),
      nodes: inRunningOrder(scene.atEnd.nodes).map(nodeReport),
      report: findReport(parseJson(scene.atEnd.outputJson)),
      dataDir: this.flags.keep === true && this.context.location.kind === 'sqlite' ? this.dataDir : null,
      workers: { crashed: workerId(scene.worker1), fresh: workerId(scene.worker2) },
    };
  }
}

function workerId(events: readonly ChildEvent[]): string | null {
  const ready = events.find(({ event }) => event === 'ready');
  return typeof ready?.['worker'] === 'string' ? ready['worker'] : null;
}

/** A demo that could not show what it promises must not look like one that did. */
function exitCodeFor({ status, reExecuted, repeatedCalls }: CrashReport): number {
  if (status !== 'COMPLETED') return ExitCode.FAILED;
  return reExecuted.length > 0 || (repeatedCalls ?? []).length > 0 ? ExitCode.UNEXPECTED : ExitCode.OK;
}
