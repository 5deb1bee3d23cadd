// Original file: proto/nexum.proto

import type { PollResponse as _nexum_PollResponse, PollResponse__Output as _nexum_PollResponse__Output } from '../nexum/PollResponse.js';
import type { Long } from '@grpc/proto-loader';

export interface ExecuteStarted {
  'ref'?: (number | string | Long);
  'executionId'?: (string);
  'alreadyApplied'?: (boolean);
  'code'?: (string);
  'message'?: (string);
  'task'?: (_nexum_PollResponse | null);
}

export interface ExecuteStarted__Output {
  'ref': (number);
  'executionId': (string);
  'alreadyApplied': (boolean);
  'code': (string);
  'message': (string);
  'task': (_nexum_PollResponse__Output | null);
}
