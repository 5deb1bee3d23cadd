/** `nexum schema`: the JSON Schema of pipeline files. */
import { addExamples, type CliCommand } from '../cli-command.js';

export const schemaCommand: CliCommand = {
  name: 'schema',
  summary: 'Print the JSON Schema of pipeline files, for editors',
  define(command) {
    command.action(async () => {
      const { pipelineJsonSchema } = await import('../../pipeline/schema-document.js');
      process.stdout.write(`${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`);
    });
    addExamples(command, [['nexum schema > pipeline.schema.json', 'then: # yaml-language-server: $schema=...']]);
  },
};
