/** Turns requests into queued commands, and outcomes into answers. Every request is answered exactly once. */
import { createHash } from 'node:crypto';
import type { Command, Expressions, KeptNode } from '../core/command.js';
import type { ExecutionExtra } from '../core/execution.js';
import { INTERNAL_PREFIX, parseTaskId, type TaskRef } from '../core/ids.js';
import type { Json } from '../core/ir.js';
import { findSizeProblem } from '../core/payload-limit.js';
import type { Workflow } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import type { Outcome } from './pending.js';
import type { CommitLoop } from './commit-loop.js';
import type { StartRequest, TaskAnswer, TaskCompletion, TaskFailure, TaskRelease } from './engine-port.js';
import type { Entropy } from './entropy.js';
import type { WantedSlot } from './slots.js';
import type { WorkflowRegistry } from './workflow-registry.js';

export type ExecutionCommand = Exclude<Command, { kind: 'start' }>;

/** A start as the engine itself may order it. */
export interface StartOrder extends StartRequest {
  /** Minted before; absent: a new one. */
  readonly executionId?: string;
  readonly extra?: ExecutionExtra;
  readonly kept?: ReadonlyMap<string, KeptNode>;
  /** Instead of what the pipeline says. */
  readonly concurrency?: WantedSlot;
}

/** What clients and the engine ask before a start. */
export interface StartRules {
  /** Checks and completes the input of a pipeline; throws INVALID_INPUT. */
  readonly resolveInput: (workflow: Workflow, inputJson: string) => string;
  readonly expressions: Expressions;
}

const MAX_PRIORITY = 100;

type Settle = (outcome: Outcome | Error) => void;

export class Submissions {
  constructor(
    private readonly loop: CommitLoop,
    private readonly registry: WorkflowRegistry,
    private readonly entropy: Entropy,
    private readonly nowMs: () => number,
    private readonly rules: StartRules,
  ) {}

  push(executionId: string, command: ExecutionCommand, settle: Settle): void {
    this.loop.push({ executionId, command, settle });
  }

  /** @throws NexumError when the command was refused */
  async control(executionId: string, command: ExecutionCommand): Promise<{ alreadyApplied: boolean }> {
    const { reply } = await this.decide(executionId, command);
    return { alreadyApplied: reply.ok && reply.alreadyApplied };
  }

  /** @throws NexumError when the command was refused */
  async decide(executionId: string, command: ExecutionCommand): Promise<Outcome> {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      this.push(executionId, command, settlePromise(resolve, reject));
    });
    if (!outcome.reply.ok) throw nexumError(outcome.reply.code, outcome.reply.message);
    return outcome;
  }

  /** Queues a command on the task; a refusal, even of the task id, is an answer too. */
  pushTask(taskId: string, command: (task: TaskRef) => ExecutionCommand, answer: (answer: TaskAnswer) => void): void {
    try {
      const task = parseTaskId(taskId);
      this.push(task.executionId, command(task), (outcome) => answer(taskAnswer(taskId, outcome)));
    } catch (error) {
      answer(taskAnswer(taskId, toError(error)));
    }
  }

  answerTask(taskId: string, command: (task: TaskRef) => ExecutionCommand): Promise<TaskAnswer> {
    return new Promise((resolve) => this.pushTask(taskId, command, resolve));
  }

  /** A result that is too large ends the attempt: its worker would only hand in the same again. */
  pushCompletion(
    { taskId, outputJson, conditions, usage }: TaskCompletion,
    answer: (answer: TaskAnswer) => void,
  ): void {
    const problem = findSizeProblem('OUTPUT_TOO_LARGE', outputJson, 'the output');
    const used = usage ? { usage } : {};
    if (!problem) {
      const more = conditions ? { conditions, ...used } : used;
      this.pushTask(taskId, (task) => ({ kind: 'complete', task, output: checkJson(outputJson), ...more }), answer);
      return;
    }
    const { code, message } = problem;
    const fail = (task: TaskRef): ExecutionCommand => ({
      kind: 'fail',
      task,
      failure: { code, message: `${message} (node ${task.node})`, retryable: false },
      ...used,
    });
    this.pushTask(taskId, fail, (result) => answer(result.code === undefined ? { ...result, code, message } : result));
  }

  pushFailure({ usage, ...failure }: TaskFailure, answer: (answer: TaskAnswer) => void): void {
    const used = usage ? { usage } : {};
    this.pushTask(failure.taskId, (task) => ({ kind: 'fail', task, failure, ...used }), answer);
  }

  pushRelease({ taskId, ...release }: TaskRelease, answer: (answer: TaskAnswer) => void): void {
    this.pushTask(taskId, (task) => ({ kind: 'release', task, ...release }), answer);
  }

  /** Settles in the same turn as the commit when the version is in memory, which is the hot path. */
  pushStart(request: StartOrder, settle: Settle): void {
    const known = request.versionHash === '' ? undefined : this.registry.find(request.workflowId, request.versionHash);
    if (known) {
      this.pushKnownStart(request, known, settle);
      return;
    }
    this.loop
      .read(() => this.registry.get(request.workflowId, request.versionHash))
      .then(
        (workflow) => this.pushKnownStart(request, workflow, settle),
        (error: unknown) => settle(toError(error)),
      );
  }

  async start(request: StartOrder): Promise<Outcome> {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      this.pushStart(request, settlePromise(resolve, reject));
    });
    if (!outcome.reply.ok) throw nexumError(outcome.reply.code, outcome.reply.message);
    return outcome;
  }

  private pushKnownStart(request: StartOrder, workflow: Workflow, settle: Settle): void {
    try {
      const given = checkJson(request.inputJson === '' ? 'null' : request.inputJson);
      const input = this.rules.resolveInput(workflow, given);
      const { idempotencyKey, claim, kept } = request;
      const executionId = request.executionId ?? this.entropy.executionId(this.nowMs());
      const key = idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: requestHash(workflow, input) };
      const concurrency = request.concurrency ?? this.wantedSlot(workflow, input);
      const extra = extraOf(request, workflow, concurrency);
      this.loop.push({
        executionId,
        workflow,
        claim,
        ...(concurrency ? { concurrency } : {}),
        command: { kind: 'start', executionId, input, ...key, ...(extra ? { extra } : {}), ...(kept ? { kept } : {}) },
        settle,
      });
    } catch (error) {
      settle(toError(error));
    }
  }

  private wantedSlot(workflow: Workflow, input: string): WantedSlot | undefined {
    const spec = workflow.ir.pipeline?.concurrency;
    if (!spec) return undefined;
    const scope = { inputs: JSON.parse(input) as Json, nodes: {}, run: { workflow: workflow.workflowId } };
    const value = this.rules.expressions.renderTemplate(spec.key, scope);
    const text = JSON.stringify(value);
    // As it is where that can be stored; no database takes NUL or half of a UTF-16 pair.
    const key = typeof value === 'string' && text === `"${value}"` ? value : text;
    return { key: `${workflow.workflowId}/${key}`, limit: spec.limit, onConflict: spec.onConflict };
  }
}

/** Undefined when there is nothing to tell. */
function extraOf(
  { extra, labels, priority }: StartOrder,
  workflow: Workflow,
  concurrency: WantedSlot | undefined,
): ExecutionExtra | undefined {
  const wanted = priority ?? extra?.priority ?? workflow.ir.pipeline?.priority ?? 0;
  if (!Number.isInteger(wanted) || Math.abs(wanted) > MAX_PRIORITY)
    throw nexumError('INVALID_REQUEST', `priority must be a whole number from -100 to 100, not ${wanted}`);
  const all: ExecutionExtra = {
    ...extra,
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(wanted === 0 ? {} : { priority: wanted }),
    ...(concurrency ? { concurrency: { key: concurrency.key, limit: concurrency.limit } } : {}),
  };
  return Object.keys(all).length > 0 ? all : undefined;
}

export function alreadyApplied(outcome: Outcome): boolean {
  return outcome.reply.ok && outcome.reply.alreadyApplied;
}

/**
 * Payloads are opaque, but they are spliced into other JSON: text that is not JSON would break its neighbours.
 * @throws NexumError PAYLOAD_TOO_LARGE, INVALID_REQUEST
 */
export function checkJson(text: string): string {
  const problem = findSizeProblem('PAYLOAD_TOO_LARGE', text, 'the payload');
  if (problem) throw problem;
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw nexumError('INVALID_REQUEST', `the payload is not JSON: ${text.slice(0, 80)}`);
  }
}

function taskAnswer(taskId: string, outcome: Outcome | Error): TaskAnswer {
  if (outcome instanceof Error) {
    const code = outcome instanceof NexumError ? outcome.code : 'INTERNAL';
    return { taskId, code, message: outcome.message, alreadyApplied: false };
  }
  if (outcome.reply.ok) return { taskId, alreadyApplied: outcome.reply.alreadyApplied };
  return { taskId, code: outcome.reply.code, message: outcome.reply.message, alreadyApplied: false };
}

function settlePromise(resolve: (outcome: Outcome) => void, reject: (error: Error) => void): Settle {
  return (outcome) => {
    if (outcome instanceof Error) reject(outcome);
    else resolve(outcome);
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * Tells a repeated start from a different one under the same idempotency key. That of a durable call is made of what makes
 * it the same call; the rest of its input may differ.
 */
function requestHash(workflow: Workflow, given: string): string {
  const input = workflow.workflowId.startsWith(INTERNAL_PREFIX) ? '' : given;
  return createHash('sha256').update(`${workflow.workflowId}\n${workflow.versionHash}\n${input}`).digest('hex');
}
