/** `nexum rerun`. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { addContinueHelp, addContinueOptions } from '../continue-options.js';
import { collect } from '../option-parsers.js';
import type { RerunFlags } from '../run-again.js';

export const rerunCommand: CliCommand = {
  name: 'rerun',
  summary: 'Run an execution again as a new one, from a node on, with other inputs or settings',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .option('--from <node>', 'this node and everything downstream of it run again; other outputs are kept')
      .option('-i <key=value>', 'another value of one input (repeatable)', collect, [])
      .option('--input <json>', 'all inputs, instead of those of the execution: a JSON object, or @file; -i wins')
      .option('--with <node.key=value>', 'another `with` of a node; JSON or text (repeatable)', collect, []);
    addContinueOptions(command).action(async (id: string, flags: RerunFlags, self: Command) => {
      const { rerunExecution } = await import('../run-again.js');
      process.exitCode = await rerunExecution(CommandContext.of(self), id, flags);
    });
    addExamples(command, [
      ['nexum rerun last --from summarize', 'keeps what was committed before summarize'],
      ['nexum rerun exec-... --from summarize -i query="..." --json', 'the result, with executionId, rerunOf and from'],
      ['nexum rerun exec-... --with summarize.max_sentences=3', 'another setting of one node'],
    ]);
    addContinueHelp(command);
  },
};
