// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface Event {
  'executionId'?: (string);
  'seq'?: (number | string | Long);
  'atMs'?: (number | string | Long);
  'kind'?: (string);
  'nodeId'?: (string);
  'iteration'?: (number);
  'attempt'?: (number);
  'dataJson'?: (string);
  'payloadJson'?: (string);
}

export interface Event__Output {
  'executionId': (string);
  'seq': (number);
  'atMs': (number);
  'kind': (string);
  'nodeId': (string);
  'iteration': (number);
  'attempt': (number);
  'dataJson': (string);
  'payloadJson': (string);
}
