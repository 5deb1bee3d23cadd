// Original file: proto/nexum.proto


export interface WorkHello {
  'workerId'?: (string);
  'handlers'?: (string)[];
  'leaseMs'?: (number);
  'heldTaskIds'?: (string)[];
}

export interface WorkHello__Output {
  'workerId': (string);
  'handlers': (string)[];
  'leaseMs': (number);
  'heldTaskIds': (string)[];
}
