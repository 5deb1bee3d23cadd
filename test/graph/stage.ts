/** Real server and worker processes around the performances of one test; it kills and replaces them. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { Failpoint } from '../../src/failpoint.js';
import { NexumClient } from '../../src/rpc/client.js';
import { inParallel } from '../support/patience.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { freePort, spawnWorker, startServer, temporaryFolder, type NexumProcess } from '../support/processes.js';
import { Conductor } from './conductor.js';
import { Performance, type Halt } from './performance.js';
import { irOf, type Scenario } from './scenario.js';

const HANDLERS = fileURLToPath(new URL('scripted-handlers.js', import.meta.url));
/** Every performance of a test may hold several calls at once. */
const CALLS_PER_WORKER = 5000;
/** Requests at once: more only fill queues. */
const WIDTH = 32;

export interface StageOptions {
  readonly store: 'SQLite' | 'PostgreSQL';
  /** Several of them need PostgreSQL. */
  readonly servers?: number;
  readonly workers: number;
  readonly leaseMs: number;
  /** Server processes are to die there, once `strike` says so. */
  readonly failpoint?: Failpoint;
}

/** What a handler has written: `called` when it began, `done` when it had done everything. */
export interface LogLine {
  readonly what: 'called' | 'done';
  readonly executionId: string;
  readonly node: string;
  readonly iteration: number;
  readonly attempt: number;
  readonly pid: number;
  readonly reads?: Readonly<Record<string, unknown>>;
  readonly heard?: readonly string[];
}

export class Stage {
  readonly client: NexumClient;
  readonly performances: Performance[] = [];
  workers: NexumProcess[] = [];
  servers: NexumProcess[] = [];
  private readonly all: NexumProcess[] = [];
  private readonly folder = temporaryFolder();

  private constructor(
    private readonly options: StageOptions,
    private readonly ports: readonly number[],
    private readonly database: TestDatabase | undefined,
    readonly conductor: Conductor,
  ) {
    this.client = new NexumClient(this.address);
  }

  static async open(options: StageOptions): Promise<Stage> {
    const database = options.store === 'PostgreSQL' ? await createDatabase() : undefined;
    const ports: number[] = [];
    while (ports.length < (options.servers ?? 1)) ports.push(await freePort());
    const stage = new Stage(options, ports, database, await Conductor.open());
    try {
      await stage.startServers(options.failpoint);
      await stage.startWorkers();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /** On the same ports and data as before. */
  async startServers(failpoint?: Failpoint): Promise<void> {
    this.servers = [];
    const env: Record<string, string> = failpoint ? { NEXUM_FAILPOINT: `${failpoint}@${this.path('strike')}` } : {};
    for (const [index, port] of this.ports.entries()) {
      const database = this.database ? { database: this.database.url } : {};
      const { leaseMs } = this.options;
      const server = await startServer({ dataDir: this.path(`data-${index}`), ...database, port, leaseMs, env });
      this.servers.push(server);
      this.all.push(server);
    }
  }

  async startWorkers(count = this.options.workers): Promise<void> {
    const started = Array.from({ length: count }, () => this.spawnWorker());
    await Promise.all(started.map((worker) => worker.waitForEvent('ready')));
    this.workers.push(...started);
  }

  /** They take nothing new; what they run goes on. */
  async drain(): Promise<void> {
    for (const worker of this.workers) worker.kill('SIGTERM');
    await Promise.all(this.workers.map((worker) => worker.waitForEvent('connection', { state: 'draining' })));
    // Said before the server has heard it: its list of workers tells when nobody takes anything any more.
    for (;;) {
      const { workers } = await this.client.call('ListWorkers', {});
      if (workers.every(({ credits }) => credits === 0)) return;
    }
  }

  async killWorkers(victims: readonly NexumProcess[] = this.workers): Promise<void> {
    await Promise.all(victims.map((worker) => worker.end()));
    this.workers = this.workers.filter((worker) => !victims.includes(worker));
  }

  async killServers(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.end()));
  }

  /** From now on a server dies at its failpoint, or does not any more. */
  strike(now: boolean): void {
    if (now) writeFileSync(this.path('strike'), '');
    else rmSync(this.path('strike'));
  }

  async register(scenarios: readonly Scenario[]): Promise<void> {
    await inParallel(scenarios, WIDTH, (scenario) => this.client.call('RegisterWorkflow', irOf(scenario)));
  }

  /** Starts one execution for each; they go as far as `halt` lets them. */
  async perform<T>(
    items: readonly T[],
    plan: (item: T) => { scenario: Scenario; halt?: Halt },
  ): Promise<Performance[]> {
    return inParallel(items, WIDTH, async (item) => {
      const { scenario, halt } = plan(item);
      const { workflowId, versionHash } = irOf(scenario);
      const inputJson = JSON.stringify({ script: scenario.says ?? {} });
      const { executionId } = await this.client.call('StartExecution', { workflowId, versionHash, inputJson });
      const performance = new Performance(scenario, executionId, this.client, this.conductor, halt);
      this.performances.push(performance);
      return performance;
    });
  }

  /** What is committed, as the database says: `execution node#iteration`. */
  async committed(): Promise<ReadonlySet<string>> {
    const rows = this.database
      ? await committedInPostgres(this.database)
      : committedInFile(this.path('data-0/nexum.db'));
    return new Set(rows.map(({ execution, node, iteration }) => `${execution} ${node}#${iteration}`));
  }

  log(): LogLine[] {
    const file = this.path('log');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as LogLine);
  }

  describe(): string {
    return this.all.map(({ pid, text }) => `--- process ${pid}\n${text.slice(-1500)}`).join('\n');
  }

  async close(): Promise<void> {
    for (const performance of this.performances) performance.close();
    this.client.close();
    await Promise.all(this.all.filter(({ exit }) => !exit).map((process) => process.end()));
    await this.conductor.close();
    await this.database?.drop();
    this.folder.remove();
  }

  private get address(): string {
    return this.ports.map((port) => `127.0.0.1:${port}`).join(',');
  }

  private path(name: string): string {
    return join(this.folder.path, name);
  }

  private spawnWorker(): NexumProcess {
    const env = { SCRIPTED_LOG: this.path('log'), SCRIPTED_CONDUCTOR: String(this.conductor.port) };
    const { leaseMs } = this.options;
    const worker = spawnWorker({
      server: this.address,
      handlers: HANDLERS,
      concurrency: CALLS_PER_WORKER,
      leaseMs,
      env,
    });
    this.all.push(worker);
    return worker;
  }
}

interface CommitRow {
  readonly execution: string;
  readonly node: string;
  readonly iteration: number;
}

function committedInFile(file: string): CommitRow[] {
  const database = new Database(file);
  try {
    return database
      .prepare<[], CommitRow>(
        `SELECT execution_id AS execution, node, iteration FROM event JOIN execution ON execution.id = event.execution
         WHERE kind = 'node_completed'`,
      )
      .all();
  } finally {
    database.close();
  }
}

async function committedInPostgres(database: TestDatabase): Promise<CommitRow[]> {
  const rows = await database.query<{ execution_id: string; node: string; iteration: number }>(
    `SELECT execution_id, node, iteration FROM nexum.event WHERE kind = 'node_completed'`,
  );
  return rows.map(({ execution_id, ...row }) => ({ ...row, execution: `exec-${execution_id}` }));
}
