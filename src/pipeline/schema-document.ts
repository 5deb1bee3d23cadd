/** The JSON Schema of pipeline files, for editors: generated from the model that the compiler itself checks with. */
import { z } from 'zod';
import type { JsonObject } from '../core/ir.js';
import { nodeModel, pipelineModel } from './model.js';

/** Builds the schema (draft 2020-12); every key has a description that editors show. */
export function pipelineJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(pipelineModel, {
    target: 'draft-2020-12',
    io: 'input',
    // Values of any JSON type: zod has no schema word for them, JSON Schema has the empty schema.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === pipelineModel)
        jsonSchema.patternProperties = { '^x-': { description: 'Ignored; for anchors and for other programs.' } };
      if (zodSchema === nodeModel) {
        // What NODE_KIND and the misplaced keys are to the compiler.
        jsonSchema.oneOf = [{ required: ['agent'] }, { required: ['uses'] }];
        jsonSchema['dependentRequired'] = { agent: ['prompt'], prompt: ['agent'], model: ['agent'], with: ['uses'] };
      }
    },
  });
  const { $schema, ...rest } = schema;
  return JSON.parse(
    JSON.stringify({
      $schema,
      title: 'Nexum pipeline',
      description: 'A durable pipeline of LLM agents and handlers.',
      ...rest,
    }),
  ) as JsonObject;
}
