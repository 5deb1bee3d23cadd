/** What `nexum dev` runs. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PermissionFlags } from '../handlers/permissions.js';
import type { CompiledPipeline } from '../pipeline/compile.js';
import type { NexumServer, ServerOptions } from '../server/server.js';
import type { CommandContext } from './context.js';
import { isFixtureFile } from './fixture-name.js';
import { httpServer } from './http-option.js';
import { queueLimit } from './max-queue-option.js';
import { rateLimits } from './rate-option.js';
import { permissionsFor } from './permission-options.js';
import { GRACE_MS, untilSignal } from './shutdown.js';

const DEV_LEASE_MS = 30_000;
const DEFAULT_FOLDER = 'pipelines';

export interface DevFlags extends PermissionFlags {
  readonly listen: string;
  readonly handlers: string[];
  readonly concurrency: number;
  readonly http?: string;
  readonly maxQueue?: number;
  readonly rate?: ServerOptions['rates'];
}

/** @returns the exit code, after a signal */
export async function runDev(context: CommandContext, named: readonly string[], flags: DevFlags): Promise<number> {
  const files = named.length > 0 ? named : await findPipelines();
  // The server first: it opens the store in its own thread while this one loads the rest and compiles.
  const { openServer } = await import('./embedded-server.js');
  const opening = openServer(context, {
    listen: flags.listen,
    reflection: true,
    ownClient: true,
    ...context.serverSecurity,
    ...httpServer(flags.http),
    ...queueLimit(flags.maxQueue),
    ...rateLimits(flags.rate),
  });
  const loading = Promise.all([import('../rpc/client.js'), import('./worker-host.js'), import('./worker-lines.js')]);
  const preparing = import('./handler-modules.js').then(({ preparePipelines }) =>
    preparePipelines(files, flags.handlers, context.output),
  );
  const [opened, prepared] = await Promise.allSettled([opening, preparing]);
  if (opened.status === 'rejected') throw opened.reason;
  const server = opened.value;
  try {
    if (prepared.status === 'rejected') throw prepared.reason;
    const { compiled, handlers } = prepared.value;
    const [{ NexumClient }, { startWorker }, { workerLines }] = await loading;
    const { registerPipeline } = await import('./pipeline-file.js');
    const client = new NexumClient(server.own);
    const worker = await startWorker({
      connection: server.own,
      handlers,
      permissions: permissionsFor(process.env, flags, compiled),
      concurrency: flags.concurrency,
      leaseMs: DEV_LEASE_MS,
      ...workerLines(context.output),
    });
    for (const pipeline of compiled) await registerPipeline(client, pipeline);
    client.close();
    const signalled = untilSignal();
    announce(context, server, files, compiled);
    const code = await signalled;
    context.output.note(context.output.json ? '' : 'stopping; a second signal ends at once');
    server.drain();
    await worker.stop({ graceMs: GRACE_MS });
    return code;
  } finally {
    await server.stop({ graceMs: GRACE_MS });
  }
}

async function findPipelines(): Promise<string[]> {
  const names = await readdir(DEFAULT_FOLDER).catch(() => []);
  return names
    .filter((name) => /\.ya?ml$/.test(name) && !isFixtureFile(name))
    .sort()
    .map((name) => join(DEFAULT_FOLDER, name));
}

function announce(
  { output, location, locationText: data, serverSecurity }: CommandContext,
  { address, http }: NexumServer,
  files: readonly string[],
  compiled: readonly CompiledPipeline[],
): void {
  const readyMs = Math.round(performance.now());
  if (output.json) {
    const pipelines = compiled.map(({ workflowId, versionHash }, index) => ({
      file: files[index],
      workflowId,
      versionHash,
    }));
    const dataDir = location.kind === 'sqlite' ? data : null;
    output.data({ event: 'ready', address, dataDir, pid: process.pid, readyMs, http, pipelines }, '');
    return;
  }
  if (http !== undefined) output.note(`metrics and health on ${serverSecurity.tls ? 'https' : 'http'}://${http}`);
  const registered = compiled.map(({ workflowId }, index) => `  ${workflowId}  ${files[index] ?? ''}`);
  output.note(`${output.paint('green', 'ready')} on ${address} in ${readyMs} ms, data in ${data}`);
  output.note(
    registered.length > 0 ? registered.join('\n') : '  no pipelines: name files, or put them into ./pipelines',
  );
  output.note(`start an execution: nexum run ${startLine(files[0], compiled[0])} --server ${address}`);
}

/** The file and every input that has no default, ready to be filled in. */
function startLine(file: string | undefined, compiled: CompiledPipeline | undefined): string {
  const required = Object.entries(compiled?.ir.pipeline?.inputs ?? {}).filter(([, input]) => input.required === true);
  return [file ?? '<pipeline.yaml>', ...required.map(([name]) => `-i ${name}="..."`)].join(' ');
}
