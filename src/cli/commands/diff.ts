/** `nexum diff`: what a version changes. */
import type { Command } from 'commander';
import { nexumError } from '../../errors.js';
import type { NexumClient } from '../../rpc/client.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { diffReport, diffText, resolveVersion, type DiffReport } from '../version-text.js';
import { withClient } from '../with-client.js';

export const diffCommand: CliCommand = {
  name: 'diff',
  summary: 'Compare two versions of a pipeline, or a pipeline file with what is registered',
  define(command) {
    command
      .argument('<pipeline>', 'name of a registered pipeline, or a pipeline file (.yaml, .yml)')
      .argument('[from]', 'version, or a unique beginning of its hash (default: the one before)')
      .argument('[to]', 'the same, for a registered pipeline (default: the newest one)')
      .option('--exit-code', 'exit 1 when the difference is BREAKING')
      .action(async (name: string, from: string | undefined, to: string | undefined, flags, self: Command) => {
        const context = CommandContext.of(self);
        const compare = /\.ya?ml$/.test(name)
          ? await fileComparison(context, name, from, to)
          : versions(name, from, to);
        const report = await withClient(context, compare);
        context.output.data(report, diffText(report));
        const { exitCode } = flags as { readonly exitCode?: boolean };
        if (exitCode === true && report.compatibility === 'BREAKING') process.exitCode = ExitCode.UNEXPECTED;
      });
    addExamples(command, [
      ['nexum diff research-report', 'what the newest version changed'],
      ['nexum diff research-report 3f9a2c71 88d1e0aa', 'two versions by the beginnings of their hashes'],
      ['nexum diff pipelines/research.yaml --exit-code', 'before a deployment: exit 1 when it is BREAKING'],
      ['nexum diff p.yaml --json', '{"compatibility", "from", "to", "activeExecutions", "changes"}'],
    ]);
    command.addHelpText(
      'after',
      `
NEW: nothing to compare with. IDENTICAL: the same. SAFE: callers and retries of the old version get what they got.
BREAKING: some may not; these changes come first. Executions under way always stay with their version.`,
    );
  },
};

type Comparison = (client: NexumClient) => Promise<DiffReport>;

function versions(workflowId: string, from: string | undefined, to: string | undefined): Comparison {
  return async (client) => {
    const request = { workflowId, fromVersion: '', toVersion: '' };
    if (from !== undefined || to !== undefined) {
      const { versions: known } = await client.call('ListWorkflowVersions', { workflowId });
      if (from !== undefined) request.fromVersion = resolveVersion(known, from);
      if (to !== undefined) request.toVersion = resolveVersion(known, to);
    }
    return diffReport(workflowId, await client.call('CompareVersions', request), request.toVersion);
  };
}

async function fileComparison(
  { output }: CommandContext,
  file: string,
  from: string | undefined,
  to: string | undefined,
): Promise<Comparison> {
  if (to !== undefined) throw nexumError('USAGE', 'a pipeline file is the newer one already; leave [to] away');
  const { readPipelineFiles } = await import('../pipeline-file.js');
  const [compiled] = await readPipelineFiles([file], output);
  if (!compiled) throw nexumError('INTERNAL', 'nothing was compiled');
  const { workflowId, versionHash, irJson } = compiled;
  return async (client) => {
    const { versions: known } =
      from === undefined ? { versions: [] } : await client.call('ListWorkflowVersions', { workflowId });
    const fromVersion = from === undefined ? '' : resolveVersion(known, from);
    const compared = await client.call('CompareVersions', { workflowId, fromVersion, toIrJson: irJson });
    return diffReport(workflowId, compared, versionHash);
  };
}
