// Original file: proto/nexum.proto


export interface PauseRequest {
  'executionId'?: (string);
}

export interface PauseRequest__Output {
  'executionId': (string);
}
