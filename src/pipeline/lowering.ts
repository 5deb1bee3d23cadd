/** A checked pipeline turned into the IR: defaults applied, agents resolved, durations in milliseconds. */
import { DEFAULT_RETRY } from '../core/ir.js';
import type { AgentSpec, InputSpec, IrNode, NodeBehaviour, PipelineInfo, RetryPolicy, WorkflowIr } from '../core/ir.js';
import type { Dependencies } from './dependency-graph.js';
import { parseDuration } from './duration.js';
import { unwrapExpression } from './expression-source.js';
import type { Pipeline, PipelineAgent, PipelineInput, PipelineNode, RetryKeys } from './model.js';
import { AGENT_HANDLER } from './node-check.js';

const DEFAULT_MAX_STEPS = 8;

/** Builds the IR. Every retry policy is written out, so that a later change of the defaults changes no stored workflow. */
export function lowerPipeline(pipeline: Pipeline, dependencies: Dependencies): WorkflowIr {
  const nodes: Record<string, IrNode> = {};
  for (const [name, node] of Object.entries(pipeline.nodes)) {
    const on = (dependencies.get(name) ?? []).map((dependency) => dependency.on);
    nodes[name] = { type: 'EFFECT', dependencies: on, 'x-nexum': lowerNode(node, pipeline) };
  }
  const info: PipelineInfo = {
    name: pipeline.name,
    ...(pipeline.description === undefined ? {} : { description: pipeline.description }),
    inputs: Object.fromEntries(Object.entries(pipeline.inputs ?? {}).map(([name, input]) => [name, lowerInput(input)])),
    ...(pipeline.output === undefined ? {} : { output: pipeline.output }),
  };
  return { nodes, pipeline: info };
}

function lowerInput(input: PipelineInput): InputSpec {
  return {
    type: input.type,
    ...(input.required === undefined ? {} : { required: input.required }),
    ...(input.default === undefined ? {} : { default: input.default }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.enum === undefined ? {} : { enum: input.enum }),
  };
}

function lowerNode(node: PipelineNode, pipeline: Pipeline): NodeBehaviour {
  const timeout = node.timeout ?? pipeline.defaults?.timeout;
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
  const agent = lowerAgent(node, pipeline);
  return {
    handler: node.uses ?? AGENT_HANDLER,
    ...(node.with === undefined ? {} : { with: node.with }),
    ...(agent === undefined ? {} : { agent }),
    ...(node.prompt === undefined ? {} : { prompt: node.prompt }),
    ...(node.if === undefined ? {} : { if: unwrapExpression(String(node.if)).source.trim() }),
    retry: lowerRetry({ ...pipeline.defaults?.retry, ...node.retry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(node.output === undefined ? {} : { outputSchema: node.output }),
    ...(node.env === undefined ? {} : { env: lowerEnv(node.env) }),
  };
}

function lowerAgent(node: PipelineNode, pipeline: Pipeline): AgentSpec | undefined {
  if (node.agent === undefined) return undefined;
  const name = typeof node.agent === 'string' ? node.agent : undefined;
  const agent: PipelineAgent | undefined = typeof node.agent === 'string' ? pipeline.agents?.[node.agent] : node.agent;
  if (!agent) return undefined;
  const model = node.model ?? agent.model ?? pipeline.defaults?.model;
  return {
    ...(name === undefined ? {} : { name }),
    instructions: agent.instructions,
    ...(model === undefined ? {} : { model }),
    tools: [...new Set(agent.tools)],
    maxSteps: agent.max_steps ?? DEFAULT_MAX_STEPS,
  };
}

function lowerRetry(keys: RetryKeys): RetryPolicy {
  return {
    maxAttempts: keys.max_attempts ?? DEFAULT_RETRY.maxAttempts,
    maxLost: keys.max_lost ?? DEFAULT_RETRY.maxLost,
    initialIntervalMs: milliseconds(keys.initial_interval, DEFAULT_RETRY.initialIntervalMs),
    multiplier: keys.multiplier ?? DEFAULT_RETRY.multiplier,
    maxIntervalMs: milliseconds(keys.max_interval, DEFAULT_RETRY.maxIntervalMs),
    jitter: keys.jitter ?? DEFAULT_RETRY.jitter,
    nonRetryable: keys.non_retryable ?? DEFAULT_RETRY.nonRetryable,
  };
}

function milliseconds(duration: string | undefined, otherwise: number): number {
  return duration === undefined ? otherwise : (parseDuration(duration) ?? otherwise);
}

function lowerEnv(env: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
}
