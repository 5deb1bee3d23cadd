// Original file: proto/nexum.proto


export interface RetryRequest {
  'executionId'?: (string);
}

export interface RetryRequest__Output {
  'executionId': (string);
}
