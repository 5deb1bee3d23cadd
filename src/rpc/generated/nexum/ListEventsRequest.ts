// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ListEventsRequest {
  'executionId'?: (string);
  'afterSeq'?: (number | string | Long);
  'limit'?: (number);
}

export interface ListEventsRequest__Output {
  'executionId': (string);
  'afterSeq': (number);
  'limit': (number);
}
