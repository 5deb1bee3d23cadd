// Original file: proto/nexum.proto

import type { CallInfo as _nexum_CallInfo, CallInfo__Output as _nexum_CallInfo__Output } from '../nexum/CallInfo.js';

export interface ListCallsResponse {
  'calls'?: (_nexum_CallInfo)[];
  'more'?: (boolean);
}

export interface ListCallsResponse__Output {
  'calls': (_nexum_CallInfo__Output)[];
  'more': (boolean);
}
