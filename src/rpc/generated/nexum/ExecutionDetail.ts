// Original file: proto/nexum.proto

import type { ExecutionSummary as _nexum_ExecutionSummary, ExecutionSummary__Output as _nexum_ExecutionSummary__Output } from '../nexum/ExecutionSummary.js';
import type { NodeDetail as _nexum_NodeDetail, NodeDetail__Output as _nexum_NodeDetail__Output } from '../nexum/NodeDetail.js';
import type { GraphDetail as _nexum_GraphDetail, GraphDetail__Output as _nexum_GraphDetail__Output } from '../nexum/GraphDetail.js';
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
}
