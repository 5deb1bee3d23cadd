/** Registered versions: what each means compared with the one before it. Order is that of registration, never of time. */
import { describe, expect, it } from 'vitest';
import type { EngineCalls } from '../../../src/engine/engine-port.js';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';

const EFFECT = { type: 'EFFECT' };
const ONE = { nodes: { a: EFFECT } };
const TWO = { nodes: { a: EFFECT, b: { type: 'EFFECT', dependencies: ['a'] } } };
const OTHER = { nodes: { b: EFFECT } };

type Register = (versionHash: string, ir: object, workflowId?: string) => Promise<string>;

function registering(rig: EngineRig): Register {
  return async (versionHash, ir, workflowId = 'w') => {
    const irJson = JSON.stringify(ir);
    return (await rig.engine.call('registerWorkflow', { workflowId, versionHash, irJson })).compatibility;
  };
}

onEveryStore(() => {
  describe('registering a version', () => {
    it('says what it means compared with the one registered before it', async () => {
      const register = registering(await EngineRig.open());
      expect(await register('v1', ONE)).toBe('NEW');
      expect(await register('v2', TWO)).toBe('SAFE');
      expect(await register('v3', OTHER)).toBe('BREAKING');
      expect(await register('v4', { ...OTHER })).toBe('IDENTICAL');
      // Known already: nothing happens, and v4 stays the newest.
      expect(await register('v1', ONE)).toBe('IDENTICAL');
      expect(await register('v5', ONE)).toBe('BREAKING');
    });

    it('goes by the order of registration when the clock goes back (Nexum 0.2: by timestamps)', async () => {
      const rig = await EngineRig.open();
      for (const [versionHash, ir, registeredAtMs] of [
        ['v1', OTHER, 2_000_000],
        ['v2', ONE, 1_000_000],
      ] as const) {
        await rig.store.putWorkflow({ workflowId: 'w', versionHash, irJson: JSON.stringify(ir), registeredAtMs });
      }
      expect(await registering(rig)('v3', TWO)).toBe('SAFE');
      const versions = await rig.engine.call('listWorkflows', { workflowId: 'w' });
      expect(versions.map(({ versionHash, compatibility }) => [versionHash, compatibility])).toEqual([
        ['v3', 'SAFE'],
        ['v2', 'BREAKING'],
        ['v1', 'NEW'],
      ]);
    });

    it('takes any text for a hash, and one hash for workflows of two names', async () => {
      const rig = await EngineRig.open();
      const register = registering(rig);
      const foreign = 'v 1/ü "quoted"';
      expect(await register(foreign, ONE, 'first')).toBe('NEW');
      expect(await register(foreign, OTHER, 'second')).toBe('NEW');
      await expect(register(foreign, OTHER, 'first')).rejects.toMatchObject({ code: 'HASH_CONFLICT' });
      const worker = rig.worker({ filter: { versionHash: foreign } });
      for (const workflowId of ['first', 'second']) await rig.start('{}', workflowId);
      const tasks = [await worker.take(), await worker.take()];
      expect(tasks.map(({ workflowId, node }) => [workflowId, node])).toEqual([
        ['first', 'a'],
        ['second', 'b'],
      ]);
    });
  });

  describe('the list of versions', () => {
    it('says of each one what it is and why, newest first', async () => {
      const rig = await EngineRig.open();
      const register = registering(rig);
      await register('v1', ONE);
      await register('v2', TWO);
      await register('other', ONE, 'another');
      await register('v3', OTHER);
      const versions = await rig.engine.call('listWorkflows', { workflowId: 'w' });
      expect(versions).toMatchObject([
        {
          versionHash: 'v3',
          compatibility: 'BREAKING',
          reasons: ['node a: was removed', 'node b: no longer depends on a'],
        },
        { versionHash: 'v2', compatibility: 'SAFE', reasons: ['node b: was added'] },
        { versionHash: 'v1', compatibility: 'NEW', reasons: [] },
      ]);
      const ordinals = versions.map(({ ordinal = 0 }) => ordinal);
      expect(ordinals).toEqual([...ordinals].sort((a, b) => b - a));
    });

    it('of all workflows compares nothing', async () => {
      const rig = await EngineRig.open();
      const register = registering(rig);
      await register('v1', ONE);
      await register('v2', TWO);
      const versions = await rig.engine.call('listWorkflows', {});
      expect(versions.map(({ versionHash, compatibility }) => [versionHash, compatibility])).toEqual([
        ['v2', undefined],
        ['v1', undefined],
      ]);
    });

    it('names at most 20 reasons, and compares at most so many versions that the engine is soon free again', async () => {
      const rig = await EngineRig.open();
      const register = registering(rig);
      const large = (id: string): object => ({
        nodes: { [id]: { type: 'EFFECT', 'x-nexum': { with: { text: 'x'.repeat(1_200_000) } } } },
      });
      for (const id of ['a', 'b', 'c']) await register(id, large(id));
      const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`n${index}`, EFFECT]));
      await register('many', { nodes: many });
      const versions = await rig.engine.call('listWorkflows', { workflowId: 'w' });
      expect(versions.map(({ compatibility }) => compatibility)).toEqual([
        'BREAKING',
        'BREAKING',
        undefined,
        undefined,
      ]);
      expect(versions[0]?.reasons).toHaveLength(21);
      expect(versions[0]?.reasons?.at(-1)).toBe('and 6 more changes');
    });
  });

  describe('comparing versions', () => {
    async function compared(
      args: Omit<EngineCalls['compareVersions']['args'], 'workflowId'>,
    ): Promise<EngineCalls['compareVersions']['result']> {
      const rig = await EngineRig.open();
      const register = registering(rig);
      await register('v1', ONE);
      await rig.start();
      await register('v2', TWO);
      await register('v3', OTHER);
      return rig.engine.call('compareVersions', { workflowId: 'w', ...args });
    }

    it('takes the newest one and the one before it', async () => {
      expect(await compared({})).toEqual({
        compatibility: 'BREAKING',
        changes: [
          { breaking: true, node: 'a', text: 'node a: was removed' },
          { breaking: true, node: 'b', text: 'node b: no longer depends on a' },
        ],
        fromVersion: 'v2',
        toVersion: 'v3',
        activeExecutions: 0,
      });
    });

    it.each([
      [
        'a version and the one before it',
        { toVersion: 'v2' },
        { compatibility: 'SAFE', fromVersion: 'v1', toVersion: 'v2', activeExecutions: 1 },
      ],
      [
        'the first version, which is NEW',
        { toVersion: 'v1' },
        { compatibility: 'NEW', toVersion: 'v1', activeExecutions: 0 },
      ],
      [
        'two versions in either order',
        { fromVersion: 'v2', toVersion: 'v1' },
        { compatibility: 'BREAKING', fromVersion: 'v2', toVersion: 'v1', activeExecutions: 0 },
      ],
      [
        'an IR with the newest version',
        { toIrJson: JSON.stringify(OTHER) },
        { compatibility: 'IDENTICAL', fromVersion: 'v3', activeExecutions: 0 },
      ],
      [
        'an IR with a version',
        { toIrJson: JSON.stringify(TWO), fromVersion: 'v1' },
        { compatibility: 'SAFE', fromVersion: 'v1', activeExecutions: 1 },
      ],
    ])('takes %s', async (_what, args, result) => {
      const { changes: _changes, ...rest } = await compared(args);
      expect(rest).toEqual(result);
    });

    it.each([
      ['a version that nobody registered', { toVersion: 'v9' }, 'WORKFLOW_NOT_FOUND'],
      ['an older version that nobody registered', { fromVersion: 'v9' }, 'WORKFLOW_NOT_FOUND'],
      ['an IR that is wrong', { toIrJson: '{"nodes":{}}' }, 'INVALID_WORKFLOW'],
      ['a version and an IR at once', { toVersion: 'v1', toIrJson: JSON.stringify(ONE) }, 'INVALID_REQUEST'],
    ])('refuses %s', async (_what, args, code) => {
      await expect(compared(args)).rejects.toMatchObject({ code });
    });

    it('of an unknown workflow finds an IR NEW, and no version', async () => {
      const rig = await EngineRig.open();
      const compare = (toIrJson?: string): Promise<EngineCalls['compareVersions']['result']> =>
        rig.engine.call('compareVersions', { workflowId: 'unknown', ...(toIrJson === undefined ? {} : { toIrJson }) });
      expect(await compare(JSON.stringify(ONE))).toEqual({ compatibility: 'NEW', changes: [], activeExecutions: 0 });
      await expect(compare()).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
    });

    it('of what an earlier release accepted and this one refuses is BREAKING', async () => {
      const rig = await EngineRig.open();
      const irJson = '{"nodes":{"a":{"type":"ROUTER"}}}';
      await rig.store.putWorkflow({ workflowId: 'w', versionHash: 'old', irJson, registeredAtMs: 0 });
      expect(await registering(rig)('v1', ONE)).toBe('BREAKING');
    });
  });
});
