/**
 * What the RPC service asks of an engine. Two implementations: `Engine` in this thread, `EngineThread` in its own.
 * Everything here is plain data that a structured clone carries.
 */
import type { ExecutionRecord } from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';
import type { Comparison } from '../core/compatibility.js';
import type { InputSpec, ScheduleSpec } from '../core/ir.js';
import type { ErrorCode } from '../errors.js';
import type { ExecutionDetail, ExecutionSummary, WorkflowVersion } from './execution-detail.js';
import type { ModelCallRequest, TaskAnswer, TaskCompletion, TaskFailure, TaskRelease } from './task-results.js';
import type { ExecutionFilter, StoredSession, StoreGauges } from '../store/store.js';

/** One leased attempt on its way to a worker. */
export interface Task {
  readonly taskId: string;
  readonly executionId: string;
  readonly workflowId: string;
  readonly versionHash: string;
  readonly node: string;
  readonly nodeType: string;
  readonly iteration: number;
  readonly attempt: number;
  readonly leaseMs: number;
  /** `{"input": <start input>, "deps": {<direct dependency>: <output>}}`; JSON text. */
  readonly inputJson: string;
  readonly idempotencyKey: string;
  /** Nodes that it reads, and that were SKIPPED. */
  readonly skipped: readonly string[];
  /** Nodes that it reads, and that have no output yet: of a free graph or a loop. */
  readonly pending?: readonly string[];
  /** Direct dependencies that FAILED, and were allowed to. */
  readonly failed: readonly { readonly node: string; readonly code: string; readonly message: string }[];
  /** An edited `with` of this execution; JSON text. */
  readonly withJson?: string;
  /** One item of a MAP: `itemJson` is JSON text. */
  readonly item?: { readonly index: number; readonly total: number; readonly itemJson: string };
  /** Agents of a free graph: what was said since the node was activated before. */
  readonly messages?: readonly ThreadMessage[];
}

/** What was said in a free graph: by the user (the task, or a message at a resume), or as the output of a node. */
export interface ThreadMessage {
  /** Of the event that holds it: messages have its order. */
  readonly seq: number;
  /** The name of a node, or `user`. */
  readonly source: string;
  /** Of the node; 0: the user. */
  readonly iteration: number;
  /** A string output itself, otherwise its JSON. */
  readonly content: string;
  readonly atMs?: number;
}

export type { ModelCallRequest, TaskAnswer, TaskCompletion, TaskFailure, TaskRelease };

export interface WorkHello {
  readonly workerId: string;
  /** Either the handlers of a worker, or the version that an old client polls. */
  readonly filter: { readonly handlers: readonly string[] } | { readonly versionHash: string };
  readonly leaseMs: number;
  readonly heldTaskIds: readonly string[];
  /** A poll holds nothing between its calls: its disconnect says nothing about its leases. */
  readonly poll?: boolean;
}

export interface WorkFrame {
  readonly credits?: number;
  /** Takes all credits back; answered by `idle` once no task can be under way any more. */
  readonly withdraw?: boolean;
  readonly completions?: readonly TaskCompletion[];
  readonly failures?: readonly TaskFailure[];
  readonly releases?: readonly TaskRelease[];
}

/** What one commit has for one worker. */
export interface WorkPush {
  readonly tasks: readonly Task[];
  readonly answers: readonly TaskAnswer[];
  /** Task ids whose handlers must stop: cancelled, or their lease was lost. */
  readonly stops: readonly string[];
  readonly idle: boolean;
}

export interface StartRequest {
  readonly workflowId: string;
  /** Empty: the newest version. */
  readonly versionHash: string;
  readonly inputJson: string;
  readonly idempotencyKey?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Instead of the pipeline's own. */
  readonly priority?: number;
  /** Lease the first ready node to this worker in the same commit. */
  readonly claim?: { readonly workerId: string; readonly leaseMs: number };
}

export interface ExecuteFrame {
  readonly starts?: readonly (StartRequest & { readonly ref: number })[];
  readonly watchExecutionIds?: readonly string[];
}

export interface Started {
  readonly ref: number;
  readonly executionId?: string;
  readonly alreadyApplied: boolean;
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly task?: Task;
}

/** The end of an execution, or (`READY`) that a claimed one lost its holder and may be claimed again. */
export interface Finished {
  readonly executionId: string;
  readonly status: ExecutionRecord['status'] | 'READY';
  readonly outputJson?: string;
  readonly code?: string;
  readonly message?: string;
  readonly failedNode?: string;
  /** It had ended so long before this was asked, in milliseconds, at least 1; absent: just now. */
  readonly ageMs?: number;
}

export interface ExecutePush {
  readonly started: readonly Started[];
  readonly finished: readonly Finished[];
}

/** An approval that waits for a person. */
export interface PendingApproval {
  readonly executionId: string;
  readonly workflowId: string;
  readonly node: string;
  readonly iteration: number;
  readonly pendingSinceMs: number;
  readonly deadlineMs?: number;
  readonly message?: string;
  readonly approvers: readonly string[];
  readonly form?: Readonly<Record<string, InputSpec>>;
}

export interface WorkerStatus {
  readonly workerId: string;
  readonly handlers: readonly string[];
  readonly queue?: string;
  readonly attachedAtMs: number;
  readonly credits: number;
  readonly leased: number;
  /** Absent: this one. */
  readonly server?: string;
}

export interface ScheduleStatus extends ScheduleSpec {
  readonly workflowId: string;
  readonly paused: boolean;
  readonly nextAtMs?: number | undefined;
  readonly lastAtMs?: number | undefined;
  readonly lastExecutionId?: string | undefined;
  readonly lastProblem?: string | undefined;
}

/** One durable call. */
export interface CallInfo {
  readonly executionId: string;
  /** `<session>/<hash>[@version][#n]` */
  readonly key: string;
  readonly tool: string;
  readonly version?: string;
  readonly ordinal?: number;
  readonly kind: 'call' | 'remote' | 'question';
  readonly status: 'COMPLETED' | 'RUNNING' | 'READY' | 'WAITING' | 'FAILED' | 'CANCELLED';
  readonly attempts: number;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly resultBytes: number;
  /** Of the last attempt that failed, until one succeeds. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly workerId?: string;
  readonly inputJson?: string;
  readonly resultJson?: string;
}

export interface PurgeRequest {
  /** Ended before this time; absent: retention is over. */
  readonly finishedBeforeMs?: number;
  readonly workflowId?: string;
  readonly statuses?: readonly ExecutionRecord['status'][];
  readonly limit: number;
  readonly dryRun: boolean;
  readonly afterExecutionId?: string;
}

/** Requests with one answer: method -> arguments and result. */
export interface EngineCalls {
  registerWorkflow: {
    args: { workflowId: string; versionHash: string; irJson: string };
    result: { created: boolean; compatibility: string };
  };
  getWorkflow: { args: { workflowId?: string; versionHash?: string }; result: WorkflowVersion & { irJson: string } };
  listWorkflows: { args: { workflowId?: string }; result: readonly WorkflowVersion[] };
  start: { args: StartRequest; result: { executionId: string; alreadyApplied: boolean } };
  complete: { args: TaskCompletion; result: TaskAnswer };
  fail: { args: TaskFailure; result: TaskAnswer };
  release: { args: TaskRelease; result: TaskAnswer };
  /** `waitMs`: ask again after so many milliseconds; 0: make the call. `limited`: tell afterwards what it took. */
  admitModelCall: { args: ModelCallRequest; result: { waitMs: number; limited: boolean } };
  /** Without `tokens` the call was not made. */
  settleModelCall: { args: { permit: string; tokens?: number }; result: Readonly<Record<string, never>> };
  heartbeat: { args: { workerId: string; taskIds: readonly string[] }; result: { staleTaskIds: readonly string[] } };
  cancel: { args: { executionId: string; reason?: string }; result: { alreadyApplied: boolean } };
  pause: { args: { executionId: string }; result: { alreadyApplied: boolean } };
  /** `message`: said to everybody in a free graph, PAUSED or not. */
  resume: { args: { executionId: string; message?: string }; result: { alreadyApplied: boolean } };
  /** The thread of a free graph, oldest first. */
  listMessages: {
    args: { executionId: string; afterSeq: number; limit: number };
    result: { messages: readonly ThreadMessage[]; more: boolean };
  };
  retry: { args: { executionId: string }; result: { alreadyApplied: boolean } };
  rerun: {
    args: {
      executionId: string;
      /** Absent: everything runs again. */
      fromNode?: string;
      inputJson?: string;
      /** `{node: with}`; JSON text. */
      withJson?: string;
      idempotencyKey?: string;
    };
    result: { executionId: string; alreadyApplied: boolean };
  };
  signal: { args: { executionId: string; name: string; payloadJson: string }; result: { alreadyApplied: boolean } };
  approve: {
    /** Without an iteration: of the activations that wait, the oldest. */
    args: {
      executionId: string;
      node: string;
      iteration?: number;
      approver: string;
      comment: string;
      formJson?: string;
    };
    result: { alreadyApplied: boolean };
  };
  reject: {
    args: { executionId: string; node: string; iteration?: number; approver: string; reason: string };
    result: { alreadyApplied: boolean };
  };
  listApprovals: { args: Readonly<Record<string, never>>; result: readonly PendingApproval[] };
  listWorkers: { args: Readonly<Record<string, never>>; result: readonly WorkerStatus[] };
  compareVersions: {
    args: { workflowId: string; fromVersion?: string; toVersion?: string; toIrJson?: string };
    result: Comparison & { fromVersion?: string; toVersion?: string; activeExecutions: number };
  };
  listCalls: {
    args: { session: string; afterExecutionId?: string; limit: number; payloads: boolean };
    result: { calls: readonly CallInfo[]; more: boolean };
  };
  listSessions: {
    args: { afterSession: string; limit: number };
    result: { sessions: readonly StoredSession[]; more: boolean };
  };
  /** Neither keys nor executions: all calls of the session. */
  forgetCalls: {
    args: { session: string; keys: readonly string[]; executionIds: readonly string[]; cancel: boolean };
    result: { forgotten: number; kept: number };
  };
  purge: { args: PurgeRequest; result: { purged: number; more: boolean; lastExecutionId?: string } };
  listSchedules: { args: { workflowId?: string }; result: readonly ScheduleStatus[] };
  controlSchedule: {
    args: {
      workflowId: string;
      name: string;
      action: 'pause' | 'resume' | 'trigger' | 'backfill';
      fromMs?: number;
      toMs?: number;
    };
    result: { executionIds: readonly string[] };
  };
  /** The payload of one event; JSON text. */
  getPayload: { args: { executionId: string; seq: number }; result: { payload: string } };
  getSummary: { args: { executionId: string }; result: ExecutionSummary };
  getCompletedNodes: { args: { executionId: string }; result: { status: string; outputsJson: string } };
  getExecution: { args: { executionId: string }; result: ExecutionDetail };
  listExecutions: { args: ExecutionFilter; result: readonly ExecutionSummary[] };
  listEvents: { args: { executionId: string; afterSeq: number; limit: number }; result: readonly ExecutionEvent[] };
  getStats: { args: Readonly<Record<string, never>>; result: EngineStats };
  getGauges: { args: Readonly<Record<string, never>>; result: EngineGauges };
  /** Reads from the store; fails when that does. */
  checkStore: { args: Readonly<Record<string, never>>; result: Readonly<Record<string, never>> };
}

/** What is there at one moment: of the store, over all its servers; the rest of this engine. */
export interface EngineGauges {
  /** The time that the ages in `store` count to. */
  readonly nowMs: number;
  readonly store: StoreGauges;
  readonly workers: number;
  /** Tasks that the attached workers would take now. */
  readonly credits: number;
  readonly streams: Readonly<Record<'work' | 'poll' | 'execute' | 'watch', number>>;
  /** Executions that this engine has deleted, and starts that it has refused because too much was waiting. */
  readonly purged: number;
  readonly refusedStarts: number;
}

export interface EngineStats {
  readonly store: string;
  readonly batches: number;
  readonly commands: number;
  readonly commits: number;
  readonly statements: number;
}

export interface WorkSession {
  send(frame: WorkFrame): void;
  close(): void;
}

export interface ExecuteSession {
  send(frame: ExecuteFrame): void;
  close(): void;
}

export interface EnginePort {
  /** @throws NexumError of the table, by call */
  call<M extends keyof EngineCalls>(method: M, args: EngineCalls[M]['args']): Promise<EngineCalls[M]['result']>;
  /** Attaches a worker; `sink` gets one push per commit that concerns it. */
  openWork(hello: WorkHello, sink: (push: WorkPush) => void): WorkSession;
  openExecute(sink: (push: ExecutePush) => void): ExecuteSession;
  /** Pushes the events after `afterSeq`, then each new one; an empty push ends the stream (closed, or not found). */
  watch(executionId: string, afterSeq: number, sink: (events: readonly ExecutionEvent[]) => void): { close(): void };
}
