// Original file: proto/nexum.proto


export interface ListCallsRequest {
  'session'?: (string);
  'afterExecutionId'?: (string);
  'limit'?: (number);
  'payloads'?: (boolean);
}

export interface ListCallsRequest__Output {
  'session': (string);
  'afterExecutionId': (string);
  'limit': (number);
  'payloads': (boolean);
}
