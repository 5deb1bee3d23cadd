/** The RPCs of schedules: what the server itself starts. */
import type { EnginePort, ScheduleStatus } from '../engine/engine-port.js';
import type { ControlScheduleRequest__Output } from './generated/nexum/ControlScheduleRequest.js';
import type { ControlScheduleResponse } from './generated/nexum/ControlScheduleResponse.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { ScheduleInfo } from './generated/nexum/ScheduleInfo.js';
import { given, oneOf, unary } from './unary.js';

const ACTIONS = ['pause', 'resume', 'trigger', 'backfill'] as const;

export function scheduleHandlers(engine: EnginePort): Pick<NexumServiceHandlers, 'ListSchedules' | 'ControlSchedule'> {
  return {
    ListSchedules: unary(async ({ workflowId }) => ({
      schedules: (await engine.call('listSchedules', given({ workflowId }))).map(scheduleMessage),
    })),
    ControlSchedule: unary((request) => control(engine, request)),
  };
}

async function control(
  engine: EnginePort,
  { workflowId, name, action, fromMs, toMs }: ControlScheduleRequest__Output,
): Promise<ControlScheduleResponse> {
  const { executionIds } = await engine.call('controlSchedule', {
    workflowId,
    name,
    action: oneOf(ACTIONS, action, 'action'),
    ...given({ fromMs, toMs }),
  });
  return { executionIds: [...executionIds] };
}

function scheduleMessage(schedule: ScheduleStatus): ScheduleInfo {
  return {
    workflowId: schedule.workflowId,
    name: schedule.name,
    cron: schedule.cron,
    timezone: schedule.timezone,
    overlap: schedule.overlap,
    catchUp: schedule.catchUp,
    paused: schedule.paused,
    nextAtMs: schedule.nextAtMs ?? 0,
    lastAtMs: schedule.lastAtMs ?? 0,
    lastExecutionId: schedule.lastExecutionId ?? '',
    lastProblem: schedule.lastProblem ?? '',
  };
}
