// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ScheduleInfo {
  'workflowId'?: (string);
  'name'?: (string);
  'cron'?: (string);
  'timezone'?: (string);
  'overlap'?: (string);
  'catchUp'?: (string);
  'paused'?: (boolean);
  'nextAtMs'?: (number | string | Long);
  'lastAtMs'?: (number | string | Long);
  'lastExecutionId'?: (string);
  'lastProblem'?: (string);
}

export interface ScheduleInfo__Output {
  'workflowId': (string);
  'name': (string);
  'cron': (string);
  'timezone': (string);
  'overlap': (string);
  'catchUp': (string);
  'paused': (boolean);
  'nextAtMs': (number);
  'lastAtMs': (number);
  'lastExecutionId': (string);
  'lastProblem': (string);
}
