// Original file: proto/nexum.proto


export interface StatusResponse {
  'status'?: (string);
  'completedNodesJson'?: (string);
  'trueStatus'?: (string);
  'errorMessage'?: (string);
  'failedNode'?: (string);
}

export interface StatusResponse__Output {
  'status': (string);
  'completedNodesJson': (string);
  'trueStatus': (string);
  'errorMessage': (string);
  'failedNode': (string);
}
