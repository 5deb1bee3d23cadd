// Original file: proto/nexum.proto


export interface UnsatisfiedJoin {
  'nodeId'?: (string);
  'group'?: (string);
  'remaining'?: (number);
}

export interface UnsatisfiedJoin__Output {
  'nodeId': (string);
  'group': (string);
  'remaining': (number);
}
