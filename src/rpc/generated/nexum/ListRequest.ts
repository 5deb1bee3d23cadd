// Original file: proto/nexum.proto


export interface ListRequest {
  'workflowId'?: (string);
  'status'?: (string);
  'limit'?: (number);
  'beforeExecutionId'?: (string);
  'includeInternal'?: (boolean);
  'labels'?: ({[key: string]: string});
}

export interface ListRequest__Output {
  'workflowId': (string);
  'status': (string);
  'limit': (number);
  'beforeExecutionId': (string);
  'includeInternal': (boolean);
  'labels': ({[key: string]: string});
}
