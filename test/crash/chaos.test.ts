/**
 * Three servers on one PostgreSQL, four workers, and a SIGKILL every second to one of them, which is replaced. Two
 * thousand executions, started meanwhile by a client that repeats what was not answered: all of them complete, every
 * result is committed once, and no node is ever held by two workers (test/support/history-oracle.ts, H1 to H4).
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { it } from 'vitest';
import { CHAOS_PIPELINE, Cluster } from '../support/cluster.js';
import { judgeHistory } from '../support/history-oracle.js';
import { inParallel, Patience } from '../support/patience.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { until, type NexumProcess } from '../support/processes.js';
import { seeded } from '../support/seeded.js';

const SERVERS = 3;
const WORKERS = 4;
const EXECUTIONS = 2000;
/** So many executions are started between two kills: the load lasts for twenty of them. */
const WAVE = 100;
const CALLERS = 16;
const KILL_EVERY_MS = 1000;
const SEED = 20_260_101;
const NODES = ['first', 'left', 'right', 'last'];
/** Far above what it takes: on a slow machine, replacing processes is most of the work. */
const DEADLINE_MS = 110_000;

describePostgres('many servers and workers that are killed', () => {
  it('complete every execution, and commit every result exactly once', { timeout: DEADLINE_MS + 60_000 }, async () => {
    const database = await createDatabase();
    const cluster = await Cluster.open({ database, servers: SERVERS, leaseMs: 4000 });
    try {
      const startWorker = (): Promise<NexumProcess> => cluster.startWorker({ pipelines: [CHAOS_PIPELINE] });
      const workers = await Promise.all(Array.from({ length: WORKERS }, startWorker));
      const killer = new Killer(cluster, workers, startWorker);
      const patience = new Patience(DEADLINE_MS);
      const client = cluster.client();
      const start = (index: number): Promise<string> =>
        patience.call(async () => {
          const inputJson = JSON.stringify({ log: cluster.path('log') });
          const request = { workflowId: 'chaos', versionHash: '', inputJson, idempotencyKey: `chaos ${index}` };
          return (await client.call('StartExecution', request, { timeoutMs: 5000 })).executionId;
        });

      const killing = killer.run();
      const ids: string[] = [];
      for (let first = 0; first < EXECUTIONS; first += WAVE) {
        const wave = Array.from({ length: WAVE }, (_, index) => first + index);
        const [started] = await Promise.all([inParallel(wave, CALLERS, start), killer.next()]);
        ids.push(...started);
      }
      await allCompleted(database, cluster);
      killer.stop();
      await killing;

      equal(new Set(ids).size, EXECUTIONS, 'each key started an execution of its own');
      deepStrictEqual(
        [...new Set(await Promise.all(ids.slice(0, 50).map((_, index) => start(index))))],
        ids.slice(0, 50),
      );
      const events = await cluster.history();
      const verdict = judgeHistory(events, cluster.log(), NODES);
      deepStrictEqual([verdict.executions, verdict.completed], [EXECUTIONS, EXECUTIONS * NODES.length]);
      const outputs = events.filter(({ kind }) => kind === 'execution_completed').map(({ payload }) => payload);
      deepStrictEqual([...new Set(outputs)], ['5'], 'every execution computed the same');
      ok(killer.kills >= EXECUTIONS / WAVE, `only ${killer.kills} kills`);
      deepStrictEqual(killer.ownDeaths(), [], 'nobody died but by the hand of this test');
      console.log(
        `chaos: ${killer.kills} kills, ${verdict.lost} attempts without a commit, ` +
          `calls repeated: ${JSON.stringify(Object.fromEntries(patience.heard))}`,
      );
    } catch (error) {
      console.log(cluster.describe());
      throw error;
    } finally {
      await cluster.close();
      await database.drop();
    }
  });
});

async function allCompleted(database: TestDatabase, cluster: Cluster): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    const rows = await database.query<{ status: string; count: number }>(
      'SELECT status, count(*)::int AS count FROM nexum.execution GROUP BY status',
    );
    const counts = new Map(rows.map(({ status, count }) => [status, count]));
    for (const status of counts.keys())
      ok(status === 'RUNNING' || status === 'COMPLETED', `${status}: ${cluster.describe()}`);
    return counts.get('COMPLETED') === EXECUTIONS ? true : undefined;
  };
  await until(look, 'all executions are COMPLETED', { deadlineMs: DEADLINE_MS, everyMs: 250 });
}

/** Kills one process that is ready each second, and replaces it; never the last server. */
class Killer {
  kills = 0;
  private readonly random = seeded(SEED);
  private readonly killed = new Set<NexumProcess>();
  private readonly ended: NexumProcess[] = [];
  private readonly replacements = new Set<Promise<void>>();
  private waiting: (() => void)[] = [];
  private stopped = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly workers: NexumProcess[],
    private readonly startWorker: () => Promise<NexumProcess>,
  ) {}

  async run(): Promise<void> {
    while (!this.stopped) {
      await pause(KILL_EVERY_MS);
      this.strike();
      for (const resolve of this.waiting.splice(0)) resolve();
    }
    await Promise.all(this.replacements);
  }

  stop(): void {
    this.stopped = true;
  }

  /** The next kill. */
  next(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Processes that ended without having been killed here. */
  ownDeaths(): string[] {
    const everybody = [...this.cluster.servers, ...this.workers, ...this.ended];
    return everybody.filter((process) => process.exit && !this.killed.has(process)).map(({ text }) => text);
  }

  private strike(): void {
    const { servers } = this.cluster;
    const livingServers = [...servers.keys()].filter(
      (index) => !servers[index]?.exit && !this.isKilled(servers[index]),
    );
    const livingWorkers = [...this.workers.keys()].filter((index) => !this.isKilled(this.workers[index]));
    const candidates = [
      ...(livingServers.length > 1 ? livingServers.map((index) => ({ kind: 'server' as const, index })) : []),
      ...(livingWorkers.length > 1 ? livingWorkers.map((index) => ({ kind: 'worker' as const, index })) : []),
    ];
    const victim = candidates[Math.floor(this.random() * candidates.length)];
    if (!victim) return;
    const { kind, index } = victim;
    const process = kind === 'server' ? servers[index] : this.workers[index];
    if (!process) return;
    this.killed.add(process);
    this.ended.push(process);
    process.kill();
    this.kills += 1;
    const replacement = this.replace(kind, index, process).finally(() => this.replacements.delete(replacement));
    this.replacements.add(replacement);
  }

  private async replace(kind: 'server' | 'worker', index: number, process: NexumProcess): Promise<void> {
    await process.waitForExit();
    if (kind === 'server') await this.cluster.startServer(index);
    else this.workers[index] = await this.startWorker();
  }

  private isKilled(process: NexumProcess | undefined): boolean {
    return process !== undefined && this.killed.has(process);
  }
}
