/** `nexum reject`. */
import type { Command } from 'commander';
import type { RejectFlags } from '../answer-approval.js';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { addContinueHelp, addContinueOptions } from '../continue-options.js';

export const rejectCommand: CliCommand = {
  name: 'reject',
  summary: 'Reject what a node asks a person',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .argument('[node]', 'approval node; may be left out when one node waits')
      .option('--approver <name>', 'who answers (default: NEXUM_APPROVER, else your user name)')
      .option('--reason <text>', 'kept in the history');
    addContinueOptions(command).action(
      async (id: string, node: string | undefined, flags: RejectFlags, self: Command) => {
        const { reject } = await import('../answer-approval.js');
        process.exitCode = await reject(CommandContext.of(self), id, node, flags);
      },
    );
    addExamples(command, [
      ['nexum reject last sign_off --reason "Two errors on page 3"', 'the newest execution'],
      ['nexum reject exec-... --json', '{"executionId", "status", "node", "approved", "approver", "alreadyApplied"}'],
    ]);
    addContinueHelp(command);
  },
};
