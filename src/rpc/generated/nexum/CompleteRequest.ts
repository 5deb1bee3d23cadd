// Original file: proto/nexum.proto

import type { EdgeAnswer as _nexum_EdgeAnswer, EdgeAnswer__Output as _nexum_EdgeAnswer__Output } from '../nexum/EdgeAnswer.js';

export interface CompleteRequest {
  'taskId'?: (string);
  'outputJson'?: (string);
  'conditions'?: (_nexum_EdgeAnswer)[];
}

export interface CompleteRequest__Output {
  'taskId': (string);
  'outputJson': (string);
  'conditions': (_nexum_EdgeAnswer__Output)[];
}
