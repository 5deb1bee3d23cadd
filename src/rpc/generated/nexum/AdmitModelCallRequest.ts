// Original file: proto/nexum.proto

import type { ModelUsage as _nexum_ModelUsage, ModelUsage__Output as _nexum_ModelUsage__Output } from '../nexum/ModelUsage.js';
import type { Long } from '@grpc/proto-loader';

export interface AdmitModelCallRequest {
  'taskId'?: (string);
  'permit'?: (string);
  'provider'?: (string);
  'estimatedTokens'?: (number | string | Long);
  'usage'?: (_nexum_ModelUsage)[];
}

export interface AdmitModelCallRequest__Output {
  'taskId': (string);
  'permit': (string);
  'provider': (string);
  'estimatedTokens': (number);
  'usage': (_nexum_ModelUsage__Output)[];
}
