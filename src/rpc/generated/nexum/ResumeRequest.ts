// Original file: proto/nexum.proto


export interface ResumeRequest {
  'executionId'?: (string);
}

export interface ResumeRequest__Output {
  'executionId': (string);
}
