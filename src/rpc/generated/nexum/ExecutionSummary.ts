// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ExecutionSummary {
  'executionId'?: (string);
  'workflowId'?: (string);
  'versionHash'?: (string);
  'status'?: (string);
  'createdAt'?: (string);
  'createdAtMs'?: (number | string | Long);
  'finishedAtMs'?: (number | string | Long);
  'errorMessage'?: (string);
  'failedNode'?: (string);
  'labels'?: ({[key: string]: string});
  'priority'?: (number);
  'parentExecutionId'?: (string);
  'parentNodeId'?: (string);
  'rerunOf'?: (string);
  'schedule'?: (string);
}

export interface ExecutionSummary__Output {
  'executionId': (string);
  'workflowId': (string);
  'versionHash': (string);
  'status': (string);
  'createdAt': (string);
  'createdAtMs': (number);
  'finishedAtMs': (number);
  'errorMessage': (string);
  'failedNode': (string);
  'labels': ({[key: string]: string});
  'priority': (number);
  'parentExecutionId': (string);
  'parentNodeId': (string);
  'rerunOf': (string);
  'schedule': (string);
}
