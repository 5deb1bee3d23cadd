/** `nexum approvals`: what waits for a person. */
import type { Command } from 'commander';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { table } from '../output.js';
import type { ApprovalReport } from '../pending-approvals.js';
import { formatDate, shorten } from '../text-format.js';
import { withClient } from '../with-client.js';

const MAX_MESSAGE = 60;

export const approvalsCommand: CliCommand = {
  name: 'approvals',
  summary: 'List the nodes that wait for a person, the oldest execution first',
  define(command) {
    command.action(async (_flags: unknown, self: Command) => {
      const context = CommandContext.of(self);
      const { approvalReport, formFields } = await import('../pending-approvals.js');
      await withClient(context, async (client) => {
        const { items } = await client.call('GetPendingApprovals', {});
        const approvals = items.map(approvalReport);
        context.output.data({ approvals }, listText(approvals, formFields));
      });
    });
    addExamples(command, [
      ['nexum approvals', 'what to decide, since when, until when'],
      [
        'nexum approvals --json',
        '{"approvals": [{executionId, workflowId, node, message, since, deadline, approvers, form}]}',
      ],
    ]);
  },
};

function listText(
  approvals: readonly ApprovalReport[],
  formFields: (form: ApprovalReport['form']) => readonly string[],
): string {
  if (approvals.length === 0) return 'nothing waits for a person';
  const date = (time: string | null): string => (time === null ? '' : formatDate(Date.parse(time)));
  const rows = approvals.map(({ executionId, node, since, deadline, approvers, form, message }) => [
    executionId,
    node,
    date(since),
    date(deadline),
    approvers.length === 0 ? 'anybody' : approvers.join(','),
    formFields(form).join(','),
    shorten(message ?? '', MAX_MESSAGE),
  ]);
  return table(['EXECUTION', 'NODE', 'SINCE', 'DEADLINE', 'APPROVERS', 'FORM', 'MESSAGE'], rows);
}
