// Original file: proto/nexum.proto

import type { ScheduleInfo as _nexum_ScheduleInfo, ScheduleInfo__Output as _nexum_ScheduleInfo__Output } from '../nexum/ScheduleInfo.js';

export interface ListSchedulesResponse {
  'schedules'?: (_nexum_ScheduleInfo)[];
}

export interface ListSchedulesResponse__Output {
  'schedules': (_nexum_ScheduleInfo__Output)[];
}
