// Original file: proto/nexum.proto


export interface AckResponse {
  'ok'?: (boolean);
  'compatibility'?: (string);
  'message'?: (string);
  'alreadyApplied'?: (boolean);
}

export interface AckResponse__Output {
  'ok': (boolean);
  'compatibility': (string);
  'message': (string);
  'alreadyApplied': (boolean);
}
