// Original file: proto/nexum.proto


export interface ApproveRequest {
  'executionId'?: (string);
  'nodeId'?: (string);
  'approver'?: (string);
  'comment'?: (string);
  'formJson'?: (string);
  'iteration'?: (number);
}

export interface ApproveRequest__Output {
  'executionId': (string);
  'nodeId': (string);
  'approver': (string);
  'comment': (string);
  'formJson': (string);
  'iteration': (number);
}
