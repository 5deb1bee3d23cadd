/** The service: every RPC handed to the engine, answers shaped. No rule of the engine lives here. */
import type { EnginePort } from '../engine/engine-port.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import { approvalHandlers } from './service-approvals.js';
import { executionHandlers } from './service-executions.js';
import { scheduleHandlers } from './service-schedules.js';
import { serveTasks } from './service-tasks.js';
import { workflowHandlers } from './service-workflows.js';
import { openStreams } from './streams.js';
import { unary } from './unary.js';

export interface ServiceInfo {
  readonly version: string;
  readonly startedAtMs: number;
  readonly defaultLeaseMs: number;
}

/** How a client tells this server from one of Nexum 0.2, or from an older release. */
const CAPABILITIES = [
  'work',
  'execute',
  'claim',
  'heartbeat',
  'release',
  'pause',
  'get_execution',
  'list_events',
  'watch',
  'idempotency_key',
  'poll_wait',
  'approvals',
  'retry',
  'rerun',
  'signal',
  'workers',
  'compare',
  'purge',
  'schedules',
  'payload_stream',
  'map',
  'child',
  'timer',
] as const;

export interface NexumService {
  readonly handlers: NexumServiceHandlers;
  /** Tells the workers to finish, answers waiting polls, ends watches. */
  drain(): void;
}

export function createService(engine: EnginePort, info: ServiceInfo): NexumService {
  const streams = openStreams(engine, info.defaultLeaseMs);
  const tasks = serveTasks(engine, info.defaultLeaseMs);
  return {
    handlers: {
      ...streams.handlers,
      ...tasks.handlers,
      ...executionHandlers(engine),
      ...workflowHandlers(engine),
      ...approvalHandlers(engine),
      ...scheduleHandlers(engine),
      ...serverHandlers(engine, info),
    },
    drain: () => {
      streams.drain();
      tasks.drain();
    },
  };
}

function serverHandlers(
  engine: EnginePort,
  { version, startedAtMs, defaultLeaseMs }: ServiceInfo,
): Pick<NexumServiceHandlers, 'GetServerInfo' | 'ListWorkers'> {
  return {
    GetServerInfo: unary(async () => {
      const { store } = await engine.call('getStats', {});
      return { version, startedAtMs, defaultLeaseMs, store, capabilities: [...CAPABILITIES], pid: process.pid };
    }),
    ListWorkers: unary(async () => ({
      workers: (await engine.call('listWorkers', {})).map((worker) => ({
        ...worker,
        handlers: [...worker.handlers],
      })),
    })),
  };
}
