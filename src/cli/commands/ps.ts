/** `nexum ps`: executions, newest first. */
import type { Command } from 'commander';
import type { NexumClient } from '../../rpc/client.js';
import type { ExecutionSummary__Output } from '../../rpc/generated/nexum/ExecutionSummary.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { originReport, summaryReport } from '../execution-report.js';
import { collect, parseCount, parsePairs } from '../option-parsers.js';
import { originTexts } from '../origin-text.js';
import { table } from '../output.js';
import { formatDate, formatDuration, shorten } from '../text-format.js';
import { withClient } from '../with-client.js';

const DEFAULT_LIMIT = 20;
const PAGE = 1000;
const MAX_ERROR = 60;

interface PsFlags {
  readonly status?: string;
  readonly workflow?: string;
  readonly label: readonly string[];
  readonly limit: number;
  readonly all?: boolean;
  readonly internal?: boolean;
}

export const psCommand: CliCommand = {
  name: 'ps',
  summary: 'List executions, newest first',
  define(command) {
    command
      .option('--status <status>', 'only WAITING, RUNNING, PAUSED, COMPLETED, FAILED or CANCELLED', (text) =>
        text.toUpperCase(),
      )
      .option('--workflow <id>', 'only of this pipeline')
      .option('--label <key=value>', 'only with this label (repeatable: with all of them)', collect, [])
      .option('--limit <n>', 'at most so many', parseCount, DEFAULT_LIMIT)
      .option('--all', 'without a limit')
      .option('--internal', 'also the executions that hold durable calls')
      .action(async (flags: PsFlags, self: Command) => {
        const context = CommandContext.of(self);
        await withClient(context, async (client) => {
          const executions = await list(client, flags);
          const shown = flags.all === true ? executions : executions.slice(0, flags.limit);
          context.output.data({ executions: shown.map(listEntry) }, listText(shown));
          if (shown.length < executions.length) context.output.note('there are more: --all, or --limit <n>');
        });
      });
    addExamples(command, [
      ['nexum ps', 'the newest 20'],
      ['nexum ps --status failed --workflow research-report', 'what failed of one pipeline'],
      ['nexum ps --label team=search --label env=prod', 'what carries both labels'],
      ['nexum ps --all --json', '{"executions": [{executionId, workflowId, status, ...}]}'],
    ]);
  },
};

/** One more than the limit, to know whether there are more. */
async function list(client: NexumClient, flags: PsFlags): Promise<ExecutionSummary__Output[]> {
  const labels = parsePairs(flags.label, '--label');
  const wanted = flags.all === true ? Infinity : flags.limit + 1;
  const executions: ExecutionSummary__Output[] = [];
  for (;;) {
    const limit = Math.min(PAGE, wanted - executions.length);
    const page = await client.call('ListExecutions', {
      workflowId: flags.workflow ?? '',
      status: flags.status ?? '',
      labels,
      includeInternal: flags.internal ?? false,
      beforeExecutionId: executions.at(-1)?.executionId ?? '',
      limit,
    });
    executions.push(...page.executions);
    if (page.executions.length < limit || executions.length >= wanted) return executions;
  }
}

function listEntry(summary: ExecutionSummary__Output): Record<string, unknown> {
  const { failedNode, errorMessage } = summary;
  return {
    ...summaryReport(summary),
    ...originReport(summary),
    failedNode: failedNode === '' ? null : failedNode,
    errorMessage: errorMessage === '' ? null : errorMessage,
  };
}

function listText(executions: readonly ExecutionSummary__Output[]): string {
  if (executions.length === 0) return 'no executions';
  const rows = executions.map((summary) => {
    const { executionId, workflowId, status, createdAtMs, finishedAtMs, failedNode, errorMessage } = summary;
    const error = status === 'FAILED' ? shorten(`${failedNode}: ${errorMessage}`, MAX_ERROR) : '';
    const rest = [error, ...originTexts(summary)].filter((part) => part !== '').join('  ');
    const took = finishedAtMs > 0 ? formatDuration(finishedAtMs - createdAtMs) : '';
    return [executionId, workflowId, status, formatDate(createdAtMs), took, rest];
  });
  return table(['EXECUTION', 'PIPELINE', 'STATUS', 'STARTED', 'TOOK', ''], rows);
}
