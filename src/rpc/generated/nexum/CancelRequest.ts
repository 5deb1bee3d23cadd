// Original file: proto/nexum.proto


export interface CancelRequest {
  'executionId'?: (string);
  'reason'?: (string);
}

export interface CancelRequest__Output {
  'executionId': (string);
  'reason': (string);
}
