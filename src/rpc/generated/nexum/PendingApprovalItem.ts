// Original file: proto/nexum.proto


export interface PendingApprovalItem {
  'executionId'?: (string);
  'nodeId'?: (string);
  'workflowId'?: (string);
  'startedAt'?: (string);
}

export interface PendingApprovalItem__Output {
  'executionId': (string);
  'nodeId': (string);
  'workflowId': (string);
  'startedAt': (string);
}
