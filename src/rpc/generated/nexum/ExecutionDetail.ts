// Original file: proto/nexum.proto

import type { ExecutionSummary as _nexum_ExecutionSummary, ExecutionSummary__Output as _nexum_ExecutionSummary__Output } from '../nexum/ExecutionSummary.js';
import type { NodeDetail as _nexum_NodeDetail, NodeDetail__Output as _nexum_NodeDetail__Output } from '../nexum/NodeDetail.js';
import type { GraphDetail as _nexum_GraphDetail, GraphDetail__Output as _nexum_GraphDetail__Output } from '../nexum/GraphDetail.js';
import type { ModelUsage as _nexum_ModelUsage, ModelUsage__Output as _nexum_ModelUsage__Output } from '../nexum/ModelUsage.js';
import type { LimitDetail as _nexum_LimitDetail, LimitDetail__Output as _nexum_LimitDetail__Output } from '../nexum/LimitDetail.js';
import type { Long } from '@grpc/proto-loader';

export interface ExecutionDetail {
  'summary'?: (_nexum_ExecutionSummary | null);
  'inputJson'?: (string);
  'outputJson'?: (string);
  'nodes'?: (_nexum_NodeDetail)[];
  'lastSeq'?: (number | string | Long);
  'reruns'?: (string)[];
  'inputBytes'?: (number | string | Long);
  'outputBytes'?: (number | string | Long);
  'outputSeq'?: (number | string | Long);
  'graph'?: (_nexum_GraphDetail | null);
  'usage'?: (_nexum_ModelUsage)[];
  'limits'?: (_nexum_LimitDetail | null);
}

export interface ExecutionDetail__Output {
  'summary': (_nexum_ExecutionSummary__Output | null);
  'inputJson': (string);
  'outputJson': (string);
  'nodes': (_nexum_NodeDetail__Output)[];
  'lastSeq': (number);
  'reruns': (string)[];
  'inputBytes': (number);
  'outputBytes': (number);
  'outputSeq': (number);
  'graph': (_nexum_GraphDetail__Output | null);
  'usage': (_nexum_ModelUsage__Output)[];
  'limits': (_nexum_LimitDetail__Output | null);
}
