// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ServerInfo {
  'version'?: (string);
  'capabilities'?: (string)[];
  'store'?: (string);
  'startedAtMs'?: (number | string | Long);
  'defaultLeaseMs'?: (number);
  'pid'?: (number);
}

export interface ServerInfo__Output {
  'version': (string);
  'capabilities': (string)[];
  'store': (string);
  'startedAtMs': (number);
  'defaultLeaseMs': (number);
  'pid': (number);
}
