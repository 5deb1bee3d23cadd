/** `nexum import`: a pipeline from what another framework has written. */
import { Argument, type Command } from 'commander';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';

interface Flags {
  readonly output: string;
  readonly model?: string;
  readonly force?: boolean;
}

export const importCommand: CliCommand = {
  name: 'import',
  summary: 'Write a pipeline from a GraphFlow of AutoGen',
  define(command) {
    command
      .addArgument(new Argument('<format>', 'what the file is').choices(['autogen']))
      .argument('<file>', 'JSON as `team.dump_component()` gives it, or - for stdin')
      .option('-o, --output <file>', 'the pipeline file to write, or - for stdout', '-')
      .option('--model <model>', 'the model of all agents (provider/model), instead of those of the file')
      .option('--force', 'overwrite the file')
      .action(async (_format: string, file: string, flags: Flags, self: Command) => {
        const { output } = CommandContext.of(self);
        const { importFile } = await import('../import-file.js');
        await importFile(file, flags, output);
      });
    addExamples(command, [
      ['nexum import autogen team.json', 'the pipeline on stdout, what to know about it on stderr'],
      ['nexum import autogen team.json -o pipelines/team.yaml', 'writes the file; it must not exist yet'],
      [
        'nexum import autogen team.json --json',
        '{"valid", "workflowId", "versionHash", "nodes", "issues", "file", "yaml"}',
      ],
    ]);
    command.addHelpText(
      'after',
      '\nWhat cannot be imported is an error with its place: exit 3, and nothing is written.',
    );
  },
};
