/** `nexum messages`: what was said in a free graph. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { parseCount, parseSequence } from '../option-parsers.js';
import { withClient } from '../with-client.js';

interface MessagesFlags {
  readonly after: number;
  readonly limit?: number;
  readonly full?: boolean;
}

export const messagesCommand: CliCommand = {
  name: 'messages',
  summary: 'Show what was said in a free graph: by the user, and by its nodes',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .option('--after <seq>', 'only messages after this number', parseSequence, 0)
      .option('--limit <n>', 'at most so many, oldest first', parseCount)
      .option('--full', 'whole texts with their line breaks')
      .action(async (id: string, { after, limit, full }: MessagesFlags, self: Command) => {
        const context = CommandContext.of(self);
        const [{ resolveExecutionId }, { messageReport, messageText, readThread }] = await Promise.all([
          import('../execution-wait.js'),
          import('../message-thread.js'),
        ]);
        await withClient(context, async (client) => {
          const executionId = await resolveExecutionId(client, id);
          const { messages, more } = await readThread(client, executionId, after, limit);
          const text = messages.map((message) => messageText(message, full === true)).join('\n');
          context.output.data({ executionId, messages: messages.map(messageReport), more }, text);
          const last = messages.at(-1);
          if (more && last && !context.output.json) context.output.note(`there is more: --after ${last.seq}`);
        });
      });
    addExamples(command, [
      ['nexum messages last', 'one line each: number, speaker, text'],
      ['nexum messages last --full', 'whole texts'],
      [
        'nexum messages exec-... --json',
        '{"executionId", "messages": [{seq, at, source, iteration, content}], "more"}',
      ],
    ]);
  },
};
