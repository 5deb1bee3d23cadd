// Original file: proto/nexum.proto

import type { VersionInfo as _nexum_VersionInfo, VersionInfo__Output as _nexum_VersionInfo__Output } from '../nexum/VersionInfo.js';

export interface ListWorkflowsResponse {
  'workflows'?: (_nexum_VersionInfo)[];
}

export interface ListWorkflowsResponse__Output {
  'workflows': (_nexum_VersionInfo__Output)[];
}
