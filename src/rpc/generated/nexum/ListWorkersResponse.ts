// Original file: proto/nexum.proto

import type { WorkerInfo as _nexum_WorkerInfo, WorkerInfo__Output as _nexum_WorkerInfo__Output } from '../nexum/WorkerInfo.js';

export interface ListWorkersResponse {
  'workers'?: (_nexum_WorkerInfo)[];
}

export interface ListWorkersResponse__Output {
  'workers': (_nexum_WorkerInfo__Output)[];
}
