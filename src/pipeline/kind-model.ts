/** The part of the model that decides where a pipeline goes on: routes, maps, approvals, waits, children. */
import { z } from 'zod';
import { anyJson, duration, jsonObject, name, text } from './model-values.js';
import { runKeys, workKeys } from './work-model.js';

export const inputModel = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object']).describe('The JSON type of the input.'),
  required: z.boolean().describe('An execution cannot start without it. Default false.').optional(),
  default: anyJson.describe('The value when none is given.').optional(),
  description: z.string().describe('What the input means, for people.').optional(),
  enum: z.array(anyJson).min(1).describe('The accepted values.').optional(),
});

export const routeModel = z.strictObject({
  if: z.union([z.string(), z.boolean()]).describe('One expression; the first route whose `if` holds wins.').optional(),
  to: z.string().describe('The node that this route leads to.').optional(),
  default: z.string().describe('The node to go to when no `if` holds. Stands alone and last.').optional(),
});

export const childModel = z.strictObject({
  file: text.describe('The pipeline file of the child, relative to this file; its version is pinned.').optional(),
  name: name.describe('The name of a registered pipeline, instead of `file`.').optional(),
  version: text
    .describe('The version hash of the registered pipeline. Default: the newest one when the child starts.')
    .optional(),
  with: jsonObject.describe('The inputs of the child; their texts may hold ${{ }}.').optional(),
});

const pipeline = childModel.describe('Runs another pipeline as a child execution; its output is the output.');

export const mapBodyModel = z
  .strictObject({ ...workKeys, pipeline: pipeline.optional(), ...runKeys })
  .describe('What is done with each item, which expressions read as `item`, its number as `index`.');

export const mapModel = z.strictObject({
  over: z.string().describe('One expression that gives the list.'),
  max_parallel: z.int().min(1).max(100_000).describe('Items under way at once. Default: no limit.').optional(),
  on_item_error: z
    .enum(['fail', 'skip', 'collect'])
    .describe('What a failed item does: fail the node, leave itself out, or leave its error. Default fail.')
    .optional(),
  node: mapBodyModel,
});

export const reduceModel = z
  .strictObject({ of: z.string().describe('The map whose outputs are folded.'), ...workKeys })
  .describe('Folds the outputs of a map into one.');

export const approvalModel = z.strictObject({
  message: text.describe('What the person is asked; may hold ${{ }}.').optional(),
  approvers: z.array(text).min(1).describe('Who may answer. Default: anybody.').optional(),
  form: z.record(name, inputModel).describe('What the approver fills in, declared like `inputs`.').optional(),
  timeout: duration(1).describe('How long to wait for an answer. Default: for ever.').optional(),
  on_timeout: z
    .enum(['fail', 'approve', 'reject'])
    .describe('What happens without an answer in time. Default fail.')
    .optional(),
  on_reject: z
    .enum(['fail', 'continue'])
    .describe('Whether a rejection fails the node, or gives `approved: false`. Default fail.')
    .optional(),
});

export const waitModel = z.strictObject({
  until: z
    .union([text, z.number()])
    .describe('A time: ISO 8601, or milliseconds since 1970; may be one ${{ }}.')
    .optional(),
  signal: text.describe('The name of a signal; its payload is the output.').optional(),
  timeout: duration(1).describe('With `signal`: how long to wait before the node fails. Default: for ever.').optional(),
});

/** The kinds that only nodes have, besides `workKeys`. */
export const controlKeys = {
  route: z.array(routeModel).min(1).describe('Chooses one node: the first route that holds.').optional(),
  map: mapModel.describe('Does the same with every item of a list; the output is the list of outputs.').optional(),
  reduce: reduceModel.optional(),
  approval: approvalModel.describe('Waits for the answer of a person.').optional(),
  wait: z
    .union([text, waitModel])
    .describe('Waits: a duration such as `3d`, a time (`until`), or a signal. Needs no worker.')
    .optional(),
  pipeline: pipeline.optional(),
};

export type PipelineInput = z.infer<typeof inputModel>;
export type PipelineChild = z.infer<typeof childModel>;
