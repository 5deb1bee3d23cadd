// Original file: proto/nexum.proto


export interface ResumeRequest {
  'executionId'?: (string);
  'message'?: (string);
}

export interface ResumeRequest__Output {
  'executionId': (string);
  'message': (string);
}
