/** `nexum versions`: what is registered. */
import type { Command } from 'commander';
import { nexumError } from '../../errors.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { versionReport, versionsText, workflowsText } from '../version-text.js';
import { withClient } from '../with-client.js';

export const versionsCommand: CliCommand = {
  name: 'versions',
  summary: 'List the versions of a pipeline and what each one changed, or all pipelines',
  define(command) {
    command
      .argument('[workflow]', 'name of a pipeline; without it all pipelines, which are not compared')
      .action(async (workflowId: string | undefined, _flags: unknown, self: Command) => {
        const context = CommandContext.of(self);
        await withClient(context, async (client) => {
          if (workflowId === undefined) {
            const { workflows } = await client.call('ListWorkflows', {});
            context.output.data({ versions: workflows.map(versionReport) }, workflowsText(workflows));
            return;
          }
          const { versions } = await client.call('ListWorkflowVersions', { workflowId });
          if (versions.length === 0) {
            throw nexumError('WORKFLOW_NOT_FOUND', `workflow ${JSON.stringify(workflowId)} is not registered`);
          }
          context.output.data({ versions: versions.map(versionReport) }, versionsText(versions));
        });
      });
    addExamples(command, [
      ['nexum versions', 'every pipeline with its newest version'],
      ['nexum versions research-report', 'newest first: NEW, SAFE or BREAKING, and why'],
      ['nexum versions research-report --json', '{"versions": [{versionHash, compatibility, reasons, ...}]}'],
    ]);
  },
};
