// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface WorkerInfo {
  'workerId'?: (string);
  'handlers'?: (string)[];
  'attachedAtMs'?: (number | string | Long);
  'credits'?: (number);
  'leased'?: (number);
  'server'?: (string);
  'queue'?: (string);
}

export interface WorkerInfo__Output {
  'workerId': (string);
  'handlers': (string)[];
  'attachedAtMs': (number);
  'credits': (number);
  'leased': (number);
  'server': (string);
  'queue': (string);
}
