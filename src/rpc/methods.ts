/** The methods of the service as types, and which of them may be sent twice. */
import type { MethodDefinition } from '@grpc/proto-loader';
import type { NexumServiceDefinition } from './generated/nexum/NexumService.js';

/** The named methods only: the generated interface also has an index signature. */
export type RpcName = keyof {
  [
    K in keyof NexumServiceDefinition as string extends K ? never : number extends K ? never : K
  ]: NexumServiceDefinition[K];
};
type StreamName = 'Work' | 'Execute' | 'WatchExecution' | 'GetPayload';
export type MethodName = Exclude<RpcName, StreamName>;
/** Request and response types of a method, read off the generated definition. */
export type RequestOf<K extends MethodName> =
  NexumServiceDefinition[K] extends MethodDefinition<infer R, infer _A, infer _B, infer _C> ? R : never;
export type ResponseOf<K extends MethodName> =
  NexumServiceDefinition[K] extends MethodDefinition<infer _A, infer _B, infer _C, infer R> ? R : never;

/**
 * Whether a call that may have been committed already can be sent again, to another server too. `keyed`: only with an
 * idempotency key. `numbered`: only for a certain iteration. A poll is not repeated: each poll leases a task of its own.
 */
const REPEATABLE: Readonly<Record<MethodName, boolean | 'keyed' | 'numbered'>> = {
  RegisterWorkflow: true,
  StartExecution: 'keyed',
  PollTask: false,
  CompleteTask: true,
  FailTask: true,
  ReleaseTask: true,
  Heartbeat: true,
  AdmitModelCall: true,
  SettleModelCall: true,
  GetStatus: true,
  GetExecution: true,
  GetWorkflow: true,
  GetServerInfo: true,
  GetPendingApprovals: true,
  ListExecutions: true,
  ListEvents: true,
  ListMessages: true,
  ListCalls: true,
  ListSessions: true,
  // A repetition finds nothing, or what was made again meanwhile: that runs once more.
  ForgetCalls: true,
  ListWorkflows: true,
  ListWorkflowVersions: true,
  CancelExecution: true,
  PauseExecution: true,
  // Meanwhile another limit may have paused it, which nobody meant to lift.
  ResumeExecution: false,
  RetryExecution: true,
  SignalExecution: false,
  // A repeated answer is recognized as the same one, unless the node asks again meanwhile.
  ApproveTask: 'numbered',
  RejectTask: 'numbered',
  RerunExecution: 'keyed',
  CompareVersions: true,
  ListWorkers: true,
  ListSchedules: true,
  // `trigger` starts an execution each time.
  ControlSchedule: false,
  PurgeExecutions: true,
};

export function isRepeatable(method: MethodName, request: unknown): boolean {
  const rule = REPEATABLE[method];
  const { idempotencyKey, iteration } = request as { readonly idempotencyKey?: string; readonly iteration?: number };
  if (rule === 'numbered') return Boolean(iteration);
  return rule === 'keyed' ? Boolean(idempotencyKey) : rule;
}
