// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface FailRequest {
  'taskId'?: (string);
  'errorMessage'?: (string);
  'errorCode'?: (string);
  'nonRetryable'?: (boolean);
  'retryAfterMs'?: (number | string | Long);
}

export interface FailRequest__Output {
  'taskId': (string);
  'errorMessage': (string);
  'errorCode': (string);
  'nonRetryable': (boolean);
  'retryAfterMs': (number);
}
