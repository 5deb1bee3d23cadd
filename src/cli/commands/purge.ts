/** `nexum purge`: deletes executions that have ended, in small transactions. */
import type { Command } from 'commander';
import type { NexumClient } from '../../rpc/client.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { parseDuration } from '../option-parsers.js';
import { withClient } from '../with-client.js';

/** Executions per call; the server may take fewer at once. */
const BATCH = 100;
/** Between two lines of progress, in executions. */
const PROGRESS = 1000;

interface PurgeFlags {
  readonly olderThan?: number;
  readonly workflow?: string;
  readonly status?: readonly string[];
  readonly dryRun?: boolean;
}

export const purgeCommand: CliCommand = {
  name: 'purge',
  summary: 'Delete executions that have ended, with their whole history',
  define(command) {
    command
      .option('--older-than <duration>', 'what ended so long ago; without it what its retention allows', parseDuration)
      .option('--workflow <id>', 'only of this pipeline')
      .option('--status <statuses>', 'only COMPLETED, FAILED or CANCELLED; several with commas', parseStatuses)
      .option('--dry-run', 'count, and delete nothing')
      .action(async (flags: PurgeFlags, self: Command) => {
        const context = CommandContext.of(self);
        const dryRun = flags.dryRun ?? false;
        await withClient(context, async (client) => {
          const progress = (count: number): void => context.output.note(`${count} so far`);
          const purged = await purgeAll(client, flags, progress);
          const what = `${purged} execution${purged === 1 ? '' : 's'}`;
          context.output.data({ purged, dryRun }, dryRun ? `${what} would be purged` : `${what} purged`);
        });
      });
    addExamples(command, [
      ['nexum purge --older-than 30d --dry-run', 'how many ended more than 30 days ago'],
      ['nexum purge --older-than 7d --status FAILED,CANCELLED', 'delete what failed or was cancelled'],
      ['nexum purge --json', '{"purged", "dryRun"}; what is beyond the retention of its pipeline'],
    ]);
    command.addHelpText(
      'after',
      `
What has not ended is never deleted, nor what has an open parent or child. Servers delete by themselves, every minute,
what is beyond the \`retention\` of its pipeline. With tokens, only the role admin may purge.`,
    );
  },
};

async function purgeAll(client: NexumClient, flags: PurgeFlags, onProgress: (count: number) => void): Promise<number> {
  const finishedBeforeMs = flags.olderThan === undefined ? 0 : Date.now() - flags.olderThan;
  let count = 0;
  let afterExecutionId = '';
  for (;;) {
    const { purged, more, lastExecutionId } = await client.call('PurgeExecutions', {
      finishedBeforeMs,
      workflowId: flags.workflow ?? '',
      statuses: [...(flags.status ?? [])],
      limit: BATCH,
      dryRun: flags.dryRun ?? false,
      afterExecutionId,
    });
    if (Math.floor(count / PROGRESS) < Math.floor((count + purged) / PROGRESS)) onProgress(count + purged);
    count += purged;
    if (!more) return count;
    afterExecutionId = lastExecutionId;
  }
}

function parseStatuses(text: string): string[] {
  return text.split(',').map((status) => status.trim().toUpperCase());
}
