/** What a worker or the server does in one step, turned into the behaviour that the IR carries. */
import { DEFAULT_RETRY, type AgentSpec, type AnswerCheck } from '../core/ir.js';
import type { NodeBehaviour, RetryPolicy } from '../core/ir.js';
import { MCP_HANDLER, parseMcpName } from '../core/mcp-name.js';
import { parseDuration } from './duration.js';
import type { Pipeline, PipelineAgent } from './model.js';
import { AGENT_HANDLER } from './node-kinds.js';
import type { AnswerCheckKeys, RetryKeys, RunKeys, WorkKeys } from './work-model.js';

const DEFAULT_MAX_STEPS = 8;

/** Lowers an agent, a handler or a computation with the keys that say how a worker runs it. */
export function lowerWork(work: WorkKeys, run: RunKeys, pipeline: Pipeline): NodeBehaviour {
  const { uses, with: input, prompt, compute } = work;
  if (compute !== undefined) return { compute };
  const agent = lowerAgent(work, pipeline);
  const mcp = uses === undefined ? undefined : parseMcpName(uses);
  return {
    handler: mcp ? MCP_HANDLER : (uses ?? AGENT_HANDLER),
    ...(mcp ? { mcp } : {}),
    ...(input === undefined ? {} : { with: input }),
    ...(agent === undefined ? {} : { agent }),
    ...(prompt === undefined ? {} : { prompt }),
    ...lowerRun(run, pipeline),
  };
}

/** Every retry policy is written out, so that a later change of the defaults changes no stored workflow. */
function lowerRun(run: RunKeys, pipeline: Pipeline): NodeBehaviour {
  const { queue, output, env, secrets } = run;
  const timeoutMs = optionalMs(run.timeout ?? pipeline.defaults?.timeout);
  const heartbeatTimeoutMs = optionalMs(run.heartbeat_timeout);
  return {
    retry: lowerRetry({ ...pipeline.defaults?.retry, ...run.retry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }),
    ...(queue === undefined ? {} : { queue }),
    ...(output === undefined ? {} : { outputSchema: output }),
    ...(env === undefined ? {} : { env: lowerEnv(env) }),
    ...(secrets === undefined ? {} : { secrets: [...new Set(secrets)] }),
  };
}

function lowerAgent(work: WorkKeys, pipeline: Pipeline): AgentSpec | undefined {
  if (work.agent === undefined) return undefined;
  const name = typeof work.agent === 'string' ? work.agent : undefined;
  const agent: PipelineAgent | undefined = typeof work.agent === 'string' ? pipeline.agents?.[work.agent] : work.agent;
  if (!agent) return undefined;
  return lowerSpec(name, agent, { pipeline, first: work.model, other: undefined });
}

/** The models that an agent may get, besides its own: that of its node, and that of the agent that asks it. */
interface AgentPlace {
  readonly pipeline: Pipeline;
  readonly first: string | undefined;
  readonly other: string | undefined;
}

/** Keys that are not written stay away, so that a new one changes no version of a pipeline that does without it. */
function lowerSpec(name: string | undefined, agent: PipelineAgent, place: AgentPlace): AgentSpec {
  const { pipeline } = place;
  const model = place.first ?? agent.model ?? place.other ?? pipeline.defaults?.model;
  const { kind, description, planning_interval: planningInterval, on_divergence: onDivergence } = agent;
  const agents = [...new Set(agent.agents)].flatMap((asked) => {
    const found = pipeline.agents?.[asked];
    return found ? [lowerSpec(asked, found, { pipeline, first: undefined, other: model })] : [];
  });
  return {
    ...(name === undefined ? {} : { name }),
    instructions: agent.instructions,
    ...(model === undefined ? {} : { model }),
    tools: [...new Set(agent.tools)],
    maxSteps: agent.max_steps ?? DEFAULT_MAX_STEPS,
    ...(kind === 'code' ? { kind } : {}),
    ...(description === undefined ? {} : { description }),
    ...(planningInterval === undefined ? {} : { planningInterval }),
    ...(agent.final_answer_checks ? { finalAnswerChecks: agent.final_answer_checks.map(lowerCheck) } : {}),
    ...(agents.length === 0 ? {} : { agents }),
    ...(agent.allow === undefined || agent.allow.length === 0 ? {} : { allow: [...new Set(agent.allow)] }),
    ...(onDivergence === 'truncate' ? { onDivergence } : {}),
  };
}

function lowerCheck(check: AnswerCheckKeys): AnswerCheck {
  const { min_length: minLength, regex, json_schema: jsonSchema } = check;
  if (minLength !== undefined) return { minLength };
  if (regex !== undefined) return { regex };
  if (jsonSchema !== undefined) return { jsonSchema };
  return { citationsExist: true };
}

function lowerRetry(keys: RetryKeys): RetryPolicy {
  return {
    maxAttempts: keys.max_attempts ?? DEFAULT_RETRY.maxAttempts,
    maxLost: keys.max_lost ?? DEFAULT_RETRY.maxLost,
    initialIntervalMs: optionalMs(keys.initial_interval) ?? DEFAULT_RETRY.initialIntervalMs,
    multiplier: keys.multiplier ?? DEFAULT_RETRY.multiplier,
    maxIntervalMs: optionalMs(keys.max_interval) ?? DEFAULT_RETRY.maxIntervalMs,
    jitter: keys.jitter ?? DEFAULT_RETRY.jitter,
    nonRetryable: keys.non_retryable ?? DEFAULT_RETRY.nonRetryable,
  };
}

/** Milliseconds of a duration that may be absent. */
export function optionalMs(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

function lowerEnv(env: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
}
