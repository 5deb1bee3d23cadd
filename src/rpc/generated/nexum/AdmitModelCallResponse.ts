// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface AdmitModelCallResponse {
  'waitMs'?: (number | string | Long);
  'limited'?: (boolean);
}

export interface AdmitModelCallResponse__Output {
  'waitMs': (number);
  'limited': (boolean);
}
