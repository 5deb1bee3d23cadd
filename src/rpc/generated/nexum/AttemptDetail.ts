// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface AttemptDetail {
  'attempt'?: (number);
  'workerId'?: (string);
  'startedAtMs'?: (number | string | Long);
  'finishedAtMs'?: (number | string | Long);
  'outcome'?: (string);
  'errorCode'?: (string);
  'errorMessage'?: (string);
}

export interface AttemptDetail__Output {
  'attempt': (number);
  'workerId': (string);
  'startedAtMs': (number);
  'finishedAtMs': (number);
  'outcome': (string);
  'errorCode': (string);
  'errorMessage': (string);
}
