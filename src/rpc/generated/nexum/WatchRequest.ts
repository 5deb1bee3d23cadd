// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchRequest {
  'executionId'?: (string);
  'afterSeq'?: (number | string | Long);
}

export interface WatchRequest__Output {
  'executionId': (string);
  'afterSeq': (number);
}
