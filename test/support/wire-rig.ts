/** A real server with real workers around small workflows, for tests that look at the worker from outside. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeBehaviour } from '../../src/core/ir.js';
import { NexumClient } from '../../src/rpc/client.js';
import type { Event__Output } from '../../src/rpc/generated/nexum/Event.js';
import type { ExecutionDetail__Output } from '../../src/rpc/generated/nexum/ExecutionDetail.js';
import {
  DEADLINE_MS,
  freePort,
  spawnWorker,
  startServer,
  temporaryFolder,
  until,
  type NexumProcess,
  type WorkerOptions,
} from './processes.js';

export const HANDLERS = fileURLToPath(new URL('../e2e/worker-handlers.js', import.meta.url));

export type Note = Readonly<Record<string, unknown>> & {
  readonly what: string;
  readonly attempt: number;
  readonly pid: number;
};
type Nodes = Readonly<Record<string, NodeBehaviour & { readonly needs?: readonly string[] }>>;

export class WireRig {
  readonly client: NexumClient;
  server!: NexumProcess;
  private readonly processes: NexumProcess[] = [];
  private workflows = 0;

  private constructor(
    readonly port: number,
    private readonly folder: { readonly path: string; remove(): void } = temporaryFolder(),
  ) {
    this.client = new NexumClient(`127.0.0.1:${port}`);
  }

  /** To a server that somebody else started; the folder stays. */
  static attach(address: string, path: string): WireRig {
    return new WireRig(Number(address.split(':').at(-1)), { path, remove: () => undefined });
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<WireRig> {
    const rig = new WireRig(await freePort());
    await rig.startServer(env);
    return rig;
  }

  /** On the same port and data folder as before. */
  async startServer(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.server = await startServer({ dataDir: join(this.folder.path, 'data'), port: this.port, env });
    this.processes.push(this.server);
  }

  spawnWorker(options: Omit<WorkerOptions, 'port'> = {}): NexumProcess {
    const worker = spawnWorker({ port: this.port, handlers: HANDLERS, ...options });
    this.processes.push(worker);
    return worker;
  }

  async startWorker(options: Omit<WorkerOptions, 'port'> = {}): Promise<NexumProcess> {
    const worker = this.spawnWorker(options);
    await worker.waitForEvent('ready');
    return worker;
  }

  /** A handler module without any handler. */
  noHandlers(): string {
    const file = this.path('none.mjs');
    writeFileSync(file, 'export default {};');
    return file;
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  /** Lets the handlers that wait for this gate go on. */
  openGate(name: string): void {
    writeFileSync(this.path(name), '');
  }

  /** Registers the nodes as a workflow of its own and starts it; every handler gets `log` and what `with` says. */
  async start(nodes: Nodes, inputs: Readonly<Record<string, unknown>> = {}): Promise<string> {
    this.workflows += 1;
    const name = `wf${this.workflows}`;
    const ir = {
      pipeline: { name, inputs: Object.fromEntries(Object.keys(inputs).map((input) => [input, { type: 'string' }])) },
      nodes: Object.fromEntries(
        Object.entries(nodes).map(([id, { needs = [], ...behaviour }]) => [
          id,
          {
            type: 'EFFECT',
            dependencies: needs,
            'x-nexum': { ...behaviour, with: { log: this.path('log'), ...behaviour.with } },
          },
        ]),
      ),
    };
    const irJson = JSON.stringify(ir);
    const versionHash = `sha256:${createHash('sha256').update(irJson).digest('hex')}`;
    await this.client.call('RegisterWorkflow', { workflowId: name, versionHash, irJson });
    const request = { workflowId: name, versionHash, inputJson: JSON.stringify(inputs), idempotencyKey: name };
    return (await this.client.call('StartExecution', request)).executionId;
  }

  /** The event of this kind, past or future. */
  async waitFor(
    executionId: string,
    kind: string,
    matches: (event: Event__Output) => boolean = () => true,
  ): Promise<Event__Output> {
    for await (const event of this.client.watch(executionId, { signal: AbortSignal.timeout(DEADLINE_MS) })) {
      if (event.kind === kind && matches(event)) return event;
    }
    throw new Error(`no ${kind} in ${JSON.stringify(await this.kinds(executionId))}`);
  }

  /** The execution after its closing event. */
  async ended(executionId: string): Promise<ExecutionDetail__Output> {
    for await (const _event of this.client.watch(executionId, { signal: AbortSignal.timeout(DEADLINE_MS) }));
    return this.client.call('GetExecution', { executionId });
  }

  async kinds(executionId: string): Promise<string[]> {
    return (await this.client.call('ListEvents', { executionId })).events.map((event) => event.kind);
  }

  notes(executionId: string): Note[] {
    const file = this.path('log');
    if (!existsSync(file)) return [];
    const notes = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return notes.map((line) => JSON.parse(line) as Note).filter((note) => note['executionId'] === executionId);
  }

  noted(executionId: string, what: string, attempt = 1): Promise<Note> {
    const find = (): Note | undefined =>
      this.notes(executionId).find((note) => note.what === what && note.attempt === attempt);
    return until(find, `the handler says ${what} in attempt ${attempt}`);
  }

  async close(): Promise<void> {
    this.client.close();
    for (const process of this.processes) if (!process.exit) await process.end();
    this.folder.remove();
  }
}

/** The attempts of one node: outcome and, if there was one, error code. */
export function attempts(detail: ExecutionDetail__Output, node: string): string[] {
  const found = detail.nodes.find((one) => one.nodeId === node)?.attempts ?? [];
  return found.map(({ outcome, errorCode }) => (errorCode === '' ? outcome : `${outcome} ${errorCode}`));
}
