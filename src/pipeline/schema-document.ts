/** The JSON Schema of pipeline files, for editors: generated from the model that the compiler itself checks with. */
import { z } from 'zod';
import type { JsonObject } from '../core/ir.js';
import { CONDITION_WORDS, conditionModel, historyModel, STOP_WORDS, stopModel } from './graph-model.js';
import { mapBodyModel, reduceModel } from './kind-model.js';
import { nodeModel, pipelineModel } from './model.js';
import { NODE_KINDS, type NodeKind } from './node-kinds.js';

/** Builds the schema (draft 2020-12); every key has a description that editors show. */
export function pipelineJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(pipelineModel, {
    target: 'draft-2020-12',
    io: 'input',
    // Values of any JSON type: zod has no schema word for them, JSON Schema has the empty schema.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === pipelineModel) {
        jsonSchema.patternProperties = { '^x-': { description: 'Ignored; for anchors and for other programs.' } };
        // Agents of a graph may be asked by messages alone.
        jsonSchema['if'] = { required: ['graph'] };
        jsonSchema['else'] = {
          properties: {
            nodes: {
              description: 'Without `graph`, an agent is asked by its `prompt` alone.',
              additionalProperties: { dependentRequired: { agent: ['prompt'] } },
            },
          },
        };
      }
      // What NODE_KIND and the misplaced keys are to the compiler.
      if (zodSchema === nodeModel) oneKind(jsonSchema, NODE_KINDS, {});
      if (zodSchema === mapBodyModel) oneKind(jsonSchema, ['agent', 'uses', 'compute', 'pipeline']);
      if (zodSchema === conditionModel) oneOf(jsonSchema, CONDITION_WORDS);
      if (zodSchema === stopModel) {
        oneOf(jsonSchema, STOP_WORDS);
        jsonSchema['dependentRequired'] = { sources: ['text_mention'] };
      }
      if (zodSchema === historyModel) oneOf(jsonSchema, ['first', 'last']);
      if (zodSchema === reduceModel) oneKind(jsonSchema, ['agent', 'uses', 'compute']);
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

function oneOf(jsonSchema: z.core.JSONSchema.BaseSchema, keys: readonly string[]): void {
  jsonSchema.oneOf = keys.map((key) => ({ required: [key] }));
}

function oneKind(
  jsonSchema: z.core.JSONSchema.BaseSchema,
  kinds: readonly NodeKind[],
  prompted: Readonly<Record<string, string[]>> = { agent: ['prompt'] },
): void {
  oneOf(jsonSchema, kinds);
  jsonSchema['dependentRequired'] = { ...prompted, prompt: ['agent'], model: ['agent'], with: ['uses'] };
}
