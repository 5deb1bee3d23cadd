// Original file: proto/nexum.proto


export interface ExecuteFinished {
  'executionId'?: (string);
  'status'?: (string);
  'outputJson'?: (string);
  'code'?: (string);
  'message'?: (string);
  'failedNode'?: (string);
}

export interface ExecuteFinished__Output {
  'executionId': (string);
  'status': (string);
  'outputJson': (string);
  'code': (string);
  'message': (string);
  'failedNode': (string);
}
