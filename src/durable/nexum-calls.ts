/**
 * Durable calls on a Nexum Pipelines server: each is an execution of one node, claimed with its start (call-stream.ts).
 * Beside them, executions of one node that somebody else carries out: a worker (`remote`) or a person (`ask`).
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CALL_WORKFLOW } from '../core/ids.js';
import type { WorkflowIr } from '../core/ir.js';
import { NexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import { abortable } from './abortable.js';
import type { CallDesk, CallRequest, Claim, HeldCall } from './call-desk.js';
import { CallStream, type Answer } from './call-stream.js';

/** Between two tries to reach a server that did not answer. */
const REPEAT_MS = 200;
/** A call is retried by whoever asks for it again, without a limit of its own: errors are never cached. */
const UNLIMITED = 1_000_000_000;

/** A workflow of one node. */
export interface CallWorkflow {
  readonly workflowId: string;
  readonly versionHash: string;
  readonly irJson: string;
}

export function callWorkflow(workflowId: string, ir: WorkflowIr): CallWorkflow {
  const irJson = JSON.stringify(ir);
  return { workflowId, irJson, versionHash: `sha256:${createHash('sha256').update(irJson).digest('hex')}` };
}

const CALL = callWorkflow(CALL_WORKFLOW, {
  nodes: {
    call: {
      type: 'EFFECT',
      dependencies: [],
      'x-nexum': {
        handler: CALL_WORKFLOW,
        retry: {
          maxAttempts: UNLIMITED,
          maxLost: UNLIMITED,
          initialIntervalMs: 0,
          multiplier: 1,
          maxIntervalMs: 0,
          jitter: 0,
          nonRetryable: [],
        },
      },
    },
  },
});

export interface NexumCallsOptions {
  readonly client: NexumClient;
  readonly workerId: string;
  readonly leaseMs: number;
  /** The connection broke while a call waits. */
  readonly onBroken?: () => void;
}

export class NexumCalls implements CallDesk {
  readonly keepsLeases = true;
  readonly #stream: CallStream;
  readonly #registered = new Map<string, Promise<unknown>>();
  #problem: NexumError | undefined;

  constructor(private readonly options: NexumCallsOptions) {
    this.#stream = new CallStream(options.client, {
      onUnwanted: (task) => void this.release(task),
      ...(options.onBroken ? { onBroken: options.onBroken } : {}),
    });
  }

  begin(): void {
    this.#stream.hold();
  }

  end(): void {
    this.#stream.release();
  }

  async claim(request: CallRequest, signal: AbortSignal): Promise<Claim> {
    const { workerId, leaseMs } = this.options;
    for (;;) {
      const answer = await this.#start(CALL, request, { workerId, leaseMs }, signal);
      if (answer.kind === 'ended' && answer.fresh) throw answer.error;
      if (answer.kind !== 'task') return answer;
      // A process that was busy reads the answer late, and nobody has kept the lease meanwhile.
      if (answer.lateMs < leaseMs / 2 || (await this.#isHeld(answer.task))) return { kind: 'run', held: answer.task };
    }
  }

  /** Starts the execution of this key if there is none, and waits for its end; nobody here executes anything. */
  async follow(
    workflow: CallWorkflow,
    request: CallRequest,
    signal: AbortSignal,
  ): Promise<Exclude<Answer, { kind: 'task' }>> {
    const answer = await this.#start(workflow, request, undefined, signal);
    if (answer.kind === 'task') throw new Error('a task that nobody claimed');
    return answer;
  }

  /** W1: a result that was sent once is sent until the server answers, and never becomes a failure. */
  async complete({ taskId }: HeldCall, outputJson: string): Promise<void> {
    for (;;) {
      try {
        await this.options.client.call('CompleteTask', { taskId, outputJson }, { waitForReady: true });
        return;
      } catch (error) {
        if (this.#problem) throw this.#problem;
        if (!(error instanceof NexumError) || !error.retryable) throw error;
        await pause(REPEAT_MS);
      }
    }
  }

  async fail({ taskId }: HeldCall, errorCode: string, errorMessage: string): Promise<void> {
    await this.options.client
      .call('FailTask', { taskId, errorMessage, errorCode })
      // The lease ends by itself; the caller needs the error of the call, not this one.
      .catch(() => undefined);
  }

  async isForgotten({ taskId }: HeldCall): Promise<boolean> {
    return this.options.client.call('ReleaseTask', { taskId }, { waitForReady: true }).then(
      () => false,
      (error: unknown) => error instanceof NexumError && error.code === 'EXECUTION_NOT_FOUND',
    );
  }

  async release({ taskId }: Pick<HeldCall, 'taskId'>): Promise<void> {
    await this.options.client.call('ReleaseTask', { taskId }).catch(() => undefined);
  }

  async forget(executionId: string, session: string): Promise<void> {
    await this.options.client.call('ForgetCalls', { session, executionIds: [executionId] }, { waitForReady: true });
  }

  breakWith(error: NexumError): void {
    this.#problem = error;
    this.#stream.fail(error);
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  async #start(
    { workflowId, versionHash, irJson }: CallWorkflow,
    { key, tool, inputJson }: CallRequest,
    claim: { workerId: string; leaseMs: number } | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const request = { workflowId, versionHash, inputJson, idempotencyKey: key, labels: { tool } };
    for (let again = false; ; again = true) {
      if (this.#problem) throw this.#problem;
      await this.#register({ workflowId, versionHash, irJson }, signal);
      try {
        return await this.#stream.start(request, claim, signal);
      } catch (error) {
        // The server came back with an empty store.
        if (again || !(error instanceof NexumError) || error.code !== 'WORKFLOW_NOT_FOUND') throw error;
        this.#registered.delete(versionHash);
      }
    }
  }

  async #isHeld({ taskId }: HeldCall): Promise<boolean> {
    const request = { workerId: this.options.workerId, taskIds: [taskId] };
    const { staleTaskIds } = await this.options.client.call('Heartbeat', request, { waitForReady: true });
    return staleTaskIds.length === 0;
  }

  /** Asks until a server answers: that it restarts just now must not cost the node an attempt. */
  async #register(workflow: CallWorkflow, signal: AbortSignal): Promise<void> {
    const { versionHash } = workflow;
    for (;;) {
      let registered = this.#registered.get(versionHash);
      if (!registered) {
        registered = this.options.client.call('RegisterWorkflow', { ...workflow }, { waitForReady: true });
        this.#registered.set(versionHash, registered);
      }
      try {
        await abortable(registered, signal);
        return;
      } catch (error) {
        if (this.#problem) throw this.#problem;
        if (signal.aborted) throw error;
        if (this.#registered.get(versionHash) === registered) this.#registered.delete(versionHash);
        if (!(error instanceof NexumError) || !error.retryable) throw error;
        await abortable(pause(REPEAT_MS, undefined, { signal }), signal);
      }
    }
  }
}
