/** `nexum wait`: the exit code of an execution, for scripts. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { parseDuration } from '../option-parsers.js';

export const waitCommand: CliCommand = {
  name: 'wait',
  summary: 'Wait silently for the end of an execution; the exit code says how it ended',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .option('--timeout <duration>', 'stop waiting after this time (exit 12)', parseDuration)
      .action(async (id: string, flags: { readonly timeout?: number }, self: Command) => {
        const { waitInSilence } = await import('../silent-wait.js');
        process.exitCode = await waitInSilence(CommandContext.of(self), id, flags.timeout);
      });
    addExamples(command, [
      ['nexum wait last && echo done', 'after nexum run --detach'],
      ['nexum wait exec-... --timeout 5m', 'exit 12 when it has not ended by then'],
      ['nexum wait last --json', '{"executionId", "status", "reason", "approvals"}'],
    ]);
    command.addHelpText(
      'after',
      `
Exit: 0 completed, 10 failed, 11 cancelled, 12 timed out, 13 when it goes on only after a person has answered an
approval, or resumed it after a limit of its graph, 130 Ctrl-C. The execution itself is not touched. Nothing is written to stdout without --json.`,
    );
  },
};
