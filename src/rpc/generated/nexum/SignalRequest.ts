// Original file: proto/nexum.proto


export interface SignalRequest {
  'executionId'?: (string);
  'name'?: (string);
  'payloadJson'?: (string);
}

export interface SignalRequest__Output {
  'executionId': (string);
  'name': (string);
  'payloadJson': (string);
}
