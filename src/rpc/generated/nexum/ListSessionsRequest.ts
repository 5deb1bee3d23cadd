// Original file: proto/nexum.proto


export interface ListSessionsRequest {
  'afterSession'?: (string);
  'limit'?: (number);
}

export interface ListSessionsRequest__Output {
  'afterSession': (string);
  'limit': (number);
}
