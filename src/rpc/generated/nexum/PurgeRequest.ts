// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface PurgeRequest {
  'finishedBeforeMs'?: (number | string | Long);
  'workflowId'?: (string);
  'statuses'?: (string)[];
  'limit'?: (number);
  'dryRun'?: (boolean);
  'afterExecutionId'?: (string);
}

export interface PurgeRequest__Output {
  'finishedBeforeMs': (number);
  'workflowId': (string);
  'statuses': (string)[];
  'limit': (number);
  'dryRun': (boolean);
  'afterExecutionId': (string);
}
