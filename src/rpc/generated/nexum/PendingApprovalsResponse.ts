// Original file: proto/nexum.proto

import type { PendingApprovalItem as _nexum_PendingApprovalItem, PendingApprovalItem__Output as _nexum_PendingApprovalItem__Output } from '../nexum/PendingApprovalItem.js';

export interface PendingApprovalsResponse {
  'items'?: (_nexum_PendingApprovalItem)[];
}

export interface PendingApprovalsResponse__Output {
  'items': (_nexum_PendingApprovalItem__Output)[];
}
