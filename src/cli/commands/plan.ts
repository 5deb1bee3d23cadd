/** `nexum plan`: what a pipeline file means, before anything runs. */
import type { Command } from 'commander';
import { NexumError } from '../../errors.js';
import type { CompiledPipeline } from '../../pipeline/compile.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { withClient } from '../with-client.js';

/** Nobody can be asked, which a plan does not need. */
const NO_SERVER: ReadonlySet<string> = new Set(['SERVER_UNREACHABLE', 'UNSUPPORTED_SERVER']);

export const planCommand: CliCommand = {
  name: 'plan',
  summary: 'Show what a pipeline file will run, in order, and whether it is compatible with what is registered',
  define(command) {
    command
      .argument('<pipeline>', 'pipeline file (YAML)')
      .option('--ir', 'print the compiled IR alone, the JSON that the version hash is made of')
      .action(async (file: string, flags: { readonly ir?: boolean }, self: Command) => {
        const context = CommandContext.of(self);
        const [{ readPipelineFiles }, { planReport, planText }] = await Promise.all([
          import('../pipeline-file.js'),
          import('../plan-report.js'),
        ]);
        const [compiled] = await readPipelineFiles([file], context.output);
        if (!compiled) return;
        if (flags.ir === true) {
          context.output.data(JSON.parse(compiled.irJson), compiled.irJson);
          return;
        }
        const report = planReport(compiled, await compatibilityOf(context, compiled));
        context.output.data(report, planText(report));
      });
    addExamples(command, [
      ['nexum plan pipelines/research.yaml', 'nodes, children, schedules, the hash'],
      ['nexum plan p.yaml --ir', 'the IR as one line of JSON'],
      ['nexum plan p.yaml --json', '{"versionHash", "compatibility", "nodes": [{node, type, needs, handler, ...}]}'],
    ]);
    command.addHelpText(
      'after',
      '\nNothing is registered. Without a server or a data folder the compatibility is `unknown (no server)`.',
    );
  },
};

async function compatibilityOf(
  context: CommandContext,
  { workflowId, irJson }: CompiledPipeline,
): Promise<string | undefined> {
  try {
    return await withClient(context, async (client) => {
      const { compatibility } = await client.call('CompareVersions', { workflowId, toIrJson: irJson });
      return compatibility;
    });
  } catch (error) {
    if (error instanceof NexumError && NO_SERVER.has(error.code)) return undefined;
    throw error;
  }
}
