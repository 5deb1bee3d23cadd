/** `nexum graph`: a pipeline as a Mermaid flowchart. */
import type { Command } from 'commander';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';

export const graphCommand: CliCommand = {
  name: 'graph',
  summary: 'Draw a pipeline as a Mermaid flowchart',
  define(command) {
    command.argument('<file>', 'pipeline file (YAML)').action(async (file: string, _flags: unknown, self: Command) => {
      const { output } = CommandContext.of(self);
      const [{ readPipelineFiles }, { toMermaid }] = await Promise.all([
        import('../pipeline-file.js'),
        import('../../pipeline/mermaid.js'),
      ]);
      const [compiled] = await readPipelineFiles([file], output);
      if (!compiled) return;
      const { workflowId, versionHash, ir } = compiled;
      const mermaid = toMermaid(ir);
      output.data({ file, workflowId, versionHash, mermaid }, mermaid);
    });
    addExamples(command, [
      ['nexum graph pipelines/parallel.yaml', 'paste it into a ```mermaid block'],
      ['nexum graph p.yaml --json', '{"file", "workflowId", "versionHash", "mermaid"}'],
    ]);
  },
};
