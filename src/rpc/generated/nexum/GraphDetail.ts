// Original file: proto/nexum.proto

import type { UnsatisfiedJoin as _nexum_UnsatisfiedJoin, UnsatisfiedJoin__Output as _nexum_UnsatisfiedJoin__Output } from '../nexum/UnsatisfiedJoin.js';

export interface GraphDetail {
  'scheduling'?: (string);
  'turns'?: (number);
  'messages'?: (number);
  'stopReason'?: (string);
  'stoppedByNode'?: (string);
  'stoppedByIteration'?: (number);
  'unsatisfied'?: (_nexum_UnsatisfiedJoin)[];
  'totalTurns'?: (number);
}

export interface GraphDetail__Output {
  'scheduling': (string);
  'turns': (number);
  'messages': (number);
  'stopReason': (string);
  'stoppedByNode': (string);
  'stoppedByIteration': (number);
  'unsatisfied': (_nexum_UnsatisfiedJoin__Output)[];
  'totalTurns': (number);
}
