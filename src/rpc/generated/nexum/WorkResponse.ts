// Original file: proto/nexum.proto

import type { PollResponse as _nexum_PollResponse, PollResponse__Output as _nexum_PollResponse__Output } from '../nexum/PollResponse.js';
import type { WorkAnswer as _nexum_WorkAnswer, WorkAnswer__Output as _nexum_WorkAnswer__Output } from '../nexum/WorkAnswer.js';

export interface WorkResponse {
  'tasks'?: (_nexum_PollResponse)[];
  'answers'?: (_nexum_WorkAnswer)[];
  'stopTaskIds'?: (string)[];
  'attached'?: (boolean);
  'draining'?: (boolean);
  'idle'?: (boolean);
}

export interface WorkResponse__Output {
  'tasks': (_nexum_PollResponse__Output)[];
  'answers': (_nexum_WorkAnswer__Output)[];
  'stopTaskIds': (string)[];
  'attached': (boolean);
  'draining': (boolean);
  'idle': (boolean);
}
