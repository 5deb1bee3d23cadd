// Original file: proto/nexum.proto


export interface ListSchedulesRequest {
  'workflowId'?: (string);
}

export interface ListSchedulesRequest__Output {
  'workflowId': (string);
}
