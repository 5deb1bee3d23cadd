// Original file: proto/nexum.proto

import type { EdgeAnswer as _nexum_EdgeAnswer, EdgeAnswer__Output as _nexum_EdgeAnswer__Output } from '../nexum/EdgeAnswer.js';
import type { ModelUsage as _nexum_ModelUsage, ModelUsage__Output as _nexum_ModelUsage__Output } from '../nexum/ModelUsage.js';

export interface CompleteRequest {
  'taskId'?: (string);
  'outputJson'?: (string);
  'conditions'?: (_nexum_EdgeAnswer)[];
  'usage'?: (_nexum_ModelUsage)[];
}

export interface CompleteRequest__Output {
  'taskId': (string);
  'outputJson': (string);
  'conditions': (_nexum_EdgeAnswer__Output)[];
  'usage': (_nexum_ModelUsage__Output)[];
}
