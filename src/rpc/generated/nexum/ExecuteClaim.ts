// Original file: proto/nexum.proto


export interface ExecuteClaim {
  'workerId'?: (string);
  'leaseMs'?: (number);
}

export interface ExecuteClaim__Output {
  'workerId': (string);
  'leaseMs': (number);
}
