/** `nexum events`: the history of one execution. */
import type { Command } from 'commander';
import type { NexumClient } from '../../rpc/client.js';
import type { Event__Output } from '../../rpc/generated/nexum/Event.js';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { parseJson } from '../execution-report.js';
import { parseSequence } from '../option-parsers.js';
import { table } from '../output.js';
import { formatClock, isoTime, nodeLabel, shorten } from '../text-format.js';
import { withClient } from '../with-client.js';

const PAGE = 1000;
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
          const events = await history(client, executionId, flags.after);
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

async function history(client: NexumClient, executionId: string, afterSeq: number): Promise<Event__Output[]> {
  const events: Event__Output[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? afterSeq;
    const page = await client.call('ListEvents', { executionId, afterSeq: after, limit: PAGE });
    events.push(...page.events);
    if (page.events.length === 0) break;
  }
  // An unknown execution has no events; that must be an error, not an empty list.
  if (events.length === 0) await client.call('GetStatus', { executionId });
  return events;
}

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

function eventReport(event: Event__Output): Record<string, unknown> {
  const { executionId, seq, atMs, kind, nodeId, iteration, attempt } = event;
  return {
    executionId,
    seq,
    at: isoTime(atMs),
    kind,
    node: nodeId === '' ? null : nodeId,
    iteration: iteration === 0 ? null : iteration,
    attempt: attempt === 0 ? null : attempt,
    data: parseJson(event.dataJson),
    payload: parseJson(event.payloadJson),
  };
}

function row(event: Event__Output): string[] {
  const attempt = event.attempt > 0 ? `attempt ${event.attempt}` : '';
  const data = event.dataJson === '' || event.dataJson === '{}' ? '' : event.dataJson;
  const rest = [attempt, data, event.payloadJson].filter((part) => part !== '').join('  ');
  const node = event.nodeId === '' ? '' : nodeLabel(event.nodeId, event.iteration);
  return [String(event.seq), formatClock(event.atMs), event.kind, node, shorten(rest, MAX_TEXT)];
}
