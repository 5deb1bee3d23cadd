// Original file: proto/nexum.proto


export interface PollRequest {
  'workerId'?: (string);
  'versionHash'?: (string);
  'waitMs'?: (number);
  'leaseMs'?: (number);
}

export interface PollRequest__Output {
  'workerId': (string);
  'versionHash': (string);
  'waitMs': (number);
  'leaseMs': (number);
}
