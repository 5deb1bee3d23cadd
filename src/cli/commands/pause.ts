/** `nexum pause`. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';

export const pauseCommand: CliCommand = {
  name: 'pause',
  summary: 'Pause an execution: what runs may finish, nothing new starts',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)

      .action(async (id: string, _flags: unknown, self: Command) => {
        const { changeExecution } = await import('../execution-change.js');
        await changeExecution(CommandContext.of(self), 'pause', id);
      });
    addExamples(command, [
      ['nexum pause last', 'nexum resume last goes on'],
      ['nexum pause exec-... --json', '{"executionId", "status", "alreadyApplied"}'],
    ]);
  },
};
