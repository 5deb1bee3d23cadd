// Original file: proto/nexum.proto


export interface HeartbeatRequest {
  'workerId'?: (string);
  'taskIds'?: (string)[];
}

export interface HeartbeatRequest__Output {
  'workerId': (string);
  'taskIds': (string)[];
}
