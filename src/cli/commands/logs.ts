/** `nexum logs`: the history of one execution as sentences. */
import type { Command } from 'commander';
import { addExamples, EXECUTION_ARGUMENT, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { nexumError } from '../../errors.js';
import type { NexumClient } from '../../rpc/client.js';
import { eventReport, readHistory } from '../event-history.js';
import { LogLines } from '../log-lines.js';
import { withClient } from '../with-client.js';

interface LogsFlags {
  readonly follow?: boolean;
  readonly node?: string;
}

export const logsCommand: CliCommand = {
  name: 'logs',
  summary: 'Tell what happened in an execution: one line per event, in local time',
  define(command) {
    command
      .argument('<execution>', EXECUTION_ARGUMENT)
      .option('-f, --follow', 'wait for further events until the execution ends')
      .option('--node <name>', 'only of this node, the items of a map included')
      .action(async (id: string, flags: LogsFlags, self: Command) => {
        const context = CommandContext.of(self);
        const { resolveExecutionId } = await import('../execution-wait.js');
        await withClient(context, async (client) => {
          const executionId = await resolveExecutionId(client, id);
          if (flags.node !== undefined) await checkNode(client, executionId, flags.node);
          if (flags.follow === true) await follow(context, client, executionId, flags.node);
          else await print(context, client, executionId, flags.node);
        });
      });
    addExamples(command, [
      ['nexum logs last', 'attempts, workers, errors, waits'],
      ['nexum logs last -f --node research', 'one node, to the end of the execution'],
      ['nexum logs exec-... --json', 'the same objects as nexum events --json'],
    ]);
  },
};

/** A typing mistake must not look like a node that did nothing. */
async function checkNode(client: NexumClient, executionId: string, node: string): Promise<void> {
  const { nodes } = await client.call('GetExecution', { executionId });
  const names = [...new Set(nodes.map(({ nodeId }) => nodeId))];
  if (names.includes(node)) return;
  throw nexumError('NODE_NOT_FOUND', `the execution has no node ${JSON.stringify(node)} (nodes: ${names.join(', ')})`);
}

async function print({ output }: CommandContext, client: NexumClient, id: string, node?: string): Promise<void> {
  const lines = new LogLines();
  const events = (await readHistory(client, id)).filter(({ nodeId }) => node === undefined || nodeId === node);
  const text = events.map((event) => lines.line(event)).join('\n');
  output.data({ executionId: id, events: events.map(eventReport) }, text);
}

async function follow({ output }: CommandContext, client: NexumClient, id: string, node?: string): Promise<void> {
  await client.call('GetStatus', { executionId: id });
  const lines = new LogLines();
  for await (const event of client.watch(id)) {
    if (node === undefined || event.nodeId === node) output.data(eventReport(event), lines.line(event));
  }
}
