// Original file: proto/nexum.proto


export interface WorkAnswer {
  'taskId'?: (string);
  'code'?: (string);
  'message'?: (string);
  'alreadyApplied'?: (boolean);
}

export interface WorkAnswer__Output {
  'taskId': (string);
  'code': (string);
  'message': (string);
  'alreadyApplied': (boolean);
}
