/** What a worker or the server does in one step, turned into the behaviour that the IR carries. */
import { DEFAULT_RETRY, type AgentSpec } from '../core/ir.js';
import type { NodeBehaviour, RetryPolicy } from '../core/ir.js';
import { parseDuration } from './duration.js';
import type { Pipeline, PipelineAgent } from './model.js';
import { AGENT_HANDLER } from './node-kinds.js';
import type { RetryKeys, RunKeys, WorkKeys } from './work-model.js';

const DEFAULT_MAX_STEPS = 8;

/** Lowers an agent, a handler or a computation with the keys that say how a worker runs it. */
export function lowerWork(work: WorkKeys, run: RunKeys, pipeline: Pipeline): NodeBehaviour {
  const { uses, with: input, prompt, compute } = work;
  if (compute !== undefined) return { compute };
  const agent = lowerAgent(work, pipeline);
  return {
    handler: uses ?? AGENT_HANDLER,
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
  const model = work.model ?? agent.model ?? pipeline.defaults?.model;
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
