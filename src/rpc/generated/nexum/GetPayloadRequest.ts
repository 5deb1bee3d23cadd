// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface GetPayloadRequest {
  'executionId'?: (string);
  'seq'?: (number | string | Long);
}

export interface GetPayloadRequest__Output {
  'executionId': (string);
  'seq': (number);
}
