// Original file: proto/nexum.proto


export interface FailedDependency {
  'nodeId'?: (string);
  'errorCode'?: (string);
  'errorMessage'?: (string);
}

export interface FailedDependency__Output {
  'nodeId': (string);
  'errorCode': (string);
  'errorMessage': (string);
}
