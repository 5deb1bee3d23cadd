// Original file: proto/nexum.proto

import type { FailedDependency as _nexum_FailedDependency, FailedDependency__Output as _nexum_FailedDependency__Output } from '../nexum/FailedDependency.js';

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
}
