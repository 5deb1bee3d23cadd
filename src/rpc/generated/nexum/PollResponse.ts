// Original file: proto/nexum.proto

import type { FailedDependency as _nexum_FailedDependency, FailedDependency__Output as _nexum_FailedDependency__Output } from '../nexum/FailedDependency.js';
import type { ThreadMessage as _nexum_ThreadMessage, ThreadMessage__Output as _nexum_ThreadMessage__Output } from '../nexum/ThreadMessage.js';

export interface PollResponse {
  'hasTask'?: (boolean);
  'taskId'?: (string);
  'executionId'?: (string);
  'nodeId'?: (string);
  'inputJson'?: (string);
  'idempotencyKey'?: (string);
  'nodeType'?: (string);
  'mapItemJson'?: (string);
  'isMapSubtask'?: (boolean);
  'mapIndex'?: (number);
  'mapTotal'?: (number);
  'subExecutionId'?: (string);
  'subWorkflowId'?: (string);
  'subInputJson'?: (string);
  'iteration'?: (number);
  'attempt'?: (number);
  'leaseMs'?: (number);
  'workflowId'?: (string);
  'versionHash'?: (string);
  'skipped'?: (string)[];
  'failed'?: (_nexum_FailedDependency)[];
  'withJson'?: (string);
  'pending'?: (string)[];
  'messages'?: (_nexum_ThreadMessage)[];
}

export interface PollResponse__Output {
  'hasTask': (boolean);
  'taskId': (string);
  'executionId': (string);
  'nodeId': (string);
  'inputJson': (string);
  'idempotencyKey': (string);
  'nodeType': (string);
  'mapItemJson': (string);
  'isMapSubtask': (boolean);
  'mapIndex': (number);
  'mapTotal': (number);
  'subExecutionId': (string);
  'subWorkflowId': (string);
  'subInputJson': (string);
  'iteration': (number);
  'attempt': (number);
  'leaseMs': (number);
  'workflowId': (string);
  'versionHash': (string);
  'skipped': (string)[];
  'failed': (_nexum_FailedDependency__Output)[];
  'withJson': (string);
  'pending': (string)[];
  'messages': (_nexum_ThreadMessage__Output)[];
}
