// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface SessionInfo {
  'session'?: (string);
  'calls'?: (number);
  'newestAtMs'?: (number | string | Long);
}

export interface SessionInfo__Output {
  'session': (string);
  'calls': (number);
  'newestAtMs': (number);
}
