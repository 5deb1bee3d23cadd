/** When an execution goes on only if a person does something. */
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import type { NodeDetail__Output } from '../rpc/generated/nexum/NodeDetail.js';

/** The approvals that all the rest waits for; none while something else is under way or will happen by itself. */
export function pendingForHuman({ summary, nodes }: ExecutionDetail__Output): NodeDetail__Output[] {
  if (summary?.status !== 'RUNNING') return [];
  const moving = nodes.filter(({ status }) => status === 'READY' || status === 'LEASED' || status === 'WAITING');
  return moving.every((node) => node.waitsFor === 'approval') ? moving : [];
}

/** True when an approval is pending and nothing else can happen before its answer. */
export function waitsForHuman(detail: ExecutionDetail__Output): boolean {
  return pendingForHuman(detail).length > 0;
}
