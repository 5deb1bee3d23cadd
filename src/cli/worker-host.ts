/** Puts a worker together: built-in handlers, agents, the user's handlers, durable calls, leases, crash switches. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DurableCalls } from '../durable/durable-calls.js';
import type { CallEvent } from '../durable/session.js';
import { nexumError } from '../errors.js';
import { NexumClient } from '../rpc/client.js';
import type { Connection } from '../rpc/connection.js';
import type { PollResponse__Output } from '../rpc/generated/nexum/PollResponse.js';
import type { HandlerLog, HandlerTable } from '../worker/handler.js';
import { Heartbeat } from '../worker/heartbeat.js';
import { TaskBudget } from '../worker/task-budget.js';
import { NexumWorker, type WorkerEvents } from '../worker/worker.js';
import type * as ExpressionsModule from '../pipeline/expressions.js';
import { CrashPlan } from './crash-plan.js';
import { builtInHandlers } from './handler-table.js';
import type { Permissions } from '../handlers/permissions.js';

/** How long a worker must be idle at first before it loads handlers that nobody asked for yet, in milliseconds. */
const PRELOAD_AFTER_MS = 1000;

export interface WorkerHostOptions {
  readonly connection: Connection;
  /** The user's handlers; a name that is built in is refused. */
  readonly handlers: HandlerTable;
  /** What pipelines may do on this machine. Default: what the environment says. */
  readonly permissions?: Permissions;
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Takes only nodes of this queue; absent: only nodes without one. */
  readonly queue?: string;
  readonly crash?: CrashPlan;
  readonly events?: WorkerEvents;
  readonly onCall?: (event: CallEvent) => void;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface WorkerHost {
  readonly workerId: string;
  readonly handlers: readonly string[];
  /** Finishes what runs for at most `graceMs`, gives back the rest. Idempotent. */
  stop(options: { graceMs: number }): Promise<void>;
}

export async function startWorker(options: WorkerHostOptions): Promise<WorkerHost> {
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const client = new NexumClient(options.connection);
  const crash = options.crash ?? new CrashPlan({});
  const builtIn = builtInHandlers(process.env, options.permissions);
  const handlers = withOwn(builtIn.table, options.handlers);
  const { leaseMs } = options;
  const leases = new Heartbeat({ connection: options.connection, workerId }, (taskIds) => {
    worker.leasesLost(taskIds);
    calls.leasesLost(taskIds);
  });
  const calls = new DurableCalls({
    client,
    workerId,
    leaseMs,
    leases,
    onEvent: (event) => {
      options.onCall?.(event);
      crash.afterCall(event);
    },
  });
  let expressions: Promise<typeof ExpressionsModule> | undefined;
  const worker = new NexumWorker({
    client,
    workerId,
    concurrency: crash.active ? 1 : options.concurrency,
    oneByOne: crash.active,
    leaseMs,
    ...(options.queue === undefined ? {} : { queue: options.queue }),
    leases,
    handlers,
    secrets: (name) => process.env[name],
    expressions: () => (expressions ??= import('../pipeline/expressions.js')),
    openSession: (task, signal) => calls.openSession(sessionId(task), signal),
    openBudget: ({ taskId }, { pipeline }) =>
      new TaskBudget({ client, taskId, hasLimits: pipeline?.limits !== undefined }),
    log: (task) => handlerLog(options.log, { execution: task.executionId, node: task.nodeId, attempt: task.attempt }),
    events: {
      ...options.events,
      committed: (task) => {
        // First of all: whatever is told about the commit must not come before the death it promises.
        crash.afterCommit(task.nodeId, task.iteration);
        options.events?.committed?.(task);
      },
    },
  });
  try {
    await worker.start();
  } catch (error) {
    // Nothing may keep the process alive that has nothing to do.
    client.close();
    throw error;
  }
  // An idle worker becomes warm; one that finds work at once loads what that work needs, and nothing before it.
  const preload = setTimeout(() => builtIn.preload(), PRELOAD_AFTER_MS).unref();
  let stopping: Promise<void> | undefined;
  return {
    workerId,
    handlers: [...handlers.keys()],
    stop: ({ graceMs }) => {
      stopping ??= (async () => {
        clearTimeout(preload);
        await worker.stop({ graceMs });
        await builtIn.stop();
        await calls.close();
        await leases.stop();
        client.close();
      })();
      return stopping;
    },
  };
}

/** One for each activation; the items of a map share one, but what they do is their own. */
function sessionId(task: PollResponse__Output): string {
  const item = task.isMapSubtask ? `[${task.mapIndex}]` : '';
  return `${task.executionId}/${task.nodeId}#${task.iteration}${item}`;
}

/** @throws NexumError USAGE when a handler of the user has a built-in name */
function withOwn(builtIn: HandlerTable, own: HandlerTable): HandlerTable {
  for (const name of own.keys()) {
    if (builtIn.has(name)) throw nexumError('USAGE', `the handler ${name} is built in; give yours another name`);
  }
  return new Map([...builtIn, ...own]);
}

function handlerLog(write: WorkerHostOptions['log'], base: Readonly<Record<string, unknown>>): HandlerLog {
  return {
    info: (message, fields) => write('info', message, { ...base, ...fields }),
    warn: (message, fields) => write('warn', message, { ...base, ...fields }),
    error: (message, fields) => write('error', message, { ...base, ...fields }),
  };
}
