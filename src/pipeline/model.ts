/**
 * THE ONE MODEL of a pipeline file, put together from its parts. Both the check of its shape and
 * pipelines/pipeline.schema.json come from here. An error text of the form `CODE: text` gives the issue that code.
 */
import { z } from 'zod';
import { JOIN_RULES, NEED_CONDITIONS, TOOL_POWERS } from '../core/ir.js';
import { graphModel, history } from './graph-model.js';
import { controlKeys, inputModel } from './kind-model.js';
import { limitsModel } from './limits-model.js';
import { loopModelOf } from './loop-model.js';
import { anyJson, jsonObject, name, retention, text } from './model-values.js';
import { agentModel, model, retry, runKeys, timeout, workKeys } from './work-model.js';

export const defaultsModel = z.strictObject({
  timeout: timeout.optional(),
  retry: retry.optional(),
  model: model.optional(),
});

const flatNodeModel = z.strictObject({
  description: z.string().describe('What the node is for, for people.').optional(),
  needs: z
    .union([z.string(), z.array(z.string()), z.record(z.string(), z.enum(NEED_CONDITIONS))])
    .describe(
      'The nodes that must settle before this one: one name, a list of names, or a map of names to how each must end. ' +
        'Nodes without it start at once.',
    )
    .optional(),
  if: z
    .union([z.string(), z.boolean()])
    .describe('One expression, evaluated when all `needs` have settled; the node is skipped when it is false.')
    .optional(),
  join: z
    .enum(JOIN_RULES)
    .describe('all: all `needs` settled, one as wanted; any: the first as wanted; all_required: all as wanted.')
    .optional(),
  ...workKeys,
  ...controlKeys,
  ...runKeys,
  history: history.optional(),
  continue_on_error: z
    .boolean()
    .describe('The execution goes on when the node has failed, and what needs it runs. Default false.')
    .optional(),
  labels: z.record(text, z.string()).describe('Texts for people and other programs.').optional(),
});

export const loopModel = loopModelOf((): z.ZodType<PipelineNode> => nodeModel);

export const nodeModel = flatNodeModel.extend({
  loop: loopModel
    .describe('Runs its nodes again and again until a condition holds; the output is that of its last nodes.')
    .optional(),
});

export const concurrencyModel = z.strictObject({
  key: text.describe('Executions with the same key take turns; may hold ${{ }} that read `inputs`.'),
  limit: z.int().min(1).max(100_000).describe('Executions with one key that may run at once. Default 1.').optional(),
  on_conflict: z
    .enum(['queue', 'cancel_running', 'reject'])
    .describe('One more execution waits, takes the place of the oldest, or is refused. Default queue.')
    .optional(),
});

export const scheduleModel = z.strictObject({
  cron: text.describe('Five fields, or six with seconds first.'),
  timezone: text.describe('An IANA name, such as Europe/Berlin. Default UTC.').optional(),
  overlap: z
    .enum(['skip', 'queue', 'cancel_running'])
    .describe('What happens while the execution before is under way. Default skip.')
    .optional(),
  catch_up: z
    .enum(['none', 'last', 'all'])
    .describe('Which of the times are made up for that passed while no server ran. Default last.')
    .optional(),
  name: name.describe('The name of the schedule. Default schedule-1, schedule-2 and so on.').optional(),
  with: jsonObject.describe('The inputs of the executions.').optional(),
});

export const mcpServerModel = z.strictObject({
  command: text
    .describe('The program that the worker starts; it speaks MCP on its standard input and output.')
    .optional(),
  args: z.array(z.string()).describe('Arguments of the program.').optional(),
  env: z
    .record(name, z.string())
    .describe('Environment of the program, besides PATH, HOME and the like; may hold ${{ secrets.NAME }}.')
    .optional(),
  cwd: text.describe('The folder in which the program runs. Default: that of the worker.').optional(),
  url: z
    .string()
    .regex(/^https?:\/\//, 'BAD_VALUE: is no http or https address')
    .describe('The address of a server that runs already (streamable HTTP), instead of `command`.')
    .optional(),
  headers: z
    .record(text, z.string())
    .describe('Headers of every request to it; may hold ${{ secrets.NAME }}.')
    .optional(),
  secrets: z
    .array(name)
    .describe('Names of environment variables of the worker that `env` and `headers` read as `secrets.<name>`.')
    .optional(),
  powers: z
    .array(z.enum(TOOL_POWERS))
    .describe('What its tools can do, for `allow` of agents. Default: reads_web and writes.')
    .optional(),
});

export const pipelineModel = z.strictObject({
  name: name.describe('The name of the pipeline: the id of its workflow.'),
  description: z.string().describe('What the pipeline does, for people.').optional(),
  include: z
    .array(text)
    .describe('Files whose `inputs`, `defaults`, `agents` and `nodes` are merged into this one.')
    .optional(),
  inputs: z.record(name, inputModel).describe('The inputs of an execution, by name.').optional(),
  defaults: defaultsModel.describe('What nodes and agents get when they say nothing else.').optional(),
  agents: z.record(name, agentModel).describe('Agents that nodes use by name.').optional(),
  mcp: z
    .record(name, mcpServerModel)
    .describe('MCP servers by name: nodes and agents use their tools as `mcp:<server>/<tool>`.')
    .optional(),
  nodes: z.record(name, nodeModel).describe('The nodes of the graph, by name; each has exactly one kind.'),
  output: anyJson
    .describe('The output of the execution: JSON whose texts may hold ${{ }}. Default: the outputs of the last nodes.')
    .optional(),
  graph: graphModel
    .describe('The nodes form a free graph: they run when edges fire, as often as they do; nodes then have no `needs`.')
    .optional(),
  concurrency: concurrencyModel.describe('How many executions run at once.').optional(),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .describe('Nodes of executions with a higher priority are handed out first. Default 0.')
    .optional(),
  retention: retention
    .describe('How long an execution is kept after its end, such as 30d. Default: for ever.')
    .optional(),
  limits: limitsModel.describe('What one execution may use, and how fast model providers are asked.').optional(),
  schedule: z.array(scheduleModel).describe('When the server itself starts executions.').optional(),
});

export type Pipeline = z.infer<typeof pipelineModel>;
export type PipelineNode = z.infer<typeof flatNodeModel> & { loop?: PipelineLoop | undefined };
export interface PipelineLoop {
  nodes: Record<string, PipelineNode>;
  until: string | boolean;
  max_iterations: number;
  on_exhausted?: 'fail' | 'continue' | undefined;
}
export type PipelineAgent = z.infer<typeof agentModel>;
