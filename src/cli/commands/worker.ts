/** `nexum worker`: executes nodes for a server, honours CRASH_AFTER and CRASH_IN. */
import type { Command } from 'commander';
import type { WorkflowIr } from '../../core/ir.js';
import type { PermissionFlags } from '../../handlers/permissions.js';
import type { CompiledPipeline } from '../../pipeline/compile.js';
import type { Connection } from '../../rpc/connection.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { CrashPlan } from '../crash-plan.js';
import { collect, parseCount, parseDuration } from '../option-parsers.js';
import { addPermissionOptions, permissionsFor } from '../permission-options.js';
import { GRACE_MS, untilSignal } from '../shutdown.js';

export const DEFAULT_CONCURRENCY = 16;
export const DEFAULT_WORKER_LEASE_MS = 30_000;
/** After that long without an answer a person wonders whether the server is there at all; in milliseconds. */
const WAITING_NOTE_MS = 2000;

interface WorkerFlags extends PermissionFlags {
  readonly handlers: string[];
  readonly concurrency: number;
  readonly lease?: number;
  readonly queue?: string;
  readonly quiet?: boolean;
  readonly address?: string;
}

export const workerCommand: CliCommand = {
  name: 'worker',
  summary: 'Execute nodes for a server',
  define(command) {
    addPermissionOptions(command)
      .argument('[pipelines...]', 'pipeline files to register first')
      .option('--handlers <module>', 'module whose default export holds your handlers (repeatable)', collect, [])
      .option('--concurrency <n>', 'nodes at once', parseCount, DEFAULT_CONCURRENCY)
      .option('--lease <duration>', 'how long a lease lasts without a heartbeat (default: 30s)', parseDuration)
      .option('--queue <name>', 'take only nodes of this queue (default: only nodes without a queue)')
      .option('--address <addresses>', 'the same as --server: host:port, or several with commas')
      .option('--quiet', 'say only when it is ready and what goes wrong')
      .action(runWorker);
    addExamples(command, [
      ['nexum worker pipelines/research.yaml', 'register the pipeline, execute its nodes'],
      ['nexum worker --server host:50051 --handlers ./handlers.js', 'with your own handlers'],
      ['nexum worker --address a:50051,b:50051', 'one of two servers; the other one when it fails'],
      ['nexum worker --queue gpu', 'only the nodes with queue: gpu'],
      ['CRASH_AFTER=validate nexum worker', 'kill itself by SIGKILL after the commit of validate'],
      ['CRASH_AFTER=validate#2 nexum worker', 'of its second iteration, in a loop or a graph'],
      ['CRASH_IN=research CRASH_IN_CALLS=2 nexum worker', 'kill itself inside research, after 2 durable calls'],
    ]);
    command.addHelpText(
      'after',
      `
With --json, one JSON object per line on stdout: {"event","atMs",...}; events: ready, taken, committed, failed,
dropped, call (durable calls of agents), connection, log. Without --json the same as readable lines on stderr.
An unknown node in CRASH_AFTER or CRASH_IN is an error (exit 2).
SIGTERM or Ctrl-C: finishes what runs, takes nothing new; a second signal ends at once.`,
    );
  },
};

async function runWorker(files: string[], flags: WorkerFlags, command: Command): Promise<void> {
  const context = CommandContext.withAddress(command, flags.address);
  const { output, address, connection } = context;
  const crash = CrashPlan.fromEnv(process.env);
  const [{ startWorker }, { preparePipelines }, { workerLines, writeLine }] = await Promise.all([
    import('../worker-host.js'),
    import('../handler-modules.js'),
    import('../worker-lines.js'),
  ]);
  const { compiled, handlers } = await preparePipelines(files, flags.handlers, output);
  const waiting = setTimeout(() => output.note(`waiting for a server at ${address}`), WAITING_NOTE_MS).unref();
  await register(connection, compiled, crash);
  const worker = await startWorker({
    connection,
    handlers,
    permissions: permissionsFor(process.env, flags, compiled),
    concurrency: flags.concurrency,
    leaseMs: flags.lease ?? DEFAULT_WORKER_LEASE_MS,
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    crash,
    ...workerLines(output, flags.quiet),
  });
  clearTimeout(waiting);
  // Before it says that it is ready: whoever reads that may stop it at once.
  const signalled = untilSignal();
  writeLine(output, 'ready', { worker: worker.workerId, server: address }, `${worker.workerId} on ${address}`);
  const code = await signalled;
  await worker.stop({ graceMs: GRACE_MS });
  process.exitCode = code;
}

/** Registers the pipelines and checks the crash switches against what exists. */
async function register(
  connection: Connection,
  compiled: readonly CompiledPipeline[],
  crash: CrashPlan,
): Promise<void> {
  if (compiled.length === 0 && !crash.active) return;
  const [{ NexumClient }, { registerPipeline }, { checkNodes }] = await Promise.all([
    import('../../rpc/client.js'),
    import('../pipeline-file.js'),
    import('../crash-nodes.js'),
  ]);
  const client = new NexumClient(connection);
  try {
    if (compiled.length > 0) checkNodes(crash.nodes, workflowsOf(compiled));
    for (const pipeline of compiled) await registerPipeline(client, pipeline, { waitForReady: true });
    if (compiled.length === 0) {
      const { workflows } = await client.call('ListWorkflows', {}, { waitForReady: true });
      const documents = workflows.map(({ workflowId, versionHash }) =>
        client.call('GetWorkflow', { workflowId, versionHash }),
      );
      checkNodes(
        crash.nodes,
        (await Promise.all(documents)).map(({ irJson }) => JSON.parse(irJson) as WorkflowIr),
      );
    }
  } finally {
    client.close();
  }
}

function workflowsOf(compiled: readonly CompiledPipeline[]): WorkflowIr[] {
  return compiled.map(({ ir }) => ir);
}
