// Original file: proto/nexum.proto

import type { ExecuteStart as _nexum_ExecuteStart, ExecuteStart__Output as _nexum_ExecuteStart__Output } from '../nexum/ExecuteStart.js';

export interface ExecuteRequest {
  'starts'?: (_nexum_ExecuteStart)[];
  'watchExecutionIds'?: (string)[];
}

export interface ExecuteRequest__Output {
  'starts': (_nexum_ExecuteStart__Output)[];
  'watchExecutionIds': (string)[];
}
