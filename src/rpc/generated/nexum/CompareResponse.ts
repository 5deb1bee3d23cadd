// Original file: proto/nexum.proto

import type { VersionChange as _nexum_VersionChange, VersionChange__Output as _nexum_VersionChange__Output } from '../nexum/VersionChange.js';

export interface CompareResponse {
  'compatibility'?: (string);
  'changes'?: (_nexum_VersionChange)[];
  'fromVersion'?: (string);
  'toVersion'?: (string);
  'activeExecutions'?: (number);
}

export interface CompareResponse__Output {
  'compatibility': (string);
  'changes': (_nexum_VersionChange__Output)[];
  'fromVersion': (string);
  'toVersion': (string);
  'activeExecutions': (number);
}
