// Original file: proto/nexum.proto

import type { WorkHello as _nexum_WorkHello, WorkHello__Output as _nexum_WorkHello__Output } from '../nexum/WorkHello.js';
import type { CompleteRequest as _nexum_CompleteRequest, CompleteRequest__Output as _nexum_CompleteRequest__Output } from '../nexum/CompleteRequest.js';
import type { FailRequest as _nexum_FailRequest, FailRequest__Output as _nexum_FailRequest__Output } from '../nexum/FailRequest.js';
import type { ReleaseRequest as _nexum_ReleaseRequest, ReleaseRequest__Output as _nexum_ReleaseRequest__Output } from '../nexum/ReleaseRequest.js';

export interface WorkRequest {
  'hello'?: (_nexum_WorkHello | null);
  'credits'?: (number);
  'completions'?: (_nexum_CompleteRequest)[];
  'failures'?: (_nexum_FailRequest)[];
  'releases'?: (_nexum_ReleaseRequest)[];
  'withdraw'?: (boolean);
}

export interface WorkRequest__Output {
  'hello': (_nexum_WorkHello__Output | null);
  'credits': (number);
  'completions': (_nexum_CompleteRequest__Output)[];
  'failures': (_nexum_FailRequest__Output)[];
  'releases': (_nexum_ReleaseRequest__Output)[];
  'withdraw': (boolean);
}
