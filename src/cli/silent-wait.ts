/** `nexum wait`: watches one execution until it ends, or only people let it go on. */
import type { CommandContext } from './context.js';
import { summaryOf } from './execution-report.js';
import { resolveExecutionId, waitForEnd, type WaitEnd } from './execution-wait.js';
import { exitCodeOfStatus, ExitCode } from './exit-code.js';
import { findHumanWait } from './pending-approvals.js';
import { interruptCode, untilInterrupt } from './shutdown.js';
import { withClient } from './with-client.js';

/** @returns the exit code */
export async function waitInSilence(context: CommandContext, id: string, timeoutMs?: number): Promise<number> {
  const { output } = context;
  return withClient(context, async (client) => {
    const executionId = await resolveExecutionId(client, id);
    const reason = await waitForEnd({
      client,
      executionId,
      output,
      silent: true,
      leavesToPeople: true,
      interrupted: untilInterrupt(),
      nobodyHint: () => '',
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    const { status } = summaryOf(await client.call('GetExecution', { executionId }));
    const approvals = output.json && reason === 'approval' ? (await findHumanWait(client, executionId)).waiting : [];
    if (output.json) output.data({ executionId, status, reason, approvals }, '');
    return codeOf(reason, status);
  });
}

function codeOf(reason: WaitEnd, status: string): number {
  switch (reason) {
    case 'closed':
      return exitCodeOfStatus(status);
    case 'approval':
    case 'limit':
      return ExitCode.WAITS_FOR_HUMAN;
    case 'timeout':
      return ExitCode.TIMED_OUT;
    default:
      return interruptCode(reason);
  }
}
