/** `nexum events`: the history of one execution. */
import type { Command } from 'commander';
import type { NexumClient } from '../../rpc/client.js';
import type { Event__Output } from '../../rpc/generated/nexum/Event.js';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { eventLabel } from '../event-data.js';
import { eventReport, readHistory } from '../event-history.js';
import { parseSequence } from '../option-parsers.js';
import { table } from '../output.js';
import { formatClock, shorten } from '../text-format.js';
import { withClient } from '../with-client.js';

const MAX_TEXT = 120;

interface EventsFlags {
  readonly follow?: boolean;
  readonly after: number;
}

export const eventsCommand: CliCommand = {
  name: 'events',
  summary: 'Show the history of an execution',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .option('--follow', 'wait for further events until the execution ends')
      .option('--after <seq>', 'only events after this number', parseSequence, 0)
      .action(async (id: string, flags: EventsFlags, self: Command) => {
        const context = CommandContext.of(self);
        const { resolveExecutionId } = await import('../execution-wait.js');
        await withClient(context, async (client) => {
          const executionId = await resolveExecutionId(client, id);
          if (flags.follow === true) return follow(context, client, executionId, flags.after);
          const events = await readHistory(client, executionId, flags.after);
          const rows = events.map(row);
          const text = table(['SEQ', 'TIME', 'EVENT', 'NODE', ''], rows);
          context.output.data({ executionId, events: events.map(eventReport) }, text);
        });
      });
    addExamples(command, [
      ['nexum events last', 'the whole history of the newest execution'],
      ['nexum events exec-... --follow --json', 'one JSON object per line, until the end'],
    ]);
  },
};

async function follow(
  { output }: CommandContext,
  client: NexumClient,
  executionId: string,
  afterSeq: number,
): Promise<void> {
  await client.call('GetStatus', { executionId });
  for await (const event of client.watch(executionId, { afterSeq })) {
    output.data(eventReport(event), row(event).join('  '));
  }
}

function row(event: Event__Output): string[] {
  const attempt = event.attempt > 0 ? `attempt ${event.attempt}` : '';
  const data = event.dataJson === '' || event.dataJson === '{}' ? '' : event.dataJson;
  const rest = [attempt, data, event.payloadJson].filter((part) => part !== '').join('  ');
  return [String(event.seq), formatClock(event.atMs), event.kind, eventLabel(event), shorten(rest, MAX_TEXT)];
}
