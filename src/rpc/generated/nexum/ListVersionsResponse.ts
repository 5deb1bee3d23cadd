// Original file: proto/nexum.proto

import type { VersionInfo as _nexum_VersionInfo, VersionInfo__Output as _nexum_VersionInfo__Output } from '../nexum/VersionInfo.js';

export interface ListVersionsResponse {
  'versions'?: (_nexum_VersionInfo)[];
}

export interface ListVersionsResponse__Output {
  'versions': (_nexum_VersionInfo__Output)[];
}
