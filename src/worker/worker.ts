/**
 * A worker process's heart: takes tasks from the Work stream as credits allow, runs them, sends results in batches.
 *
 * Owns: the tasks it holds and the results that are not acknowledged yet.
 * W1  A result, once sent, is only ever sent again, with the same task id, until the server answers; it never turns
 *     into a failure.
 * W2  Leases are handed to the heartbeat thread before any handler of that frame runs.
 * W3  A task whose lease is lost or that was cancelled is aborted; its result is dropped, not sent.
 */
import { dispatchKey } from '../core/dispatch-key.js';
import { errorMessage, NexumError, nexumError } from '../errors.js';
import { failpoint, isArmed } from '../failpoint.js';
import type { NexumClient } from '../rpc/client.js';
import type { CompleteRequest } from '../rpc/generated/nexum/CompleteRequest.js';
import type { FailRequest } from '../rpc/generated/nexum/FailRequest.js';
import type { PollResponse__Output } from '../rpc/generated/nexum/PollResponse.js';
import type { ReleaseRequest } from '../rpc/generated/nexum/ReleaseRequest.js';
import type { WorkAnswer__Output } from '../rpc/generated/nexum/WorkAnswer.js';
import type { WorkRequest } from '../rpc/generated/nexum/WorkRequest.js';
import type { WorkResponse__Output } from '../rpc/generated/nexum/WorkResponse.js';
import { frames } from '../rpc/protocol.js';
import type { ReconnectingStream } from '../rpc/reconnecting-stream.js';
import { fromStatus } from '../rpc/status.js';
import type { LeaseKeeper } from './heartbeat.js';
import { runTask, type RunnerOptions, type TaskResult } from './task-runner.js';
import { WorkflowSource } from './workflow-source.js';

/** Codes after which the same result is sent again: the server could not write, it did not refuse. */
const REPEATABLE = new Set(['STORE_FULL', 'STORE_UNAVAILABLE', 'SERVER_STOPPING']);
const REPEAT_MS = 1000;

export interface WorkerEvents {
  /** The node's result is committed. */
  committed?(task: PollResponse__Output): void;
  taken?(task: PollResponse__Output): void;
  failed?(task: PollResponse__Output, result: TaskResult & { ok: false }): void;
  /** Given back: its execution has used what it may, and is paused. */
  limited?(task: PollResponse__Output): void;
  /** The result of this task cannot be committed any more. */
  dropped?(task: PollResponse__Output, reason: string): void;
  connection?(state: 'attached' | 'broken' | 'draining', detail: string): void;
}

export interface WorkerOptions extends RunnerOptions {
  readonly client: NexumClient;
  /** Tasks at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Takes only nodes of this queue; absent: only nodes without one. */
  readonly queue?: string;
  /** Ask for the next task only after the result of the last one is acknowledged (CRASH_AFTER needs it). */
  readonly oneByOne?: boolean;
  readonly events?: WorkerEvents;
  /** Keeps the leases; shared with the durable calls of this process. */
  readonly leases: LeaseKeeper;
}

interface HeldTask {
  readonly task: PollResponse__Output;
  readonly abort: AbortController;
  /** The result, or that the task is given back: from the moment it is known until it is acknowledged. */
  result?: TaskResult | 'released';
}

export class NexumWorker {
  private readonly held = new Map<string, HeldTask>();
  private readonly workflows: WorkflowSource;
  private stream: ReconnectingStream<WorkRequest, WorkResponse__Output> | undefined;
  private outgoing: HeldTask[] = [];
  private freed = 0;
  private attached = false;
  private draining = false;
  private onIdle: (() => void) | undefined;

  constructor(private readonly options: WorkerOptions) {
    this.workflows = new WorkflowSource(options.client);
  }

  /**
   * Attaches to the server and begins to take tasks; resolves when the server has answered once.
   * @throws NexumError UNAUTHENTICATED, PERMISSION_DENIED: the server does not let this worker in
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      let letIn = false;
      this.stream = this.options.client.work({
        onOpen: (send) => this.hello(send),
        onMessage: (response) => {
          if (response.attached) {
            this.attached = true;
            letIn = true;
            this.options.events?.connection?.('attached', this.options.client.currentAddress);
            resolve();
          }
          this.receive(response);
        },
        onBroken: (error) => {
          const { code, message } = fromStatus(error, this.options.client.currentAddress);
          // Later the token may be about to change at the server: then it is tried again, as after any other break.
          if (!letIn && (code === 'UNAUTHENTICATED' || code === 'PERMISSION_DENIED')) {
            void this.stream?.close();
            reject(nexumError(code, message));
          }
          if (this.attached) this.options.events?.connection?.('broken', error.details);
          this.attached = false;
        },
      });
    });
  }

  /** Takes no new task, lets the running ones finish for `graceMs`, gives back the rest, leaves. Idempotent. */
  async stop({ graceMs }: { graceMs: number }): Promise<void> {
    if (this.draining) return;
    this.draining = true;
    this.stream?.send({ withdraw: true });
    this.options.events?.connection?.('draining', `${this.held.size} running`);
    await this.untilIdle(graceMs);
    for (const entry of this.held.values()) {
      if (!entry.result) this.release(entry);
    }
    await this.untilIdle(1000);
    await this.stream?.close();
  }

  /** The heartbeat found that these leases belong to nobody, or to somebody else. */
  leasesLost(taskIds: readonly string[]): void {
    for (const taskId of taskIds) this.abort(taskId, 'the lease was lost');
  }

  private untilIdle(timeoutMs: number): Promise<void> {
    if (this.held.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** R1: says who it is and what it holds, and repeats every result that was not acknowledged (W1). */
  private hello(send: (request: WorkRequest) => void): void {
    const { workerId, leaseMs, concurrency, queue } = this.options;
    this.freed = 0;
    this.outgoing = [];
    const handlers = [...this.options.handlers.keys()].map((name) => dispatchKey(name, queue));
    send({ hello: { workerId, leaseMs, handlers, heldTaskIds: [...this.held.keys()] } });
    const unanswered = [...this.held.values()].filter((entry) => entry.result);
    const running = this.held.size - unanswered.length;
    const credits = this.draining ? 0 : Math.max(concurrency - running, 0);
    send({ credits: this.options.oneByOne === true && unanswered.length > 0 ? 0 : credits });
    for (const entry of unanswered) this.send(entry);
  }

  private receive(response: WorkResponse__Output): void {
    for (const answer of response.answers) this.acknowledge(answer);
    for (const taskId of response.stopTaskIds) this.abort(taskId, 'the execution was cancelled');
    if (response.draining) this.options.events?.connection?.('draining', 'the server is stopping');
    if (response.tasks.length > 0) this.take(response.tasks);
  }

  private take(tasks: readonly PollResponse__Output[]): void {
    this.options.leases.hold(tasks);
    for (const task of tasks) {
      const entry: HeldTask = { task, abort: new AbortController() };
      this.held.set(task.taskId, entry);
      if (this.draining) this.release(entry);
      else this.run(entry);
    }
  }

  private run(entry: HeldTask): void {
    const { task, abort } = entry;
    failpoint('worker.task-received');
    this.options.events?.taken?.(task);
    const ir = this.workflows.find(task.workflowId, task.versionHash);
    const running = ir
      ? runTask(this.options, task, ir, abort.signal)
      : this.workflows.get(task.workflowId, task.versionHash, abort.signal).then(
          (loaded) => runTask(this.options, task, loaded, abort.signal),
          (error: unknown) => notRun(error),
        );
    void running.then((result) => this.finish(entry, result));
  }

  private finish(entry: HeldTask, result: TaskResult): void {
    if (this.held.get(entry.task.taskId) !== entry || entry.abort.signal.aborted) return;
    failpoint('worker.handler-done');
    entry.result = result;
    if (result.limited) this.options.events?.limited?.(entry.task);
    else if (!result.ok) this.options.events?.failed?.(entry.task, result);
    if (this.options.oneByOne !== true) this.freed += 1;
    this.send(entry);
  }

  private send(entry: HeldTask): void {
    this.outgoing.push(entry);
    // After the promise callbacks of this turn: everything that finished in it shares one message.
    if (this.outgoing.length === 1) process.nextTick(() => this.flush());
  }

  private release(entry: HeldTask): void {
    entry.abort.abort(new Error('the worker is stopping'));
    entry.result = 'released';
    this.send(entry);
  }

  private flush(): void {
    const entries = this.outgoing;
    if (entries.length === 0) return;
    this.outgoing = [];
    const credits = this.draining ? 0 : this.freed;
    this.freed = 0;
    let head: WorkRequest = { credits };
    for (const frame of frames(entries, resultSize)) {
      this.stream?.send({ ...head, ...resultFrame(frame) }, onResultsWritten);
      head = {};
    }
  }

  private acknowledge(answer: WorkAnswer__Output): void {
    const entry = this.held.get(answer.taskId);
    if (!entry) return;
    if (REPEATABLE.has(answer.code)) {
      setTimeout(() => {
        if (this.held.get(answer.taskId) === entry) this.send(entry);
      }, REPEAT_MS);
      return;
    }
    if (answer.code === '') failpoint('worker.answer-received');
    this.forget(entry);
    if (answer.code !== '') this.options.events?.dropped?.(entry.task, `${answer.code}: ${answer.message}`);
    else if (isCompletion(entry.result)) this.options.events?.committed?.(entry.task);
    if (this.options.oneByOne === true && !this.draining) this.stream?.send({ credits: 1 });
  }

  private abort(taskId: string, reason: string): void {
    const entry = this.held.get(taskId);
    if (!entry) return;
    // A result that is under way keeps waiting for its answer: the server decides, not this notice.
    if (entry.result) return;
    entry.abort.abort(new Error(reason));
    this.forget(entry);
    this.options.events?.dropped?.(entry.task, reason);
    if (!this.draining) this.stream?.send({ credits: 1 });
  }

  private forget(entry: HeldTask): void {
    this.held.delete(entry.task.taskId);
    this.options.leases.drop(entry.task.taskId);
    if (this.held.size === 0) this.onIdle?.();
  }
}

/**
 * Only a crash test needs to know when the results have left the process. HTTP/2 reports a write before the socket has
 * it, and hands it over in the next turn; then the process stands still, so that the server acts and no answer is read.
 */
const onResultsWritten = isArmed('worker.result-sent')
  ? (): void => {
      setImmediate(() =>
        setImmediate(() => {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SERVER_ACTS_MS);
          failpoint('worker.result-sent');
        }),
      );
    }
  : undefined;
/** Long enough for a commit of the server; shorter would only make it a crash before the commit. */
const SERVER_ACTS_MS = 100;

function isCompletion(result: HeldTask['result']): result is TaskResult & { ok: true } {
  return result !== undefined && result !== 'released' && result.ok;
}

function resultSize({ result }: HeldTask): number {
  return isCompletion(result) ? result.outputJson.length : 0;
}

function resultFrame(entries: readonly HeldTask[]): Pick<WorkRequest, 'completions' | 'failures' | 'releases'> {
  const completions: CompleteRequest[] = [];
  const failures: FailRequest[] = [];
  const releases: ReleaseRequest[] = [];
  for (const { task, result } of entries) {
    const { taskId } = task;
    if (result === 'released') releases.push({ taskId });
    else if (result?.limited) releases.push({ taskId, usage: [...(result.usage ?? [])], limited: true });
    else if (result?.ok === true) completions.push(completeRequest(taskId, result));
    else if (result) failures.push(failRequest(taskId, result));
  }
  return { completions, failures, releases };
}

function completeRequest(
  taskId: string,
  { outputJson, conditions = [], usage = [] }: TaskResult & { readonly ok: true },
): CompleteRequest {
  return { taskId, outputJson, conditions: [...conditions], usage: [...usage] };
}

function failRequest(taskId: string, result: TaskResult & { ok: false }): FailRequest {
  return {
    taskId,
    errorMessage: result.message,
    errorCode: result.code,
    nonRetryable: !result.retryable,
    retryAfterMs: result.retryAfterMs ?? 0,
    usage: [...(result.usage ?? [])],
  };
}

function notRun(error: unknown): TaskResult {
  const code = error instanceof NexumError ? error.code : 'INTERNAL';
  return {
    ok: false,
    code,
    message: `the workflow cannot be read: ${errorMessage(error)}`,
    retryable: true,
    usage: [],
  };
}
