/** Who may call what: one line per RPC. What has no line here is refused. `admin` may call everything. */
import type { RpcName } from './methods.js';

export const ROLES = ['admin', 'client', 'worker', 'read'] as const;
export type Role = (typeof ROLES)[number];

const SERVICE = '/nexum.NexumService/';
/** Load balancers and supervisors ask for health, and they have no token. */
const HEALTH = '/grpc.health.v1.Health/';
const REFLECTION = /^\/grpc\.reflection\.v1(alpha)?\.ServerReflection\//;

const EVERYBODY: readonly Role[] = ['client', 'worker', 'read'];
const READERS: readonly Role[] = ['client', 'read'];
const CLIENTS: readonly Role[] = ['client'];
const WORKERS: readonly Role[] = ['worker'];
const STARTERS: readonly Role[] = ['client', 'worker'];

/** The roles beside `admin` that may call each RPC. A record, so that a new RPC does not compile without its line. */
export const ACCESS: Readonly<Record<RpcName, readonly Role[]>> = {
  RegisterWorkflow: STARTERS,
  // A durable call of a worker is an execution of its own.
  StartExecution: STARTERS,
  Execute: STARTERS,
  ForgetCalls: STARTERS,
  PollTask: WORKERS,
  Work: WORKERS,
  CompleteTask: WORKERS,
  FailTask: WORKERS,
  ReleaseTask: WORKERS,
  Heartbeat: WORKERS,
  AdmitModelCall: WORKERS,
  SettleModelCall: WORKERS,
  CancelExecution: CLIENTS,
  PauseExecution: CLIENTS,
  ResumeExecution: CLIENTS,
  ApproveTask: CLIENTS,
  RejectTask: CLIENTS,
  RetryExecution: CLIENTS,
  RerunExecution: CLIENTS,
  SignalExecution: CLIENTS,
  ControlSchedule: CLIENTS,
  // Deletes for ever.
  PurgeExecutions: [],
  // Of workflows a worker reads what it executes; of executions nothing.
  GetWorkflow: EVERYBODY,
  ListWorkflows: EVERYBODY,
  ListWorkflowVersions: EVERYBODY,
  GetServerInfo: EVERYBODY,
  CompareVersions: EVERYBODY,
  GetStatus: READERS,
  GetExecution: READERS,
  GetPendingApprovals: READERS,
  ListExecutions: READERS,
  ListEvents: READERS,
  ListMessages: READERS,
  // A worker makes them; whose session it does not know it cannot list.
  ListCalls: EVERYBODY,
  ListSessions: READERS,
  WatchExecution: READERS,
  GetPayload: READERS,
  ListWorkers: READERS,
  ListSchedules: READERS,
};

/** The roles that may call this path, `admin` always among them; 'open' for those who say nothing at all. */
export function allowedRoles(path: string): readonly Role[] | 'open' {
  if (path.startsWith(HEALTH)) return 'open';
  if (REFLECTION.test(path)) return ['admin', ...READERS];
  const name = path.startsWith(SERVICE) ? path.slice(SERVICE.length) : '';
  return Object.hasOwn(ACCESS, name) ? ['admin', ...ACCESS[name as RpcName]] : ['admin'];
}
