// Original file: proto/nexum.proto


export interface StatusRequest {
  'executionId'?: (string);
}

export interface StatusRequest__Output {
  'executionId': (string);
}
