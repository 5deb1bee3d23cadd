// Original file: proto/nexum.proto


export interface ControlScheduleResponse {
  'executionIds'?: (string)[];
}

export interface ControlScheduleResponse__Output {
  'executionIds': (string)[];
}
