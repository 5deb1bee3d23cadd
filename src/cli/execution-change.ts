/** Cancel and pause: one call, then the status that it led to. */
import type { CommandContext } from './context.js';
import { summaryOf } from './execution-report.js';
import { resolveExecutionId } from './execution-wait.js';
import { withClient } from './with-client.js';

const CALLS = { cancel: 'CancelExecution', pause: 'PauseExecution' } as const;

/** @throws NexumError EXECUTION_NOT_FOUND, EXECUTION_CLOSED, WRONG_STATE */
export async function changeExecution(
  context: CommandContext,
  verb: keyof typeof CALLS,
  id: string,
  reason?: string,
): Promise<void> {
  await withClient(context, async (client) => {
    const executionId = await resolveExecutionId(client, id);
    const request = reason === undefined ? { executionId } : { executionId, reason };
    const { alreadyApplied } = await client.call(CALLS[verb], request);
    const { status } = summaryOf(await client.call('GetExecution', { executionId }));
    const text = `${executionId} is ${status}${alreadyApplied ? ' (it was already)' : ''}`;
    context.output.data({ executionId, status, alreadyApplied }, text);
  });
}
