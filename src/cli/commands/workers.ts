/** `nexum workers`: who takes tasks now. */
import type { Command } from 'commander';
import type { WorkerInfo__Output } from '../../rpc/generated/nexum/WorkerInfo.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { table } from '../output.js';
import { formatDate, isoTime, shorten } from '../text-format.js';
import { withClient } from '../with-client.js';

const MAX_HANDLERS = 40;

export const workersCommand: CliCommand = {
  name: 'workers',
  summary: 'List the workers that are attached, with queue, handlers, free places and leases',
  define(command) {
    command.action(async (_flags: unknown, self: Command) => {
      const context = CommandContext.of(self);
      await withClient(context, async (client) => {
        const { workers } = await client.call('ListWorkers', {});
        context.output.data({ workers: workers.map(workerReport) }, workersText(workers));
      });
    });
    addExamples(command, [
      ['nexum workers', 'those of every server of the database'],
      ['nexum workers --json', '{"workers": [{workerId, queue, handlers, free, leases, since, server}]}'],
    ]);
  },
};

function workerReport(worker: WorkerInfo__Output): Record<string, unknown> {
  const { workerId, queue, handlers, credits, leased, attachedAtMs, server } = worker;
  return {
    workerId,
    queue: queue === '' ? null : queue,
    handlers,
    free: credits,
    leases: leased,
    since: isoTime(attachedAtMs),
    server: server === '' ? null : server,
  };
}

/** Exported for its test. */
export function workersText(workers: readonly WorkerInfo__Output[]): string {
  if (workers.length === 0) return 'no workers: nexum worker starts one';
  const rows = workers.map(({ workerId, queue, handlers, credits, leased, attachedAtMs, server }) => [
    workerId,
    queue === '' ? '-' : queue,
    shorten(`${handlers.length}: ${handlers.join(', ')}`, MAX_HANDLERS),
    String(credits),
    String(leased),
    formatDate(attachedAtMs),
    server,
  ]);
  return table(['WORKER', 'QUEUE', 'HANDLERS', 'FREE', 'LEASES', 'SINCE', 'SERVER'], rows);
}
