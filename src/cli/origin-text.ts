/** Where an execution comes from and how it is marked, for people. */
import type { ExecutionSummary__Output } from '../rpc/generated/nexum/ExecutionSummary.js';

/** A text for each fact that there is. */
export function originTexts(summary: ExecutionSummary__Output): string[] {
  const { labels, priority, parentExecutionId, parentNodeId, rerunOf, schedule } = summary;
  const marks = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    ...marks,
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(parentExecutionId === '' ? [] : [`child of ${parentExecutionId} ${parentNodeId}`]),
    ...(rerunOf === '' ? [] : [`rerun of ${rerunOf}`]),
    ...(schedule === '' ? [] : [`schedule ${schedule}`]),
  ];
}
