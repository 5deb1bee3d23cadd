// Original file: proto/nexum.proto


export interface WorkflowIR {
  'workflowId'?: (string);
  'versionHash'?: (string);
  'irJson'?: (string);
}

export interface WorkflowIR__Output {
  'workflowId': (string);
  'versionHash': (string);
  'irJson': (string);
}
