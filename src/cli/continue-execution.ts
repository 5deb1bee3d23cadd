/**
 * Verbs that change an execution so that it goes on: approve, reject, resume, retry, rerun. A server that runs is told, and its
 * workers go on. Without one, a server and a worker inside this process go on to the end, as `nexum run` does.
 */
import { nexumError } from '../errors.js';
import type { PermissionFlags } from '../handlers/permissions.js';
import type { NexumClient } from '../rpc/client.js';
import type { CommandContext } from './context.js';
import { summaryOf } from './execution-report.js';
import { ExitCode } from './exit-code.js';
import { followExecution } from './follow-execution.js';
import { preparePipelines } from './handler-modules.js';
import { permissionsFor } from './permission-options.js';
import { openExistingHost } from './run-host.js';
import { untilInterrupt } from './shutdown.js';

/** Options that these verbs share (continue-options.ts). */
export interface ContinueFlags extends PermissionFlags {
  readonly wait?: boolean;
  readonly handlers: readonly string[];
  readonly pipeline: readonly string[];
}

/** What a verb has done. */
export interface Change {
  /** The execution that goes on. */
  readonly executionId: string;
  /** The fields of this verb, for --json. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** @returns the exit code */
export async function continueExecution(
  context: CommandContext,
  flags: ContinueFlags,
  change: (client: NexumClient) => Promise<Change>,
): Promise<number> {
  const { compiled, handlers } = await preparePipelines(flags.pipeline, flags.handlers, context.output);
  const host = await openExistingHost(context, handlers, permissionsFor(process.env, flags, compiled));
  try {
    const { client } = host;
    if (!host.embedded && handlers.size > 0) {
      const worker = `nexum worker --server ${client.address}`;
      throw nexumError('USAGE', `a server runs: --handlers and --pipeline belong to its workers: ${worker}`);
    }
    const interrupted = untilInterrupt();
    const { executionId, fields, text } = await change(client);
    if (host.embedded || flags.wait === true) {
      context.output.note(text);
      return await followExecution({ context, host, executionId, interrupted, extra: fields });
    }
    const { status } = summaryOf(await client.call('GetExecution', { executionId }));
    context.output.data({ executionId, status, ...fields }, text);
    return ExitCode.OK;
  } finally {
    await host.stop();
  }
}
