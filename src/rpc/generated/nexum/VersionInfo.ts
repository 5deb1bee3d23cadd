// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface VersionInfo {
  'workflowId'?: (string);
  'versionHash'?: (string);
  'compatibility'?: (string);
  'registeredAt'?: (string);
  'activeExecutions'?: (number);
  'ordinal'?: (number | string | Long);
  'reasons'?: (string)[];
}

export interface VersionInfo__Output {
  'workflowId': (string);
  'versionHash': (string);
  'compatibility': (string);
  'registeredAt': (string);
  'activeExecutions': (number);
  'ordinal': (number);
  'reasons': (string)[];
}
