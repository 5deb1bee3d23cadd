/** `nexum approve`. */
import type { Command } from 'commander';
import type { ApproveFlags } from '../answer-approval.js';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { addContinueHelp, addContinueOptions } from '../continue-options.js';
import { collect } from '../option-parsers.js';

export const approveCommand: CliCommand = {
  name: 'approve',
  summary: 'Approve a node that waits for a person; its execution goes on',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .argument('[node]', 'approval node; may be left out when one node waits')
      .option('--approver <name>', 'who answers (default: NEXUM_APPROVER, else your user name)')
      .option('--comment <text>', 'part of the output of the node')
      .option('-f <key=value>', 'one field of the form (repeatable)', collect, [])
      .option('--form <json>', 'the form as a JSON object, or @file; -f wins');
    addContinueOptions(command).action(
      async (id: string, node: string | undefined, flags: ApproveFlags, self: Command) => {
        const { approve } = await import('../answer-approval.js');
        process.exitCode = await approve(CommandContext.of(self), id, node, flags);
      },
    );
    addExamples(command, [
      ['nexum approve last sign_off --approver ada', 'the newest execution'],
      ['nexum approve 3f9a2c71 --comment "Ship it" -f copies=3', 'the only node that waits, with its form'],
      ['nexum approve exec-... --wait --json', 'the result of the execution, with node, approved and approver'],
    ]);
    addContinueHelp(command);
  },
};
