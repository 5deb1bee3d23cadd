// Original file: proto/nexum.proto


export interface HeartbeatResponse {
  'staleTaskIds'?: (string)[];
}

export interface HeartbeatResponse__Output {
  'staleTaskIds': (string)[];
}
