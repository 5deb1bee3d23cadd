// Original file: proto/nexum.proto

import type { SessionInfo as _nexum_SessionInfo, SessionInfo__Output as _nexum_SessionInfo__Output } from '../nexum/SessionInfo.js';

export interface ListSessionsResponse {
  'sessions'?: (_nexum_SessionInfo)[];
  'more'?: (boolean);
}

export interface ListSessionsResponse__Output {
  'sessions': (_nexum_SessionInfo__Output)[];
  'more': (boolean);
}
