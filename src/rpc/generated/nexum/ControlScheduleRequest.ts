// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ControlScheduleRequest {
  'workflowId'?: (string);
  'name'?: (string);
  'action'?: (string);
  'fromMs'?: (number | string | Long);
  'toMs'?: (number | string | Long);
}

export interface ControlScheduleRequest__Output {
  'workflowId': (string);
  'name': (string);
  'action': (string);
  'fromMs': (number);
  'toMs': (number);
}
