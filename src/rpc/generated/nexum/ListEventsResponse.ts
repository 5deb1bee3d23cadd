// Original file: proto/nexum.proto

import type { Event as _nexum_Event, Event__Output as _nexum_Event__Output } from '../nexum/Event.js';

export interface ListEventsResponse {
  'events'?: (_nexum_Event)[];
}

export interface ListEventsResponse__Output {
  'events': (_nexum_Event__Output)[];
}
