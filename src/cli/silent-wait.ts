/** `nexum wait`: watches one execution until it ends, or only people can go on with it. */
import type { NexumClient } from '../rpc/client.js';
import type { CommandContext } from './context.js';
import { summaryOf } from './execution-report.js';
import { resolveExecutionId } from './execution-wait.js';
import { exitCodeOfStatus, ExitCode } from './exit-code.js';
import { interruptCode, untilInterrupt } from './shutdown.js';
import { nodeLabel } from './text-format.js';
import { pendingForHuman, waitsForHuman } from './waits-for-human.js';
import { withClient } from './with-client.js';

/** After these events an approval may be all that is left. */
const LEAVES_LESS = new Set([
  'node_waiting',
  'node_completed',
  'node_skipped',
  'node_failed',
  'node_cancelled',
  'execution_resumed',
]);

type Reason = 'closed' | 'approval' | 'timeout' | NodeJS.Signals;

/** @returns the exit code */
export async function waitInSilence(context: CommandContext, id: string, timeoutMs?: number): Promise<number> {
  return withClient(context, async (client) => {
    const executionId = await resolveExecutionId(client, id);
    const leave = new AbortController();
    const asked = untilHuman(client, executionId, leave.signal);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<Reason>((resolve) => {
      if (timeoutMs !== undefined) timer = setTimeout(() => resolve('timeout'), timeoutMs);
    });
    let reason: Reason;
    try {
      reason = await Promise.race([asked, timeout, untilInterrupt()]);
    } finally {
      clearTimeout(timer);
      leave.abort();
      await asked.catch(() => undefined);
    }
    const detail = await client.call('GetExecution', { executionId });
    const { status } = summaryOf(detail);
    const approvals = pendingForHuman(detail).map(({ nodeId, iteration }) => nodeLabel(nodeId, iteration));
    if (context.output.json) context.output.data({ executionId, status, reason, approvals }, '');
    return codeOf(reason, status);
  });
}

function codeOf(reason: Reason, status: string): number {
  if (reason === 'closed') return exitCodeOfStatus(status);
  if (reason === 'approval') return ExitCode.WAITS_FOR_HUMAN;
  return reason === 'timeout' ? ExitCode.TIMED_OUT : interruptCode(reason);
}

async function untilHuman(client: NexumClient, executionId: string, signal: AbortSignal): Promise<Reason> {
  let detail = await client.call('GetExecution', { executionId });
  if (waitsForHuman(detail)) return 'approval';
  for await (const event of client.watch(executionId, { signal })) {
    // A look has seen everything up to its own moment.
    if (event.seq <= detail.lastSeq || !LEAVES_LESS.has(event.kind)) continue;
    detail = await client.call('GetExecution', { executionId });
    if (waitsForHuman(detail)) return 'approval';
  }
  return 'closed';
}
