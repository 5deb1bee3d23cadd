/** Turns requests into queued commands, and outcomes into answers. Every request is answered exactly once. */
import { createHash } from 'node:crypto';
import type { Command } from '../core/command.js';
import { parseTaskId, type TaskRef } from '../core/ids.js';
import type { Workflow } from '../core/workflow.js';
import { NexumError, nexumError } from '../errors.js';
import type { Outcome } from './batch.js';
import type { CommitLoop } from './commit-loop.js';
import type { StartRequest, TaskAnswer } from './engine-port.js';
import type { Entropy } from './entropy.js';
import type { WorkflowRegistry } from './workflow-registry.js';

export type ExecutionCommand = Exclude<Command, { kind: 'start' }>;
type Settle = (outcome: Outcome | Error) => void;

export class Submissions {
  constructor(
    private readonly loop: CommitLoop,
    private readonly registry: WorkflowRegistry,
    private readonly entropy: Entropy,
    private readonly nowMs: () => number,
    private readonly resolveInput: (workflow: Workflow, inputJson: string) => string,
  ) {}

  push(executionId: string, command: ExecutionCommand, settle: Settle): void {
    this.loop.push({ executionId, command, settle });
  }

  /** @throws NexumError when the command was refused */
  async control(executionId: string, command: ExecutionCommand): Promise<{ alreadyApplied: boolean }> {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      this.push(executionId, command, settlePromise(resolve, reject));
    });
    if (!outcome.reply.ok) throw nexumError(outcome.reply.code, outcome.reply.message);
    return { alreadyApplied: outcome.reply.alreadyApplied };
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

  /** Settles in the same turn as the commit when the version is in memory, which is the hot path. */
  pushStart(request: StartRequest, settle: Settle): void {
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

  async start(request: StartRequest): Promise<Outcome> {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      this.pushStart(request, settlePromise(resolve, reject));
    });
    if (!outcome.reply.ok) throw nexumError(outcome.reply.code, outcome.reply.message);
    return outcome;
  }

  private pushKnownStart(request: StartRequest, workflow: Workflow, settle: Settle): void {
    try {
      const input = this.resolveInput(workflow, checkJson(request.inputJson === '' ? 'null' : request.inputJson));
      const { idempotencyKey, claim } = request;
      const executionId = this.entropy.executionId(this.nowMs());
      const key = idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: requestHash(workflow, input) };
      this.loop.push({ executionId, workflow, claim, command: { kind: 'start', executionId, input, ...key }, settle });
    } catch (error) {
      settle(toError(error));
    }
  }
}

export function alreadyApplied(outcome: Outcome): boolean {
  return outcome.reply.ok && outcome.reply.alreadyApplied;
}

/** Payloads are opaque, but they are spliced into other JSON: text that is not JSON would break its neighbours. */
export function checkJson(text: string): string {
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

/** Tells a repeated start from a different one under the same idempotency key. */
function requestHash(workflow: Workflow, input: string): string {
  return createHash('sha256').update(`${workflow.workflowId}\n${workflow.versionHash}\n${input}`).digest('hex');
}
