// Original file: proto/nexum.proto

import type { Long } from '@grpc/proto-loader';

export interface ThreadMessage {
  'seq'?: (number | string | Long);
  'source'?: (string);
  'iteration'?: (number);
  'content'?: (string);
  'atMs'?: (number | string | Long);
}

export interface ThreadMessage__Output {
  'seq': (number);
  'source': (string);
  'iteration': (number);
  'content': (string);
  'atMs': (number);
}
