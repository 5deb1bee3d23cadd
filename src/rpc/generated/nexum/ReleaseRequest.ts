// Original file: proto/nexum.proto

import type { ModelUsage as _nexum_ModelUsage, ModelUsage__Output as _nexum_ModelUsage__Output } from '../nexum/ModelUsage.js';

export interface ReleaseRequest {
  'taskId'?: (string);
  'usage'?: (_nexum_ModelUsage)[];
  'limited'?: (boolean);
}

export interface ReleaseRequest__Output {
  'taskId': (string);
  'usage': (_nexum_ModelUsage__Output)[];
  'limited': (boolean);
}
