// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface PendingApprovalItem {
  'executionId'?: (string);
  'nodeId'?: (string);
  'workflowId'?: (string);
  'startedAt'?: (string);
  'message'?: (string);
  'approvers'?: (string)[];
  'formJson'?: (string);
  'pendingSinceMs'?: (number | string | Long);
  'deadlineMs'?: (number | string | Long);
  'iteration'?: (number);
}

export interface PendingApprovalItem__Output {
  'executionId': (string);
  'nodeId': (string);
  'workflowId': (string);
  'startedAt': (string);
  'message': (string);
  'approvers': (string)[];
  'formJson': (string);
  'pendingSinceMs': (number);
  'deadlineMs': (number);
  'iteration': (number);
}
