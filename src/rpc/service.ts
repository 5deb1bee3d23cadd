/** The service as a whole: requests checked, handed to the engine, answers shaped. No rule of the engine lives here. */
import type { EnginePort } from '../engine/engine-port.js';
import { adminHandlers } from './admin-service.js';
import { callServiceHandlers } from './call-service.js';
import { executionHandlers } from './execution-service.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import { servePayload } from './payload-stream.js';
import { openStreams } from './streams.js';
import { taskService } from './task-service.js';
import { unary } from './unary.js';
import { workflowHandlers } from './workflow-service.js';

export interface ServiceInfo {
  readonly version: string;
  readonly startedAtMs: number;
  readonly defaultLeaseMs: number;
}

/** What a client may count on; new names are added behind, none is ever taken away. */
export const CAPABILITIES = [
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
  'graph',
  'loop',
  'messages',
  'limits',
  'calls',
] as const;

export interface NexumService {
  readonly handlers: NexumServiceHandlers;
  /** Tells the workers to finish, answers waiting polls, ends watches. */
  drain(): void;
}

export function createService(engine: EnginePort, info: ServiceInfo): NexumService {
  const streams = openStreams(engine, info.defaultLeaseMs);
  const tasks = taskService(engine, info.defaultLeaseMs);
  return {
    handlers: {
      ...streams.handlers,
      ...tasks.handlers,
      ...executionHandlers(engine),
      ...workflowHandlers(engine),
      ...adminHandlers(engine),
      ...callServiceHandlers(engine),
      GetPayload: (call) => void servePayload(engine, call),
      GetServerInfo: unary(async () => {
        const { store } = await engine.call('getStats', {});
        const { version, startedAtMs, defaultLeaseMs } = info;
        return { version, startedAtMs, defaultLeaseMs, store, capabilities: [...CAPABILITIES], pid: process.pid };
      }),
    },
    drain: () => {
      streams.drain();
      tasks.drain();
    },
  };
}
