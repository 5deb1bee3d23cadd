/** Several servers on one PostgreSQL database, with workers: real processes that tests kill and replace. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeBehaviour } from '../../src/core/ir.js';
import { NexumClient } from '../../src/rpc/client.js';
import type { LogLine } from './oracle.js';
import { readHistory, type HistoryEvent } from './history-oracle.js';
import type { TestDatabase } from './postgres.js';
import {
  DEADLINE_MS,
  freePort,
  spawnWorker,
  startServer,
  temporaryFolder,
  type NexumProcess,
  type WorkerOptions,
} from './processes.js';

const CRASH_FOLDER = fileURLToPath(new URL('../crash/', import.meta.url));
export const LOG_HANDLERS = join(CRASH_FOLDER, 'log-handlers.js');
export const CHAOS_PIPELINE = join(CRASH_FOLDER, 'chaos.yaml');

export type SketchedNodes = Readonly<Record<string, NodeBehaviour & { readonly needs?: readonly string[] }>>;

export interface ClusterOptions {
  readonly database: TestDatabase;
  readonly servers: number;
  readonly leaseMs?: number;
  /** How a server reaches the database, if not directly: e.g. through a proxy. */
  readonly urlOf?: (server: number) => string;
  readonly envOf?: (server: number) => Readonly<Record<string, string>>;
}

export class Cluster {
  readonly workers: NexumProcess[] = [];
  readonly servers: NexumProcess[] = [];
  private readonly folder = temporaryFolder();
  private readonly all: NexumProcess[] = [];
  private readonly clients: NexumClient[] = [];

  private constructor(
    private readonly options: ClusterOptions,
    private readonly ports: readonly number[],
  ) {}

  static async open(options: ClusterOptions): Promise<Cluster> {
    const ports: number[] = [];
    while (ports.length < options.servers) ports.push(await freePort());
    const cluster = new Cluster(options, ports);
    try {
      // One after the other: the first brings the schema, and two cores start no two processes faster.
      for (const index of ports.keys()) await cluster.startServer(index);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Of one server, or of all of them, separated by commas. */
  address(server?: number): string {
    const ports = server === undefined ? this.ports : [this.ports[server] ?? 0];
    return ports.map((port) => `127.0.0.1:${port}`).join(',');
  }

  /** Talks to one server, or to whichever lives. */
  client(server?: number): NexumClient {
    const client = new NexumClient(this.address(server));
    this.clients.push(client);
    return client;
  }

  /** On the same port as the one before it. */
  async startServer(index: number): Promise<NexumProcess> {
    const { database, leaseMs, urlOf, envOf } = this.options;
    const server = await startServer({
      dataDir: join(this.folder.path, `server-${index}`),
      database: urlOf?.(index) ?? database.url,
      port: this.ports[index] ?? 0,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      env: envOf?.(index) ?? {},
    });
    this.servers[index] = server;
    this.all.push(server);
    return server;
  }

  /** At whichever server lives, unless the options name one. */
  spawnWorker(options: WorkerOptions = {}): NexumProcess {
    const { leaseMs } = this.options;
    const worker = spawnWorker({
      server: this.address(),
      handlers: LOG_HANDLERS,
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...options,
    });
    this.workers.push(worker);
    this.all.push(worker);
    return worker;
  }

  async startWorker(options: WorkerOptions = {}): Promise<NexumProcess> {
    const worker = this.spawnWorker(options);
    await worker.waitForEvent('ready');
    return worker;
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  /** Lets the handlers that wait for this gate go on. */
  openGate(name: string): void {
    appendFileSync(this.path(name), '');
  }

  /** Registers nodes as a workflow through one of the servers; every handler gets `log` and what its `with` says. */
  async register(client: NexumClient, name: string, nodes: SketchedNodes): Promise<void> {
    const entries = Object.entries(nodes).map(([id, { needs = [], ...behaviour }]) => {
      const own = { ...behaviour, with: { log: this.path('log'), ...behaviour.with } };
      return [id, { type: 'EFFECT', dependencies: needs, 'x-nexum': own }];
    });
    const irJson = JSON.stringify({ pipeline: { name, inputs: {} }, nodes: Object.fromEntries(entries) as unknown });
    const versionHash = `sha256:${createHash('sha256').update(irJson).digest('hex')}`;
    await client.call('RegisterWorkflow', { workflowId: name, versionHash, irJson });
  }

  /** Every line that a handler has written into `log`. */
  log(): LogLine[] {
    const file = this.path('log');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    // A process that is killed while it writes leaves half a line, but only at the very end of the file.
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as LogLine);
  }

  /** The events of all executions, or of one, as the database holds them. */
  history(executionId?: string): Promise<HistoryEvent[]> {
    return readHistory(this.options.database, executionId);
  }

  /** Resolves with the history of the execution after its closing event. */
  async ended(client: NexumClient, executionId: string): Promise<HistoryEvent[]> {
    for await (const _event of client.watch(executionId, { signal: AbortSignal.timeout(DEADLINE_MS) }));
    return this.history(executionId);
  }

  describe(): string {
    return this.all.map(({ pid, text }) => `--- process ${pid}\n${text.slice(-1000)}`).join('\n');
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all(this.all.filter(({ exit }) => !exit).map((process) => process.end()));
    this.folder.remove();
  }
}
