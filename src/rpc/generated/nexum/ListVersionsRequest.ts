// Original file: proto/nexum.proto


export interface ListVersionsRequest {
  'workflowId'?: (string);
}

export interface ListVersionsRequest__Output {
  'workflowId': (string);
}
