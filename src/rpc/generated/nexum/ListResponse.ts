// Original file: proto/nexum.proto

import type { ExecutionSummary as _nexum_ExecutionSummary, ExecutionSummary__Output as _nexum_ExecutionSummary__Output } from '../nexum/ExecutionSummary.js';

export interface ListResponse {
  'executions'?: (_nexum_ExecutionSummary)[];
}

export interface ListResponse__Output {
  'executions': (_nexum_ExecutionSummary__Output)[];
}
