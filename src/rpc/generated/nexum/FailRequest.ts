// Original file: proto/nexum.proto

import type { ModelUsage as _nexum_ModelUsage, ModelUsage__Output as _nexum_ModelUsage__Output } from '../nexum/ModelUsage.js';
import type { Long } from '@grpc/proto-loader';

export interface FailRequest {
  'taskId'?: (string);
  'errorMessage'?: (string);
  'errorCode'?: (string);
  'nonRetryable'?: (boolean);
  'retryAfterMs'?: (number | string | Long);
  'usage'?: (_nexum_ModelUsage)[];
}

export interface FailRequest__Output {
  'taskId': (string);
  'errorMessage': (string);
  'errorCode': (string);
  'nonRetryable': (boolean);
  'retryAfterMs': (number);
  'usage': (_nexum_ModelUsage__Output)[];
}
