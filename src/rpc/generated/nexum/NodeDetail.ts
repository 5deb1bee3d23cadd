// Original file: proto/nexum.proto

import type { AttemptDetail as _nexum_AttemptDetail, AttemptDetail__Output as _nexum_AttemptDetail__Output } from '../nexum/AttemptDetail.js';
import type { MapProgress as _nexum_MapProgress, MapProgress__Output as _nexum_MapProgress__Output } from '../nexum/MapProgress.js';
import type { ModelUsage as _nexum_ModelUsage, ModelUsage__Output as _nexum_ModelUsage__Output } from '../nexum/ModelUsage.js';
import type { Long } from '@grpc/proto-loader';

export interface NodeDetail {
  'nodeId'?: (string);
  'iteration'?: (number);
  'status'?: (string);
  'outputJson'?: (string);
  'errorCode'?: (string);
  'errorMessage'?: (string);
  'attempts'?: (_nexum_AttemptDetail)[];
  'dependencies'?: (string)[];
  'handler'?: (string);
  'readyAtMs'?: (number | string | Long);
  'finishedAtMs'?: (number | string | Long);
  'leaseExpiresAtMs'?: (number | string | Long);
  'nodeType'?: (string);
  'waitsFor'?: (string);
  'dueAtMs'?: (number | string | Long);
  'childExecutionId'?: (string);
  'items'?: (_nexum_MapProgress | null);
  'outputBytes'?: (number | string | Long);
  'outputSeq'?: (number | string | Long);
  'message'?: (string);
  'rounds'?: (number);
  'usage'?: (_nexum_ModelUsage)[];
}

export interface NodeDetail__Output {
  'nodeId': (string);
  'iteration': (number);
  'status': (string);
  'outputJson': (string);
  'errorCode': (string);
  'errorMessage': (string);
  'attempts': (_nexum_AttemptDetail__Output)[];
  'dependencies': (string)[];
  'handler': (string);
  'readyAtMs': (number);
  'finishedAtMs': (number);
  'leaseExpiresAtMs': (number);
  'nodeType': (string);
  'waitsFor': (string);
  'dueAtMs': (number);
  'childExecutionId': (string);
  'items': (_nexum_MapProgress__Output | null);
  'outputBytes': (number);
  'outputSeq': (number);
  'message': (string);
  'rounds': (number);
  'usage': (_nexum_ModelUsage__Output)[];
}
