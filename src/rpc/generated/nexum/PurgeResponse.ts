// Original file: proto/nexum.proto


export interface PurgeResponse {
  'purged'?: (number);
  'more'?: (boolean);
  'lastExecutionId'?: (string);
}

export interface PurgeResponse__Output {
  'purged': (number);
  'more': (boolean);
  'lastExecutionId': (string);
}
