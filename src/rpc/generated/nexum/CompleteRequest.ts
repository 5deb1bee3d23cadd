// Original file: proto/nexum.proto


export interface CompleteRequest {
  'taskId'?: (string);
  'outputJson'?: (string);
}

export interface CompleteRequest__Output {
  'taskId': (string);
  'outputJson': (string);
}
