/** `nexum resume`. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { addContinueHelp, addContinueOptions } from '../continue-options.js';
import type { ResumeFlags } from '../run-again.js';

export const resumeCommand: CliCommand = {
  name: 'resume',
  summary: 'Let a paused execution go on, and say something to the agents of its graph',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .option('--message <text>', 'said by the user to all agents of a free graph, PAUSED or RUNNING');
    addContinueOptions(command).action(async (id: string, flags: ResumeFlags, self: Command) => {
      const { resumeExecution } = await import('../run-again.js');
      process.exitCode = await resumeExecution(CommandContext.of(self), id, flags);
    });
    addExamples(command, [
      ['nexum resume last', 'after nexum pause, or a limit, which counts anew'],
      ['nexum resume last --message "Make it shorter"', 'what agents hear when they run next'],
      ['nexum resume exec-... --json', '{"executionId", "status", "alreadyApplied"}'],
    ]);
    addContinueHelp(command);
  },
};
