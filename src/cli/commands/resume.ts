/** `nexum resume`. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';

export const resumeCommand: CliCommand = {
  name: 'resume',
  summary: 'Let a paused execution go on',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)

      .action(async (id: string, _flags: unknown, self: Command) => {
        const { changeExecution } = await import('../execution-change.js');
        await changeExecution(CommandContext.of(self), 'resume', id);
      });
    addExamples(command, [
      ['nexum resume last', 'the newest execution'],
      ['nexum resume exec-... --json', '{"executionId", "status", "alreadyApplied"}'],
    ]);
  },
};
