// Original file: proto/nexum.proto

import type { StartRequest as _nexum_StartRequest, StartRequest__Output as _nexum_StartRequest__Output } from '../nexum/StartRequest.js';
import type { ExecuteClaim as _nexum_ExecuteClaim, ExecuteClaim__Output as _nexum_ExecuteClaim__Output } from '../nexum/ExecuteClaim.js';
import type { Long } from '@grpc/proto-loader';

export interface ExecuteStart {
  'ref'?: (number | string | Long);
  'request'?: (_nexum_StartRequest | null);
  'claim'?: (_nexum_ExecuteClaim | null);
}

export interface ExecuteStart__Output {
  'ref': (number);
  'request': (_nexum_StartRequest__Output | null);
  'claim': (_nexum_ExecuteClaim__Output | null);
}
