/** `nexum worker`: executes nodes for a server, honours CRASH_AFTER and CRASH_IN. */
import type { Command } from 'commander';
import type { WorkflowIr } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import { NameIndex } from '../../pipeline/name-index.js';
import { NexumClient } from '../../rpc/client.js';
import type { Handler } from '../../worker/handler.js';
import { CommandContext } from '../context.js';
import { CrashPlan } from '../crash-plan.js';
import type { Output } from '../output.js';
import { loadFileHandlers, loadHandlerModules, readPipelineFile, registerPipeline } from '../pipeline-file.js';
import { GRACE_MS, untilSignal } from '../shutdown.js';
import { startWorker, type WorkerHost, type WorkerHostOptions } from '../worker-host.js';
import { parseDuration } from './server.js';

export const DEFAULT_CONCURRENCY = 16;
const DEFAULT_WORKER_LEASE_MS = 30_000;

interface WorkerFlags {
  readonly handlers: string[];
  readonly concurrency: number;
  readonly lease?: number;
}

export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description('Execute nodes for a server; CRASH_AFTER=<node> kills it after the commit of that node')
    .argument('[pipelines...]', 'pipeline files to register first')
    .option('--handlers <module>', 'module whose default export holds your handlers (repeatable)', collect, [])
    .option('--concurrency <n>', 'nodes at once', parseCount, DEFAULT_CONCURRENCY)
    .option('--lease <duration>', 'how long a lease lasts without a heartbeat', parseDuration)
    .action(async (files: string[], flags: WorkerFlags, command: Command) => {
      const context = CommandContext.of(command);
      const crash = CrashPlan.fromEnv(process.env);
      const handlers = await prepare(context, files, flags.handlers, crash);
      const worker = await startWorker({
        address: context.address,
        handlers,
        concurrency: flags.concurrency,
        leaseMs: flags.lease ?? DEFAULT_WORKER_LEASE_MS,
        crash,
        ...reporting(context.output),
      });
      context.output.note(line(context.output, 'ready', { worker: worker.workerId, server: context.address }));
      const code = await untilSignal();
      await worker.stop({ graceMs: GRACE_MS });
      process.exitCode = code;
    });
}

/** Registers the pipelines, loads the handlers, and checks the crash switches against what exists. */
async function prepare(context: CommandContext, files: string[], modules: string[], crash: CrashPlan): Promise<Map<string, Handler>> {
  const handlers = await loadHandlerModules(modules);
  const client = new NexumClient(context.address);
  try {
    const known: WorkflowIr[] = [];
    for (const file of files) {
      const compiled = await readPipelineFile(file, context.output, handlers.keys());
      for (const [name, handler] of await loadFileHandlers(compiled, file)) handlers.set(name, handler);
      await registerPipeline(client, compiled);
      known.push(compiled.ir);
    }
    if (crash.active) {
      if (files.length === 0) known.push(...(await registeredWorkflows(client)));
      checkNodes(crash.nodes, known);
    }
  } finally {
    client.close();
  }
  return handlers;
}

async function registeredWorkflows(client: NexumClient): Promise<WorkflowIr[]> {
  const { workflows } = await client.call('ListWorkflows', {}, { waitForReady: true });
  const documents = workflows.map(({ workflowId, versionHash }) => client.call('GetWorkflow', { workflowId, versionHash }));
  return (await Promise.all(documents)).map(({ irJson }) => JSON.parse(irJson) as WorkflowIr);
}

/** @throws NexumError NODE_NOT_FOUND naming the nearest node */
export function checkNodes(names: readonly string[], workflows: readonly WorkflowIr[]): void {
  const nodes = new NameIndex(workflows.flatMap((ir) => Object.keys(ir.nodes)));
  for (const name of names) {
    if (nodes.has(name)) continue;
    const nearest = nodes.nearest(name);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw nexumError('NODE_NOT_FOUND', `no pipeline here has a node ${JSON.stringify(name)}${hint} (nodes: ${nodes.names.join(', ')})`);
  }
}

/** One line per event: readable for people, one JSON object with --json. */
export function reporting(output: Output): Pick<WorkerHostOptions, 'events' | 'onCall' | 'log'> {
  const say = (event: string, fields: Readonly<Record<string, unknown>>): void => output.note(line(output, event, fields));
  return {
    events: {
      taken: (task) => say('taken', { execution: task.executionId, node: task.nodeId, iteration: task.iteration, attempt: task.attempt }),
      committed: (task) => say('committed', { execution: task.executionId, node: task.nodeId, attempt: task.attempt }),
      failed: (task, { code, message, retryable }) =>
        say('failed', { execution: task.executionId, node: task.nodeId, attempt: task.attempt, code, message, retryable }),
      dropped: (task, reason) => say('dropped', { execution: task.executionId, node: task.nodeId, reason }),
      connection: (state, detail) => say('connection', { state, detail }),
    },
    onCall: (event) => say('call', { ...event }),
    log: (level, message, fields) => say('log', { level, message, ...fields }),
  };
}

function line(output: Output, event: string, fields: Readonly<Record<string, unknown>>): string {
  if (output.json) return JSON.stringify({ event, atMs: Date.now(), ...fields });
  const parts = Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${new Date().toISOString().slice(11, 23)} ${event} ${parts.join(' ')}`;
}

export function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw nexumError('USAGE', `${JSON.stringify(text)} is not a positive integer`);
  return count;
}

export type { WorkerHost };
