/** How Nexum 0.2 compared versions, and what that let through. */
import { describe, expect, it } from 'vitest';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';

const EFFECT = { type: 'EFFECT' };

onEveryStore(() => {
  describe('Nexum 0.2', () => {
    it.each([
      [
        'routes',
        { type: 'ROUTER', routes: [{ target: 'a' }] },
        { type: 'ROUTER', routes: [{ target: 'b' }] },
        'the targets of its routes changed from ["a"] to ["b"]',
      ],
      [
        'delays',
        { type: 'TIMER', delay_seconds: 1 },
        { type: 'TIMER', delay_seconds: 3600 },
        'the time that it waits changed from {"durationMs":1000} to {"durationMs":3600000}',
      ],
      [
        'children',
        { type: 'SUBWORKFLOW', subWorkflowId: 'x' },
        { type: 'SUBWORKFLOW', subWorkflowId: 'y' },
        'the child workflow changed from "x" to "y"',
      ],
    ])('finds a version with other %s SAFE: here it is BREAKING, and says why', async (_what, before, after, text) => {
      const rig = await EngineRig.open();
      const register = (versionHash: string, n: object): Promise<{ compatibility: string }> =>
        rig.engine.call('registerWorkflow', {
          workflowId: 'w',
          versionHash,
          irJson: JSON.stringify({ nodes: { a: EFFECT, b: EFFECT, n } }),
        });
      await register('v1', before);
      expect(await register('v2', after)).toMatchObject({ compatibility: 'BREAKING' });
      const [newest] = await rig.engine.call('listWorkflows', { workflowId: 'w' });
      expect(newest?.reasons).toEqual([`node n: ${text}`]);
    });
  });
});
