// Original file: proto/nexum.proto


export interface RejectRequest {
  'executionId'?: (string);
  'nodeId'?: (string);
  'approver'?: (string);
  'reason'?: (string);
  'iteration'?: (number);
}

export interface RejectRequest__Output {
  'executionId': (string);
  'nodeId': (string);
  'approver': (string);
  'reason': (string);
  'iteration': (number);
}
