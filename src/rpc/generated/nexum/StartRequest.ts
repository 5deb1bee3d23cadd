// Original file: proto/nexum.proto


export interface StartRequest {
  'workflowId'?: (string);
  'versionHash'?: (string);
  'inputJson'?: (string);
  'idempotencyKey'?: (string);
  'labels'?: ({[key: string]: string});
  'priority'?: (number);
  'hasPriority'?: (boolean);
}

export interface StartRequest__Output {
  'workflowId': (string);
  'versionHash': (string);
  'inputJson': (string);
  'idempotencyKey': (string);
  'labels': ({[key: string]: string});
  'priority': (number);
  'hasPriority': (boolean);
}
