// Original file: proto/nexum.proto


export interface CompareRequest {
  'workflowId'?: (string);
  'fromVersion'?: (string);
  'toVersion'?: (string);
  'toIrJson'?: (string);
}

export interface CompareRequest__Output {
  'workflowId': (string);
  'fromVersion': (string);
  'toVersion': (string);
  'toIrJson': (string);
}
