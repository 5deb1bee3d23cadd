// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ModelUsage {
  'model'?: (string);
  'calls'?: (number | string | Long);
  'inputTokens'?: (number | string | Long);
  'outputTokens'?: (number | string | Long);
  'cachedInputTokens'?: (number | string | Long);
  'costNanoUsd'?: (number | string | Long);
  'unpricedCalls'?: (number | string | Long);
}

export interface ModelUsage__Output {
  'model': (string);
  'calls': (number);
  'inputTokens': (number);
  'outputTokens': (number);
  'cachedInputTokens': (number);
  'costNanoUsd': (number);
  'unpricedCalls': (number);
}
