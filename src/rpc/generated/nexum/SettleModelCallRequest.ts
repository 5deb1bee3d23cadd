// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface SettleModelCallRequest {
  'permit'?: (string);
  'returned'?: (boolean);
  'tokens'?: (number | string | Long);
}

export interface SettleModelCallRequest__Output {
  'permit': (string);
  'returned': (boolean);
  'tokens': (number);
}
