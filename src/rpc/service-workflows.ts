/** The RPCs of workflows and their versions. */
import type { EnginePort } from '../engine/engine-port.js';
import type { WorkflowVersion } from '../engine/execution-detail.js';
import { formatTime } from './execution-messages.js';
import type { CompareRequest__Output } from './generated/nexum/CompareRequest.js';
import type { CompareResponse } from './generated/nexum/CompareResponse.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import type { VersionInfo } from './generated/nexum/VersionInfo.js';
import { given, unary } from './unary.js';

type WorkflowHandlers = Pick<
  NexumServiceHandlers,
  'RegisterWorkflow' | 'GetWorkflow' | 'ListWorkflows' | 'ListWorkflowVersions' | 'CompareVersions'
>;

export function workflowHandlers(engine: EnginePort): WorkflowHandlers {
  return {
    RegisterWorkflow: unary(async ({ workflowId, versionHash, irJson }) => {
      const { compatibility } = await engine.call('registerWorkflow', { workflowId, versionHash, irJson });
      return { ok: true, compatibility };
    }),
    GetWorkflow: unary(({ workflowId, versionHash }) => engine.call('getWorkflow', given({ workflowId, versionHash }))),
    ListWorkflows: unary(async () => ({ workflows: (await engine.call('listWorkflows', {})).map(versionMessage) })),
    ListWorkflowVersions: unary(async ({ workflowId }) => ({
      versions: (await engine.call('listWorkflows', { workflowId })).map(versionMessage),
    })),
    CompareVersions: unary((request) => compare(engine, request)),
  };
}

function versionMessage(version: WorkflowVersion): VersionInfo {
  return {
    workflowId: version.workflowId,
    versionHash: version.versionHash,
    registeredAt: formatTime(version.registeredAtMs),
    activeExecutions: version.activeExecutions,
    compatibility: version.compatibility ?? '',
    ordinal: version.ordinal ?? 0,
    reasons: [...(version.reasons ?? [])],
  };
}

async function compare(
  engine: EnginePort,
  { workflowId, ...versions }: CompareRequest__Output,
): Promise<CompareResponse> {
  const { changes, ...comparison } = await engine.call('compareVersions', { workflowId, ...given(versions) });
  return {
    ...comparison,
    changes: changes.map(({ breaking, node, text }) => ({ breaking, nodeId: node ?? '', text })),
  };
}
