/** `nexum watch`: the nodes of an execution, live, until it ends. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { exitCodeOfStatus } from '../exit-code.js';
import { joinWarnings, stopText } from '../graph-report.js';
import { withClient } from '../with-client.js';

export const watchCommand: CliCommand = {
  name: 'watch',
  summary: 'Show the nodes of an execution live until it ends',
  define(command) {
    command.argument('<execution>', EXECUTION_ARGUMENT).action(async (id: string, _flags: unknown, self: Command) => {
      process.exitCode = await watch(CommandContext.of(self), id);
    });
    addExamples(command, [
      ['nexum watch last', 'a live table on a terminal, one line per event elsewhere'],
      ['nexum watch exec-... --json', 'nothing until the end, then what nexum run --json prints'],
    ]);
    command.addHelpText(
      'after',
      '\nExit: 0 completed, 10 failed, 11 cancelled, 130 Ctrl-C; leaving changes nothing for the execution.',
    );
  },
};

async function watch(context: CommandContext, id: string): Promise<number> {
  const [{ resolveExecutionId, waitForEnd }, { executionReport }, { interruptCode, untilInterrupt }] =
    await Promise.all([import('../execution-wait.js'), import('../execution-report.js'), import('../shutdown.js')]);
  const { output } = context;
  return withClient(context, async (client) => {
    const executionId = await resolveExecutionId(client, id);
    const end = await waitForEnd({
      client,
      executionId,
      output,
      interrupted: untilInterrupt(),
      nobodyHint: (handlers) => `start a worker with the handler ${handlers.join(', ')}: nexum worker`,
    });
    const report = executionReport(await client.call('GetExecution', { executionId }));
    const { status, error } = report;
    const why = error ? `: ${error.node === null ? '' : `${error.node}: `}${error.message}` : '';
    const stopped = stopText(report.graph);
    output.data(report, `${executionId} is ${status}${stopped === undefined ? why : ` (${stopped})`}`);
    if (!output.json) for (const warning of joinWarnings(report.graph)) output.note(warning);
    return end === 'SIGINT' || end === 'SIGTERM' ? interruptCode(end) : exitCodeOfStatus(status);
  });
}
