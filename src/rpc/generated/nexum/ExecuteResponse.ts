// Original file: proto/nexum.proto

import type { ExecuteStarted as _nexum_ExecuteStarted, ExecuteStarted__Output as _nexum_ExecuteStarted__Output } from '../nexum/ExecuteStarted.js';
import type { ExecuteFinished as _nexum_ExecuteFinished, ExecuteFinished__Output as _nexum_ExecuteFinished__Output } from '../nexum/ExecuteFinished.js';

export interface ExecuteResponse {
  'started'?: (_nexum_ExecuteStarted)[];
  'finished'?: (_nexum_ExecuteFinished)[];
}

export interface ExecuteResponse__Output {
  'started': (_nexum_ExecuteStarted__Output)[];
  'finished': (_nexum_ExecuteFinished__Output)[];
}
