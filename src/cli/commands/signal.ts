/** `nexum signal`. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { withClient } from '../with-client.js';

export const signalCommand: CliCommand = {
  name: 'signal',
  summary: 'Hand data to the node that waits for a signal, now or later',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .argument('<name>', 'name of the signal, as the pipeline has it')
      .option('--data <json>', 'becomes the output of the node: JSON, or @file (default: null)')
      .action(async (id: string, name: string, flags: { readonly data?: string }, self: Command) => {
        const context = CommandContext.of(self);
        const [{ resolveExecutionId }, { readJson }, { summaryOf }] = await Promise.all([
          import('../execution-wait.js'),
          import('../option-parsers.js'),
          import('../execution-report.js'),
        ]);
        const data = flags.data === undefined ? null : await readJson(flags.data, '--data');
        await withClient(context, async (client) => {
          const executionId = await resolveExecutionId(client, id);
          await client.call('SignalExecution', { executionId, name, payloadJson: JSON.stringify(data) });
          const { status } = summaryOf(await client.call('GetExecution', { executionId }));
          context.output.data({ executionId, signal: name, status }, `${executionId} has the signal ${name}`);
        });
      });
    addExamples(command, [
      ['nexum signal last done', 'without data'],
      ['nexum signal exec-... paid --data \'{"amount": 30}\'', 'what later nodes read as nodes.<name>.output'],
      ['nexum signal exec-... paid --data @payment.json --json', '{"executionId", "signal", "status"}'],
    ]);
  },
};
