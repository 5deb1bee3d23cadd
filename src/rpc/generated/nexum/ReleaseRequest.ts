// Original file: proto/nexum.proto


export interface ReleaseRequest {
  'taskId'?: (string);
}

export interface ReleaseRequest__Output {
  'taskId': (string);
}
