// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface LimitDetail {
  'costNanoUsd'?: (number | string | Long);
  'tokens'?: (number | string | Long);
  'runMs'?: (number | string | Long);
  'maxCostUsd'?: (number | string);
  'maxTokens'?: (number | string | Long);
  'maxDurationMs'?: (number | string | Long);
  'pausedBy'?: (string);
}

export interface LimitDetail__Output {
  'costNanoUsd': (number);
  'tokens': (number);
  'runMs': (number);
  'maxCostUsd': (number);
  'maxTokens': (number);
  'maxDurationMs': (number);
  'pausedBy': (string);
}
