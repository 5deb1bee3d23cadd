/** The options of the verbs that let an execution go on. */
import type { Command } from 'commander';
import { addPermissionOptions } from './permission-options.js';
import { collect } from './option-parsers.js';

export function addContinueOptions(command: Command): Command {
  return addPermissionOptions(command)
    .option('--wait', 'wait for the end and print the result; without a server this is always so')
    .option('--handlers <module>', 'without a server: module with your handlers (repeatable)', collect, [])
    .option(
      '--pipeline <file>',
      'without a server: pipeline file that names handlers by file, or MCP servers (repeatable)',
      collect,
      [],
    );
}

export function addContinueHelp(command: Command): void {
  command.addHelpText(
    'after',
    `
A server that runs is told, and its workers go on. Without one (and without --server or NEXUM_SERVER) a server and a
worker run inside this process until the execution ends, as for nexum run; the exit code is that of the execution:
0 completed, 10 failed, 11 cancelled, 13 waits for a person or a resume, 130 Ctrl-C.`,
  );
}
