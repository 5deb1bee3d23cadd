// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ListMessagesRequest {
  'executionId'?: (string);
  'afterSeq'?: (number | string | Long);
  'limit'?: (number);
}

export interface ListMessagesRequest__Output {
  'executionId': (string);
  'afterSeq': (number);
  'limit': (number);
}
