/** What one verb brings. A command file imports only what `--help` needs; its action imports the rest when it runs. */
import type { Command } from 'commander';

export interface CliCommand {
  readonly name: string;
  /** One line for `nexum help`, without a full stop. */
  readonly summary: string;
  /** Adds arguments, options, examples and the action. */
  define(command: Command): void;
}

/** Adds an "Examples" section to the help of a command: pairs of a command line and what it is good for. */
export function addExamples(command: Command, examples: readonly (readonly [line: string, purpose: string])[]): void {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, purpose]) => `  $ ${line.padEnd(width)}   ${purpose}`.trimEnd());
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** How commands describe the execution that they want. */
export const EXECUTION_ARGUMENT = 'execution id, a unique beginning or end of it, or `last`';
