// Original file: proto/nexum.proto


export interface GetWorkflowRequest {
  'versionHash'?: (string);
  'workflowId'?: (string);
}

export interface GetWorkflowRequest__Output {
  'versionHash': (string);
  'workflowId': (string);
}
