/** One crash and what follows: a server and a worker as real processes, a SIGKILL, a fresh process, the end. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Failpoint } from '../../src/failpoint.js';
import { NexumClient } from '../../src/rpc/client.js';
import { createDatabase, type TestDatabase } from './postgres.js';
import { gather, type Evidence, type LogLine } from './oracle.js';
import { DEADLINE_MS, freePort, spawnWorker, startServer, temporaryFolder, type NexumProcess } from './processes.js';

const CRASH_FOLDER = fileURLToPath(new URL('../crash/', import.meta.url));
export const HANDLERS = join(CRASH_FOLDER, 'log-handlers.js');
const DOCUMENTS = fileURLToPath(new URL('../fixtures/documents/', import.meta.url));
/**
 * Long enough that a busy machine costs nobody a lease: a dead worker is noticed by its connection. Only a claim that
 * died with the server's answer waits for the end of its lease.
 */
const LEASE_MS = { worker: 6000, server: 4000 } as const;

/**
 * On PostgreSQL events have the time of the database, which a server measures: wrong by half of a round trip, and on a
 * busy machine that takes long. A fresh process that would run something again comes later than that.
 */
const DATABASE_CLOCK_ERROR_MS = 250;

export interface Subject {
  readonly name: 'counting' | 'research' | 'chain';
  readonly input: (folder: string) => Readonly<Record<string, unknown>>;
  readonly workerEnv?: Readonly<Record<string, string>>;
}

export const COUNTING: Subject = { name: 'counting', input: (folder) => ({ log: join(folder, 'log') }) };
export const CHAIN: Subject = { name: 'chain', input: (folder) => ({ log: join(folder, 'log') }) };
export const RESEARCH: Subject = {
  name: 'research',
  input: (folder) => ({
    query: 'What happens to a lease when the worker dies?',
    docs: DOCUMENTS,
    report: join(folder, 'report.md'),
  }),
};

export interface CrashOutcome {
  readonly evidence: Evidence;
  /** True when the process died by SIGKILL, as the failpoint promises. */
  readonly killed: boolean;
  /** Each worker with the number of durable calls that it says it executed. */
  readonly workers: readonly { readonly pid: number; readonly executedCalls: number }[];
}

/** Where the server keeps its data. */
export type CrashStore = 'SQLite' | 'PostgreSQL';
export type Victim = 'server' | 'worker';
/** Kills one of the processes at a moment of its choice; `seen` resolves with the n-th line of the log. */
export type Killer = (rig: Rig) => Promise<void>;

export class Rig {
  readonly client: NexumClient;
  readonly workers: NexumProcess[] = [];
  server: NexumProcess | undefined;
  executionId = '';
  private readonly folder = temporaryFolder();

  private constructor(
    readonly subject: Subject,
    private readonly port: number,
    private readonly leaseMs: number,
    private readonly database: TestDatabase | undefined,
  ) {
    this.client = new NexumClient(`127.0.0.1:${port}`);
  }

  static async open(store: CrashStore, subject: Subject, victim: Victim): Promise<Rig> {
    const database = store === 'PostgreSQL' ? await createDatabase() : undefined;
    return new Rig(subject, await freePort(), LEASE_MS[victim], database);
  }

  async startServer(env: Readonly<Record<string, string>> = {}): Promise<NexumProcess> {
    const dataDir = join(this.folder.path, 'data');
    const database = this.database ? { database: this.database.url } : {};
    this.server = await startServer({ dataDir, ...database, port: this.port, leaseMs: this.leaseMs, env });
    return this.server;
  }

  spawnWorker(env: Readonly<Record<string, string>> = {}): NexumProcess {
    const pipelines = [join(CRASH_FOLDER, `${this.subject.name}.yaml`)];
    const worker = spawnWorker({
      port: this.port,
      leaseMs: this.leaseMs,
      pipelines,
      handlers: HANDLERS,
      env: { ...this.subject.workerEnv, ...env },
    });
    this.workers.push(worker);
    return worker;
  }

  /** Repeats the start until it is answered: the server may die between its commit and the answer. */
  async start(): Promise<void> {
    const request = {
      workflowId: `crash-${this.subject.name}`,
      versionHash: '',
      inputJson: JSON.stringify(this.subject.input(this.folder.path)),
      idempotencyKey: 'the-only-one',
    };
    for (;;) {
      try {
        ({ executionId: this.executionId } = await this.client.call('StartExecution', request, { waitForReady: true }));
        return;
      } catch (error) {
        if (!(error as { retryable?: boolean }).retryable) throw error;
      }
    }
  }

  /** Resolves after the closing event, however often the connection breaks. */
  async untilClosed(): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for await (const event of this.client.watch(this.executionId, { signal })) {
      if (event.kind.startsWith('execution_') && event.kind !== 'execution_started') return;
    }
    throw new Error(`the execution does not end\n${this.describe()}`);
  }

  log(): LogLine[] {
    const file = join(this.folder.path, 'log');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine);
  }

  gather(): Promise<Evidence> {
    const file = join(this.folder.path, 'report.md');
    const report = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const clockErrorMs = this.database ? DATABASE_CLOCK_ERROR_MS : 0;
    return gather(this.client, this.executionId, { log: this.log(), report, folder: this.folder.path, clockErrorMs });
  }

  describe(): string {
    return [this.server, ...this.workers].map((process) => process?.text ?? '').join('\n');
  }

  async close(): Promise<void> {
    this.client.close();
    for (const process of [this.server, ...this.workers]) if (process && !process.exit) await process.end();
    await this.database?.drop();
    this.folder.remove();
  }
}

/** Runs the subject without any crash. */
export async function runWhole(store: CrashStore, subject: Subject): Promise<Evidence> {
  const rig = await Rig.open(store, subject, 'worker');
  try {
    await rig.startServer();
    await rig.spawnWorker().waitForEvent('ready');
    await rig.start();
    await rig.untilClosed();
    return await rig.gather();
  } finally {
    await rig.close();
  }
}

/** Runs the subject; the victim kills itself at the n-th hit of the failpoint and is replaced by a fresh process. */
export function runWithFailpoint(
  store: CrashStore,
  subject: Subject,
  victim: Victim,
  failpoint: Failpoint,
  hit: number,
): Promise<CrashOutcome> {
  return crash(store, subject, victim, { NEXUM_FAILPOINT: `${failpoint}@${hit}` }, () => Promise.resolve());
}

/** Runs the subject; `strike` waits for its moment, then the victim gets a SIGKILL from outside. */
export function runWithKill(
  store: CrashStore,
  subject: Subject,
  victim: Victim,
  strike: Killer,
): Promise<CrashOutcome> {
  return crash(store, subject, victim, {}, async (rig) => {
    await strike(rig);
    if (victim === 'server') rig.server?.kill();
    else rig.workers[0]?.kill();
  });
}

async function crash(
  store: CrashStore,
  subject: Subject,
  victim: Victim,
  env: Readonly<Record<string, string>>,
  strike: Killer,
): Promise<CrashOutcome> {
  const rig = await Rig.open(store, subject, victim);
  try {
    const server = await rig.startServer(victim === 'server' ? env : {});
    const worker = rig.spawnWorker(victim === 'worker' ? env : {});
    const dying = victim === 'server' ? server : worker;
    const reborn = dying.exited.then(async () => {
      if (victim === 'server') await rig.startServer();
      else await rig.spawnWorker().waitForEvent('ready');
    });
    // Registered by now, unless the server died on the way; then the worker says so itself.
    await worker.waitForEvent('ready');
    await rig.start();
    await strike(rig);
    await rig.untilClosed();
    const { signal } = await dying.waitForExit();
    await reborn;
    const evidence = await rig.gather();
    return {
      evidence,
      killed: signal === 'SIGKILL',
      workers: rig.workers.map((one) => ({
        pid: one.pid,
        executedCalls: one.events('call').filter((line) => line['outcome'] === 'executed').length,
      })),
    };
  } finally {
    await rig.close();
  }
}
