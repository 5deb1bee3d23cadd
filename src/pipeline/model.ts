/**
 * THE ONE MODEL of a pipeline file. Both the check of its shape and pipelines/pipeline.schema.json come from here.
 * An error text of the form `CODE: text` gives the issue that code.
 */
import { z } from 'zod';
import type { Json } from '../core/ir.js';
import { DURATION_PATTERN, parseDuration } from './duration.js';

/** Of pipelines, nodes, agents, inputs and env values: a name of the expression language, so that `nodes.<name>` parses. */
const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

const BAD_NAME = 'BAD_NAME: is no valid name';
const BAD_DURATION = 'BAD_DURATION: is no duration (500ms, 30s, 5m, 2h, 1d; at most a year)';

const name = z.string().regex(NAME_PATTERN, BAD_NAME);
const text = z.string().min(1, 'BAD_VALUE: must not be empty');
const anyJson = z.custom<Json>(() => true);
const jsonObject = z.record(z.string(), anyJson);

/** A duration in which 0 is allowed or not. */
function duration(minimumMs: 0 | 1) {
  return z
    .string(BAD_DURATION)
    .regex(DURATION_PATTERN, { error: BAD_DURATION, abort: true })
    .refine((value) => (parseDuration(value) ?? -1) >= minimumMs, BAD_DURATION);
}

export const retryModel = z.strictObject({
  max_attempts: z
    .int()
    .min(1)
    .max(1000)
    .describe('Attempts that may fail before the node fails, the first included. Default 3.')
    .optional(),
  initial_interval: duration(0).describe('The delay before the second attempt. Default 1s.').optional(),
  multiplier: z
    .number()
    .min(1)
    .max(100)
    .describe('The factor by which each further delay grows. Default 2.')
    .optional(),
  max_interval: duration(0).describe('The longest delay between two attempts. Default 30s.').optional(),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .describe('The fraction, 0 to 1, by which a delay may be shortened at random. Default 0.2.')
    .optional(),
  non_retryable: z.array(text).describe('Error names or codes that fail the node at once.').optional(),
  max_lost: z
    .int()
    .min(1)
    .max(1000)
    .describe('Attempts whose worker may die before the node fails. Default 3.')
    .optional(),
});

const retry = retryModel.describe(
  'How failed attempts are repeated; missing keys come from `defaults.retry`, then from the built-in policy.',
);
const timeout = duration(1).describe('The longest one attempt may take: 500ms, 30s, 5m, 2h, 1d. Default: no limit.');
const model = text.describe('The model as `provider/model`. Default: NEXUM_MODEL of the worker, else `offline`.');

export const agentModel = z.strictObject({
  instructions: z
    .string()
    .describe('What the agent is and how it works: its system prompt. Expressions are not evaluated here.'),
  model: model.optional(),
  tools: z.array(text).describe('Names of the tools that the agent may call. Default: none.').optional(),
  max_steps: z.int().min(1).max(1000).describe('Model calls before the agent must answer. Default 8.').optional(),
  kind: z
    .enum(['tool_calling'])
    .describe('How the agent acts. Only tool_calling in this release, which is the default.')
    .optional(),
});

export const inputModel = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object']).describe('The JSON type of the input.'),
  required: z.boolean().describe('An execution cannot start without it. Default false.').optional(),
  default: anyJson.describe('The value when none is given.').optional(),
  description: z.string().describe('What the input means, for people.').optional(),
  enum: z.array(anyJson).min(1).describe('The accepted values.').optional(),
});

export const defaultsModel = z.strictObject({
  timeout: timeout.optional(),
  retry: retry.optional(),
  model: model.optional(),
});

export const nodeModel = z.strictObject({
  description: z.string().describe('What the node is for, for people.').optional(),
  needs: z
    .union([z.string(), z.array(z.string())])
    .describe(
      'The nodes that must settle before this one: a list of names, or one name. Nodes without it start at once.',
    )
    .optional(),
  if: z
    .union([z.string(), z.boolean()])
    .describe('One expression, evaluated when all `needs` have settled; the node is skipped when it is false.')
    .optional(),
  agent: z
    .union([z.string(), agentModel])
    .describe('Makes this an agent node: the name of an agent under `agents`, or an agent written here.')
    .optional(),
  prompt: text.describe('What the agent is asked; may hold ${{ }}. Belongs to `agent`.').optional(),
  model: model.optional(),
  uses: text.describe('Makes this a handler node: the name of the handler, such as `docs.search`.').optional(),
  with: jsonObject.describe('The input of the handler; its texts may hold ${{ }}. Belongs to `uses`.').optional(),
  output: jsonObject
    .describe('A JSON Schema (draft 2020-12) that the output must satisfy before it is committed.')
    .optional(),
  retry: retry.optional(),
  timeout: timeout.optional(),
  env: z
    .record(name, z.union([z.string(), z.number(), z.boolean()]))
    .describe('Named values for the handler, read as `env.<name>` in `with` and `prompt`; may hold ${{ }}.')
    .optional(),
});

export const pipelineModel = z.strictObject({
  name: name.describe('The name of the pipeline: the id of its workflow.'),
  description: z.string().describe('What the pipeline does, for people.').optional(),
  inputs: z.record(name, inputModel).describe('The inputs of an execution, by name.').optional(),
  defaults: defaultsModel.describe('What nodes and agents get when they say nothing else.').optional(),
  agents: z.record(name, agentModel).describe('Agents that nodes use by name.').optional(),
  nodes: z
    .record(name, nodeModel)
    .describe('The nodes of the graph, by name; each has exactly one of `agent` and `uses`.'),
  output: anyJson
    .describe('The output of the execution: JSON whose texts may hold ${{ }}. Default: the outputs of the last nodes.')
    .optional(),
});

export type Pipeline = z.infer<typeof pipelineModel>;
export type PipelineNode = z.infer<typeof nodeModel>;
export type PipelineAgent = z.infer<typeof agentModel>;
export type PipelineInput = z.infer<typeof inputModel>;
export type RetryKeys = z.infer<typeof retryModel>;
