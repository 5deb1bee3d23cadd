/** `nexum completion`: a completion script for a shell. */
import { Argument, type Command } from 'commander';
import { nexumError } from '../../errors.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { completionScript, SHELLS, type Shell } from '../completion-script.js';
import { CommandContext } from '../context.js';

export const completionCommand: CliCommand = {
  name: 'completion',
  summary: 'Print a completion script for bash, zsh or fish',
  define(command) {
    command
      .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
      .action((shell: Shell, _flags: unknown, self: Command) => {
        if (!self.parent) throw nexumError('INTERNAL', 'completion needs the whole program');
        const script = completionScript(self.parent, shell);
        CommandContext.of(self).output.data({ shell, script }, script);
      });
    addExamples(command, [
      ['source <(nexum completion bash)', 'in ~/.bashrc'],
      ['nexum completion zsh > ~/.zfunc/_nexum', 'in a folder of $fpath'],
      ['nexum completion fish > ~/.config/fish/completions/nexum.fish', ''],
    ]);
  },
};
