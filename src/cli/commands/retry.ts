/** `nexum retry`. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import type { ContinueFlags } from '../continue-execution.js';
import { addContinueHelp, addContinueOptions } from '../continue-options.js';

export const retryCommand: CliCommand = {
  name: 'retry',
  summary: 'Let a FAILED execution go on from what failed; committed outputs are kept',
  define(command) {
    command.argument('<execution>', EXECUTION_ARGUMENT);
    addContinueOptions(command).action(async (id: string, flags: ContinueFlags, self: Command) => {
      const { retryExecution } = await import('../run-again.js');
      process.exitCode = await retryExecution(CommandContext.of(self), id, flags);
    });
    addExamples(command, [
      ['nexum retry last', 'the newest execution'],
      ['nexum retry exec-... --handlers ./handlers.js', 'with handlers that were corrected meanwhile'],
      ['nexum retry exec-... --json', '{"executionId", "status", "alreadyApplied"}'],
    ]);
    addContinueHelp(command);
  },
};
