/** `nexum session`: what durable calls a session holds. */
import { Argument, type Command } from 'commander';
import { nexumError } from '../../errors.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import type { ShowFlags } from '../session-report.js';

const ACTIONS = ['ls', 'show', 'rm'] as const;
type Action = (typeof ACTIONS)[number];

interface SessionFlags extends ShowFlags {
  readonly cancel?: boolean;
}

export const sessionCommand: CliCommand = {
  name: 'session',
  summary: 'List sessions, show the durable calls of one, or forget them',
  define(command) {
    command
      .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
      .argument(
        '[session]',
        'its id; <execution>/<node> is that of an agent node, <execution>/<node>#2 of its second time',
      )
      .option('--args', 'show: with the arguments of each call')
      .option('--results', 'show: with the result of each call')
      .option('--no-steps', 'show: only the calls, not what an agent did with them')
      .option('--cancel', 'rm: stop what is under way, and forget it too')
      .action(async (action: Action, session: string | undefined, flags: SessionFlags, self: Command) => {
        const context = CommandContext.of(self);
        const { listSessions, removeSession, showSession } = await import('../sessions.js');
        if (action === 'ls') {
          if (session !== undefined) throw nexumError('USAGE', `ls takes no session: nexum session show ${session}`);
          await listSessions(context);
        } else if (session === undefined) {
          throw nexumError('USAGE', `name the session: nexum session ${action} <session>`);
        } else if (action === 'show') {
          await showSession(context, session, flags);
        } else {
          await removeSession(context, session, flags.cancel ?? false);
        }
      });
    addExamples(command, [
      ['nexum session ls', 'sessions of programs and of nexum agent, with their number of calls'],
      ['nexum session show s1', 'its calls in order, and the steps of its agent'],
      ['nexum session show last/research', 'of an agent node of the newest execution'],
      ['nexum session show s1 --args --results --json', '{session, calls: [{number, tool, status, ...}], steps}'],
      ['nexum session rm s1', 'forget its calls: they run again when they are asked for'],
    ]);
  },
};
