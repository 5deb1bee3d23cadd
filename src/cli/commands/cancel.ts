/** `nexum cancel`. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';

export const cancelCommand: CliCommand = {
  name: 'cancel',
  summary: 'Cancel an execution; its running handlers are told to stop',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .option('--reason <text>', 'kept in the history')
      .action(async (id: string, flags: { readonly reason?: string }, self: Command) => {
        const { changeExecution } = await import('../execution-change.js');
        await changeExecution(CommandContext.of(self), 'cancel', id, flags.reason);
      });
    addExamples(command, [
      ['nexum cancel last --reason "wrong question"', 'the newest execution'],
      ['nexum cancel exec-... --json', '{"executionId", "status", "alreadyApplied"}'],
    ]);
  },
};
