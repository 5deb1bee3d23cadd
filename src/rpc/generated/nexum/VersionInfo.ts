// Original file: proto/nexum.proto


export interface VersionInfo {
  'workflowId'?: (string);
  'versionHash'?: (string);
  'compatibility'?: (string);
  'registeredAt'?: (string);
  'activeExecutions'?: (number);
}

export interface VersionInfo__Output {
  'workflowId': (string);
  'versionHash': (string);
  'compatibility': (string);
  'registeredAt': (string);
  'activeExecutions': (number);
}
