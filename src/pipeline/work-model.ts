/** The part of the model that says what runs in one step and how: agents, handlers, retries. */
import { z } from 'zod';
import { TOOL_POWERS } from '../core/ir.js';
import { anyJson, duration, heartbeat, jsonObject, name, text } from './model-values.js';

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

export const retry = retryModel.describe(
  'How failed attempts are repeated; missing keys come from `defaults.retry`, then from the built-in policy.',
);
export const timeout = duration(1).describe(
  'The longest one attempt may take: 500ms, 30s, 5m, 2h, 1d. Default: no limit.',
);
export const model = text.describe(
  'The model as `provider/model`. Default: NEXUM_MODEL of the worker, else `offline`.',
);

/** Exactly one word is right. */
export const answerCheckModel = z.strictObject({
  min_length: z.int().min(1).describe('The text of the answer has at least so many characters.').optional(),
  regex: text.describe('The text of the answer has a match of this pattern, in the syntax of RE2.').optional(),
  json_schema: jsonObject.describe('The answer is JSON that satisfies this schema (draft 2020-12).').optional(),
  citations_exist: z
    .literal(true)
    .describe('The answer quotes documents, and each quotation stands word by word in its document.')
    .optional(),
});

export const CHECK_WORDS: readonly string[] = Object.keys(answerCheckModel.shape);

export const agentModel = z.strictObject({
  instructions: z
    .string()
    .describe('What the agent is and how it works: its system prompt. Expressions are not evaluated here.'),
  model: model.optional(),
  tools: z.array(text).describe('Names of the tools that the agent may call. Default: none.').optional(),
  max_steps: z.int().min(1).max(50).describe('Steps before the agent must answer, at most 50. Default 8.').optional(),
  allow: z
    .array(z.enum(TOOL_POWERS))
    .describe(
      'Powers that the agent may have together. One that reads the web, holds secrets and can write must name all three.',
    )
    .optional(),
  kind: z
    .enum(['tool_calling', 'code'])
    .describe('How the agent acts: it calls tools, or it writes JavaScript that calls them. Default tool_calling.')
    .optional(),
  description: text
    .describe('What the agent is good for, in a sentence: other agents that list it under `agents` read it.')
    .optional(),
  agents: z
    .array(z.string())
    .max(16)
    .describe('Names of agents that the agent may ask, as if they were tools; each has a `description`.')
    .optional(),
  planning_interval: z
    .int()
    .min(1)
    .max(1000)
    .describe('The agent makes a plan before its first step and again after every so many steps. Default: never.')
    .optional(),
  final_answer_checks: z
    .array(answerCheckModel)
    .min(1)
    .describe('What the final answer must be; problems are sent back to the model, twice at most.')
    .optional(),
  on_divergence: z
    .enum(['fail', 'truncate'])
    .describe(
      'After a crash, when the agent asks something else than what was recorded: fail, or go on from there anew. Default fail.',
    )
    .optional(),
});

/** What one step is: the kinds that a node, an item of a map and a reduce have in common. */
export const workKeys = {
  agent: z
    .union([z.string(), agentModel])
    .describe('An agent does it: the name of an agent under `agents`, or an agent written here.')
    .optional(),
  prompt: text.describe('What the agent is asked; may hold ${{ }}. Belongs to `agent`.').optional(),
  model: model.optional(),
  uses: text.describe('A handler does it: the name of the handler, such as `docs.search`.').optional(),
  with: jsonObject.describe('The input of the handler; its texts may hold ${{ }}. Belongs to `uses`.').optional(),
  compute: anyJson
    .describe('The server computes it: JSON whose texts may hold ${{ }}; its value is the output.')
    .optional(),
};

/** How a worker runs one step. */
export const runKeys = {
  output: jsonObject
    .describe('A JSON Schema (draft 2020-12) that the output must satisfy before it is committed.')
    .optional(),
  retry: retry.optional(),
  timeout: timeout.optional(),
  heartbeat_timeout: heartbeat
    .describe('How long a worker may be silent, at least 1s, before its attempt is lost. Default: as the worker says.')
    .optional(),
  queue: text
    .describe('Only workers that serve this queue take the node. Default: workers without a queue.')
    .optional(),
  env: z
    .record(name, z.union([z.string(), z.number(), z.boolean()]))
    .describe('Named values for the handler, read as `env.<name>` in `with` and `prompt`; may hold ${{ }}.')
    .optional(),
  secrets: z
    .array(name)
    .describe(
      'Names of environment variables of the worker, read as `secrets.<name>` in `with` and `env`. Belongs to `uses`.',
    )
    .optional(),
};

export type AnswerCheckKeys = z.infer<typeof answerCheckModel>;

export type RetryKeys = z.infer<typeof retryModel>;

/** What one step is; in a checked pipeline exactly one of its kinds is there. */
export type WorkKeys = z.infer<z.ZodObject<typeof workKeys>>;

export type RunKeys = z.infer<z.ZodObject<typeof runKeys>>;
