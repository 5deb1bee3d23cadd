// Original file: proto/nexum.proto


export interface ListRequest {
  'workflowId'?: (string);
  'status'?: (string);
  'limit'?: (number);
  'beforeExecutionId'?: (string);
  'includeInternal'?: (boolean);
}

export interface ListRequest__Output {
  'workflowId': (string);
  'status': (string);
  'limit': (number);
  'beforeExecutionId': (string);
  'includeInternal': (boolean);
}
