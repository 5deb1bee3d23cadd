// Original file: proto/nexum.proto


export interface StartResponse {
  'executionId'?: (string);
  'alreadyApplied'?: (boolean);
}

export interface StartResponse__Output {
  'executionId': (string);
  'alreadyApplied': (boolean);
}
