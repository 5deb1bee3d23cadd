/** `nexum schedule`: what the server starts by itself. */
import { Argument, type Command } from 'commander';
import { nexumError } from '../../errors.js';
import type { NexumClient } from '../../rpc/client.js';
import type { ScheduleInfo__Output } from '../../rpc/generated/nexum/ScheduleInfo.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { parseTime } from '../option-parsers.js';
import { table } from '../output.js';
import { formatZoned, isoTime, shorten } from '../text-format.js';
import { withClient } from '../with-client.js';

const ACTIONS = ['list', 'pause', 'resume', 'trigger', 'backfill'] as const;
type Action = (typeof ACTIONS)[number];

const MAX_PROBLEM = 80;

interface ScheduleFlags {
  readonly from?: number;
  readonly to?: number;
}

export const scheduleCommand: CliCommand = {
  name: 'schedule',
  summary: 'List the schedules of pipelines, pause, resume, trigger or backfill one',
  define(command) {
    command
      .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
      .argument('[workflow]', 'the pipeline; `list` shows all of them without it')
      .argument('[name]', 'the schedule, where the pipeline has several')
      .option('--from <time>', 'backfill: the first time, ISO 8601', parseTime)
      .option('--to <time>', 'backfill: before this time, ISO 8601', parseTime)
      .action(async (action: Action, workflow: string | undefined, name: string | undefined, flags, self: Command) => {
        const context = CommandContext.of(self);
        const range = rangeOf(action, flags as ScheduleFlags);
        if (action === 'list') await list(context, workflow);
        else await control(context, { action, workflow, name, ...range });
      });
    addExamples(command, [
      ['nexum schedule list', 'every schedule, and what it did last'],
      ['nexum schedule pause nightly', 'no more times until `resume`'],
      ['nexum schedule trigger nightly', 'one execution now'],
      ['nexum schedule backfill nightly --from 2026-11-01 --to 2026-11-08', 'one execution for each of its times'],
      ['nexum schedule list --json', '{"schedules": [{workflowId, name, cron, nextAt, ...}]}'],
    ]);
  },
};

function rangeOf(action: Action, { from, to }: ScheduleFlags): { fromMs?: number; toMs?: number } {
  if (action !== 'backfill') {
    if (from !== undefined || to !== undefined) throw nexumError('USAGE', '--from and --to belong to `backfill`');
    return {};
  }
  if (from === undefined || to === undefined) throw nexumError('USAGE', 'backfill needs --from and --to');
  return { fromMs: from, toMs: to };
}

async function list(context: CommandContext, workflow: string | undefined): Promise<void> {
  await withClient(context, async (client) => {
    const { schedules } = await client.call('ListSchedules', { workflowId: workflow ?? '' });
    context.output.data({ schedules: schedules.map(scheduleReport) }, listText(schedules));
  });
}

interface Control {
  readonly action: Exclude<Action, 'list'>;
  readonly workflow: string | undefined;
  readonly name: string | undefined;
  readonly fromMs?: number;
  readonly toMs?: number;
}

async function control(context: CommandContext, wanted: Control): Promise<void> {
  const { action, workflow, fromMs = 0, toMs = 0 } = wanted;
  if (workflow === undefined) throw nexumError('USAGE', `name the pipeline: nexum schedule ${action} <workflow>`);
  await withClient(context, async (client) => {
    const name = wanted.name ?? (await onlyScheduleOf(client, workflow));
    const { executionIds } = await client.call('ControlSchedule', { workflowId: workflow, name, action, fromMs, toMs });
    const { schedules } = await client.call('ListSchedules', { workflowId: workflow });
    const schedule = schedules.find((one) => one.name === name);
    const report = { workflowId: workflow, name, action, executionIds, nextAt: isoTime(schedule?.nextAtMs ?? 0) };
    context.output.data(report, controlText(action, executionIds, schedule));
  });
}

async function onlyScheduleOf(client: NexumClient, workflowId: string): Promise<string> {
  const { schedules } = await client.call('ListSchedules', { workflowId });
  const [first, second] = schedules;
  if (!first) throw nexumError('SCHEDULE_NOT_FOUND', `workflow ${workflowId} has no schedules`);
  if (!second) return first.name;
  throw nexumError(
    'USAGE',
    `workflow ${workflowId} has several schedules: ${schedules.map(({ name }) => name).join(', ')}`,
  );
}

function scheduleReport(schedule: ScheduleInfo__Output): Record<string, unknown> {
  const { workflowId, name, cron, timezone, overlap, catchUp, paused, lastExecutionId, lastProblem } = schedule;
  return {
    workflowId,
    name,
    cron,
    timezone,
    overlap,
    catchUp,
    paused,
    nextAt: isoTime(schedule.nextAtMs),
    lastAt: isoTime(schedule.lastAtMs),
    lastExecutionId: lastExecutionId === '' ? null : lastExecutionId,
    lastProblem: lastProblem === '' ? null : lastProblem,
  };
}

function listText(schedules: readonly ScheduleInfo__Output[]): string {
  if (schedules.length === 0) return 'no schedules';
  const rows = schedules.map((schedule) => {
    const { workflowId, name, cron, timezone, lastAtMs, lastExecutionId, lastProblem } = schedule;
    const last = lastAtMs > 0 ? formatZoned(lastAtMs, timezone) : '';
    const result = lastProblem === '' ? lastExecutionId : shorten(lastProblem, MAX_PROBLEM);
    return [workflowId, name, cron, timezone, nextText(schedule), last, result];
  });
  return table(['PIPELINE', 'SCHEDULE', 'CRON', 'TIME ZONE', 'NEXT', 'LAST', ''], rows);
}

function nextText({ paused, nextAtMs, timezone }: ScheduleInfo__Output): string {
  if (paused) return 'paused';
  return nextAtMs > 0 ? formatZoned(nextAtMs, timezone) : 'never';
}

function controlText(
  action: Control['action'],
  executionIds: readonly string[],
  schedule: ScheduleInfo__Output | undefined,
): string {
  if (action === 'trigger' || action === 'backfill') {
    return executionIds.length === 0 ? 'the schedule has no time in between' : executionIds.join('\n');
  }
  return action === 'pause' ? 'paused' : `next: ${schedule ? nextText(schedule) : 'never'}`;
}
