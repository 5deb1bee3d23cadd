// Original file: proto/nexum.proto


export interface ForgetCallsRequest {
  'session'?: (string);
  'keys'?: (string)[];
  'executionIds'?: (string)[];
  'cancel'?: (boolean);
}

export interface ForgetCallsRequest__Output {
  'session': (string);
  'keys': (string)[];
  'executionIds': (string)[];
  'cancel': (boolean);
}
