/** The part of the model that describes free graphs: edges and their conditions, stops, what agents hear. */
import { z } from 'zod';
import { MAX_TURNS } from '../core/ir.js';
import { anyJson, name, text } from './model-values.js';

const BAD_LIMIT = `BAD_LIMIT: must be a whole number from 1 to ${MAX_TURNS}`;

const limit = z.int(BAD_LIMIT).min(1, BAD_LIMIT).max(MAX_TURNS, BAD_LIMIT);

/** Exactly one word is right. */
export const conditionModel = z.strictObject({
  contains: text.describe('Holds when the text of the output has this in it; case counts.').optional(),
  not_contains: text.describe('Holds when the text of the output does not have this in it; case counts.').optional(),
  equals: anyJson.describe('Holds when the output is this JSON.').optional(),
  matches: text
    .describe('Holds when the text of the output has a match of this pattern, in the syntax of RE2.')
    .optional(),
  handler: text.describe('A handler decides, asked by the worker that ran the source.').optional(),
});

export const edgeModel = z.strictObject({
  from: z.string().describe('The node where the edge begins.'),
  to: z.string().describe('The node that the edge leads to.'),
  when: z
    .union([z.string(), conditionModel])
    .describe(
      'The edge fires only when this holds, evaluated once, when its source has run: `{ contains: text }` and the like, ' +
        'or one `${{ }}`. Default: it always fires.',
    )
    .optional(),
  activation_group: name
    .describe('Edges of one group activate the target together. Default: the name of the target.')
    .optional(),
  activation_condition: z
    .enum(['all', 'any'])
    .describe('all: when all edges of the group have fired; any: with each that fires. Default all.')
    .optional(),
});

/** Exactly one word is right, `sources` aside. */
export const stopModel = z.strictObject({
  text_mention: text.describe('Somebody says a text that has this in it; case counts.').optional(),
  sources: z
    .array(z.string())
    .min(1)
    .describe('Only what these nodes say counts. Belongs to `text_mention`.')
    .optional(),
  stop_message: z.literal(true).describe('The output of a node is an object with the type StopMessage.').optional(),
  max_messages: limit.describe('So many messages have been said, the task included.').optional(),
  get any() {
    return z.array(stopModel).min(1).optional().describe('One of these holds.');
  },
  get all() {
    return z.array(stopModel).min(1).optional().describe('Each of these has held.');
  },
});

/** Exactly one of `first` and `last` is right. */
export const historyModel = z.strictObject({
  source: z.string().describe('Whose messages: the name of a node, or `user`.'),
  first: limit.describe('Only the first so many of the new messages.').optional(),
  last: limit.describe('Only the last so many of the new messages.').optional(),
});

export const history = z
  .array(historyModel)
  .min(1)
  .describe('Which of the messages that are new to it an agent of a graph hears, in this order. Default: all of them.');

export const graphModel = z.strictObject({
  entry: z
    .union([z.string(), z.array(z.string()).min(1)])
    .describe('Where the graph begins: one name, or a list of names. Default: the nodes that no edge leads to.')
    .optional(),
  scheduling: z
    .enum(['eager', 'barrier'])
    .describe('eager: nodes start as soon as they are activated; barrier: when all that runs is done. Default eager.')
    .optional(),
  max_turns: limit
    .describe('The execution is paused after so many commits, or waves (barrier). Default 1000 where there is a cycle.')
    .optional(),
  max_messages: limit.describe('The execution is paused after so many messages, the task included.').optional(),
  stop_when: stopModel.optional().describe('The execution is complete when this holds.'),
  task: anyJson
    .describe('The first message; its texts may hold ${{ }} that read `inputs`. Default: the inputs.')
    .optional(),
  edges: z.array(edgeModel).describe('Where the graph goes on when a node has run.'),
});

export const CONDITION_WORDS: readonly string[] = Object.keys(conditionModel.shape);
export const STOP_WORDS: readonly string[] = Object.keys(stopModel.shape).filter((word) => word !== 'sources');

export type PipelineGraph = z.infer<typeof graphModel>;
export type PipelineEdge = z.infer<typeof edgeModel>;
export type PipelineStop = z.infer<typeof stopModel>;
export type PipelineHistory = z.infer<typeof history>;
