// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ExecuteFinished {
  'executionId'?: (string);
  'status'?: (string);
  'outputJson'?: (string);
  'code'?: (string);
  'message'?: (string);
  'failedNode'?: (string);
  'ageMs'?: (number | string | Long);
}

export interface ExecuteFinished__Output {
  'executionId': (string);
  'status': (string);
  'outputJson': (string);
  'code': (string);
  'message': (string);
  'failedNode': (string);
  'ageMs': (number);
}
