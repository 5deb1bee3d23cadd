// Original file: proto/nexum.proto

import type { ThreadMessage as _nexum_ThreadMessage, ThreadMessage__Output as _nexum_ThreadMessage__Output } from '../nexum/ThreadMessage.js';

export interface ListMessagesResponse {
  'messages'?: (_nexum_ThreadMessage)[];
  'more'?: (boolean);
}

export interface ListMessagesResponse__Output {
  'messages': (_nexum_ThreadMessage__Output)[];
  'more': (boolean);
}
