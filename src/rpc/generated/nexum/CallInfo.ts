// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface CallInfo {
  'executionId'?: (string);
  'key'?: (string);
  'tool'?: (string);
  'version'?: (string);
  'ordinal'?: (number);
  'kind'?: (string);
  'status'?: (string);
  'attempts'?: (number);
  'startedAtMs'?: (number | string | Long);
  'finishedAtMs'?: (number | string | Long);
  'resultBytes'?: (number | string | Long);
  'errorCode'?: (string);
  'errorMessage'?: (string);
  'workerId'?: (string);
  'inputJson'?: (string);
  'resultJson'?: (string);
}

export interface CallInfo__Output {
  'executionId': (string);
  'key': (string);
  'tool': (string);
  'version': (string);
  'ordinal': (number);
  'kind': (string);
  'status': (string);
  'attempts': (number);
  'startedAtMs': (number);
  'finishedAtMs': (number);
  'resultBytes': (number);
  'errorCode': (string);
  'errorMessage': (string);
  'workerId': (string);
  'inputJson': (string);
  'resultJson': (string);
}
