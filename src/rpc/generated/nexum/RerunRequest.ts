// Original file: proto/nexum.proto


export interface RerunRequest {
  'executionId'?: (string);
  'fromNode'?: (string);
  'inputJson'?: (string);
  'withJson'?: (string);
  'idempotencyKey'?: (string);
}

export interface RerunRequest__Output {
  'executionId': (string);
  'fromNode': (string);
  'inputJson': (string);
  'withJson': (string);
  'idempotencyKey': (string);
}
