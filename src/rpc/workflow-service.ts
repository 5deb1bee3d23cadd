/** Unary RPCs about workflows and their versions. */
import type { EnginePort } from '../engine/engine-port.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import { comparisonMessage, versionMessage } from './admin-messages.js';
import { given, unary } from './unary.js';

type Handlers = Pick<
  NexumServiceHandlers,
  'RegisterWorkflow' | 'ListWorkflowVersions' | 'ListWorkflows' | 'GetWorkflow' | 'CompareVersions'
>;

export function workflowHandlers(engine: EnginePort): Handlers {
  return {
    RegisterWorkflow: unary(async ({ workflowId, versionHash, irJson }) => {
      const { compatibility } = await engine.call('registerWorkflow', { workflowId, versionHash, irJson });
      return { ok: true, compatibility };
    }),
    ListWorkflowVersions: unary(async ({ workflowId }) => ({
      versions: (await engine.call('listWorkflows', { workflowId })).map(versionMessage),
    })),
    ListWorkflows: unary(async () => ({ workflows: (await engine.call('listWorkflows', {})).map(versionMessage) })),
    GetWorkflow: unary(({ workflowId, versionHash }) =>
      engine.call('getWorkflow', { ...given('workflowId', workflowId), ...given('versionHash', versionHash) }),
    ),
    CompareVersions: unary(async ({ workflowId, fromVersion, toVersion, toIrJson }) =>
      comparisonMessage(
        await engine.call('compareVersions', {
          workflowId,
          ...given('fromVersion', fromVersion),
          ...given('toVersion', toVersion),
          ...given('toIrJson', toIrJson),
        }),
      ),
    ),
  };
}
