/**
 * The `limits` of a pipeline: what one execution may cost, and how long it may run. A limit pauses, it never fails; a resume
 * after it grants the same amount again. Only workflows that have such limits pay for them.
 *
 * B1  What an execution has used stands in its record, with every report of an attempt: it survives any crash, and servers
 *     that share a store see the same.
 * B2  A limit is looked at before a model call is let through. A call that was let through is never torn, so the sum may
 *     pass the limit by the calls that were under way.
 * B3  Time counts while the execution is RUNNING, and not while it is PAUSED, queued or closed.
 */
import type { ExecutionRecord, LimitProgress, PauseReason } from './execution.js';
import type { LimitsSpec, WorkflowIr } from './ir.js';
import type { StateAccess } from './state-access.js';
import { NANO_PER_USD, tokensOf, totalUsage } from './usage.js';

/** What was used since the start, or the last resume after one of these limits. */
export interface LimitUse {
  readonly costNanoUsd: number;
  readonly tokens: number;
  readonly runMs: number;
}

const BEGIN: LimitProgress = { costNanoUsd: 0, tokens: 0, runMs: 0 };

/** The limits of one execution; undefined when there is none, rates apart. */
export function executionLimits({ pipeline }: WorkflowIr): LimitsSpec | undefined {
  const { limits } = pipeline ?? {};
  const { maxCostUsd, maxTokens, maxDurationMs } = limits ?? {};
  return maxCostUsd === undefined && maxTokens === undefined && maxDurationMs === undefined ? undefined : limits;
}

export function isExecutionLimit(reason: PauseReason | undefined): boolean {
  return reason === 'max_cost_usd' || reason === 'max_tokens' || reason === 'max_duration';
}

export function limitUse({ extra }: ExecutionRecord, nowMs: number): LimitUse {
  const { costNanoUsd, tokens, runMs, sinceMs } = extra?.limits ?? BEGIN;
  const total = totalUsage(extra?.usage ?? {});
  return {
    costNanoUsd: total.costNanoUsd - costNanoUsd,
    tokens: tokensOf(total) - tokens,
    // Clocks of several servers may differ by a little.
    runMs: runMs + (sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs)),
  };
}

/** The limit that lets no other model call through. */
export function findReachedLimit(ir: WorkflowIr, execution: ExecutionRecord, nowMs: number): PauseReason | undefined {
  const limits = executionLimits(ir);
  if (!limits) return undefined;
  const { maxCostUsd = Infinity, maxTokens = Infinity } = limits;
  const { costNanoUsd, tokens } = limitUse(execution, nowMs);
  if (costNanoUsd >= maxCostUsd * NANO_PER_USD) return 'max_cost_usd';
  if (tokens >= maxTokens) return 'max_tokens';
  return isOverTime(ir, execution, nowMs) ? 'max_duration' : undefined;
}

/** The limit on time is the only one that needs no model call to be reached. */
export function isOverTime(ir: WorkflowIr, execution: ExecutionRecord, nowMs: number): boolean {
  const { maxDurationMs } = ir.pipeline?.limits ?? {};
  return maxDurationMs !== undefined && limitUse(execution, nowMs).runMs >= maxDurationMs;
}

/** B3. An execution begins or goes on; after one of its limits everything that they count begins anew. */
export function startClock(state: StateAccess, atMs: number): void {
  const { execution } = state;
  if (!execution || !executionLimits(state.workflow.ir)) return;
  const { pausedBy, ...before } = execution.extra?.limits ?? BEGIN;
  const total = totalUsage(execution.extra?.usage ?? {});
  const again = { costNanoUsd: total.costNanoUsd, tokens: tokensOf(total), runMs: 0 };
  putLimits(state, { ...(pausedBy === undefined ? before : again), sinceMs: atMs });
}

/** B3. */
export function stopClock(state: StateAccess, atMs: number, reason?: PauseReason): void {
  const { execution } = state;
  if (!execution?.extra?.limits) return;
  const { sinceMs: _sinceMs, ...before } = execution.extra.limits;
  const { runMs } = limitUse(execution, atMs);
  const pausedBy = isExecutionLimit(reason) ? { pausedBy: reason } : {};
  putLimits(state, { ...before, runMs, ...pausedBy });
}

function putLimits(state: StateAccess, limits: LimitProgress): void {
  const { execution } = state;
  if (execution) state.execution = { ...execution, extra: { ...execution.extra, limits } };
}
