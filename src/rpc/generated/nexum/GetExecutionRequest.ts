// Original file: proto/nexum.proto


export interface GetExecutionRequest {
  'executionId'?: (string);
}

export interface GetExecutionRequest__Output {
  'executionId': (string);
}
