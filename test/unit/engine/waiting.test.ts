/** Nodes that wait without a worker: timers, signals, people. */
import { describe, expect, it } from 'vitest';
import type { ApprovalSpec } from '../../../src/core/ir.js';
import { onEveryStore } from '../../support/engine-rig.js';
import { KindsRig, outputOf, task, type NodeOf } from '../../support/node-kinds.js';

const START_MS = 1_800_000_000_000;

function approval(spec: Partial<ApprovalSpec> = {}, dependencies: readonly string[] = []): NodeOf {
  return { type: 'HUMAN_APPROVAL', dependencies, x: { approval: { onTimeout: 'fail', onReject: 'fail', ...spec } } };
}

/** A clock that the test turns; the engine looks again at the next batch that a read asks for. */
function clock(): { nowMs: number; read: () => number } {
  const state = { nowMs: START_MS, read: (): number => state.nowMs };
  return state;
}

onEveryStore(() => {
  describe('a timer', () => {
    it('fires by itself, without any worker', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ pause: { type: 'TIMER', delay_seconds: 0.05 } });
      const detail = await rig.end(executionId);
      expect(outputOf(detail, 'pause')).toMatchObject({ delay_seconds: 0.05 });
      const { waited_until: until } = outputOf(detail, 'pause') as { waited_until: string };
      const [fired] = (await rig.engine.call('listEvents', { executionId, afterSeq: 0, limit: 50 })).filter(
        ({ kind }) => kind === 'node_completed',
      );
      expect(fired?.atMs).toBeGreaterThanOrEqual(Date.parse(until));
    });

    it('survives a restart, and one that is overdue fires at once', async () => {
      const time = clock();
      const rig = await KindsRig.open({ nowMs: time.read });
      const executionId = await rig.run({ pause: { type: 'TIMER', delay_seconds: 3600 } });
      expect(await rig.node(executionId, 'pause')).toMatchObject({
        status: 'WAITING',
        waitsFor: 'timer',
        dueAtMs: START_MS + 3_600_000,
      });
      time.nowMs += 7_200_000;
      const again = await rig.restart();
      expect((await again.end(executionId)).status).toBe('COMPLETED');
    });

    it('waits until a time, or for a computed duration', async () => {
      const time = clock();
      const rig = await KindsRig.open({ nowMs: time.read });
      const executionId = await rig.run(
        {
          until: { type: 'TIMER', x: { wait: { until: '${{ inputs.at }}' } } },
          for: { type: 'TIMER', x: { wait: { duration: '${{ inputs.long }}' } } },
        },
        { at: new Date(START_MS + 5000).toISOString(), long: '2h' },
      );
      expect(await rig.node(executionId, 'until')).toMatchObject({ dueAtMs: START_MS + 5000 });
      expect(await rig.node(executionId, 'for')).toMatchObject({ dueAtMs: START_MS + 7_200_000 });
      const wrong = await rig.start({ at: 'tomorrow', long: '1s' });
      expect((await rig.end(wrong)).error?.message).toContain('`until` is no time: "tomorrow"');
    });

    it('ends with its execution', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ pause: { type: 'TIMER', delay_seconds: 3600 } });
      await rig.engine.call('cancel', { executionId });
      expect(await rig.statuses(executionId)).toEqual({ pause: 'CANCELLED' });
    });
  });

  describe('a signal', () => {
    const nodes: Record<string, NodeOf> = {
      before: task(),
      paid: { type: 'TIMER', dependencies: ['before'], x: { wait: { signal: 'payment', timeoutMs: 60_000 } } },
    };

    it('completes the node that waits for it, with its payload', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run(nodes);
      rig.rig.worker().runAll();
      await rig.watch(executionId).seen('node_waiting');
      await rig.engine.call('signal', { executionId, name: 'payment', payloadJson: '{"eur":9007199254740993}' });
      const detail = await rig.end(executionId);
      expect(detail.nodes.find(({ node }) => node === 'paid')?.outputJson).toBe('{"eur":9007199254740993}');
    });

    it('that comes too early is kept, over a restart too', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run(nodes);
      await rig.engine.call('signal', { executionId, name: 'payment', payloadJson: '1' });
      await rig.engine.call('signal', { executionId, name: 'payment', payloadJson: '2' });
      const again = await rig.restart();
      again.rig.worker().runAll();
      expect(outputOf(await again.end(executionId), 'paid')).toBe(1);
    });

    it('that does not come in time fails the node', async () => {
      const time = clock();
      const rig = await KindsRig.open({ nowMs: time.read });
      const executionId = await rig.run({ paid: { type: 'TIMER', x: { wait: { signal: 's', timeoutMs: 1000 } } } });
      time.nowMs += 1000;
      const again = await rig.restart();
      expect(await again.end(executionId)).toMatchObject({ status: 'FAILED', error: { code: 'SIGNAL_TIMEOUT' } });
    });

    it('that nobody knows is refused', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run(nodes);
      const call = rig.engine.call('signal', { executionId, name: 'paiment', payloadJson: '' });
      await expect(call).rejects.toThrow('no node of the workflow waits for the signal paiment; it waits for payment');
    });
  });

  describe('an approval', () => {
    const approve = (
      rig: KindsRig,
      executionId: string,
      more: { approver?: string; formJson?: string } = {},
    ): Promise<unknown> =>
      rig.engine.call('approve', { executionId, node: 'ask', approver: 'ann', comment: 'fine', ...more });
    const reject = (rig: KindsRig, executionId: string, approver = 'ann'): Promise<unknown> =>
      rig.engine.call('reject', { executionId, node: 'ask', approver, reason: 'too long' });

    it('is pending from the moment its dependencies are done, and tells what it asks', async () => {
      const rig = await KindsRig.open();
      const spec = { message: 'Publish ${{ nodes.draft.output }}?', approvers: ['ann'], timeoutMs: 60_000 };
      const executionId = await rig.run({ draft: task(), ask: approval(spec, ['draft']), after: task(['ask']) });
      expect(await rig.engine.call('listApprovals', {})).toEqual([]);
      const worker = rig.rig.worker();
      await worker.complete(await worker.take(), '"the draft"');
      const [pending] = await rig.engine.call('listApprovals', {});
      expect(pending).toMatchObject({ executionId, node: 'ask', message: 'Publish the draft?', approvers: ['ann'] });
      expect((pending?.deadlineMs ?? 0) - (pending?.pendingSinceMs ?? 0)).toBe(60_000);
      await approve(rig, executionId);
      expect(await rig.engine.call('listApprovals', {})).toEqual([]);
      expect(JSON.parse((await worker.take()).inputJson)).toMatchObject({
        deps: { ask: { approved: true, approver: 'ann', comment: 'fine' } },
      });
    });

    it('takes the first answer only, and the same answer twice', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ ask: approval(), after: task(['ask']) });
      await approve(rig, executionId);
      expect(await approve(rig, executionId)).toEqual({ alreadyApplied: true });
      await expect(approve(rig, executionId, { approver: 'bob' })).rejects.toThrow(
        'node ask was already approved by ann',
      );
      await expect(reject(rig, executionId)).rejects.toThrow('already approved by ann');
    });

    it('fails the execution when it is rejected, or goes on if the author says so', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ ask: approval() });
      await reject(rig, executionId);
      expect((await rig.end(executionId)).error).toEqual({
        code: 'APPROVAL_REJECTED',
        message: 'ann rejected node ask: too long',
      });
      expect(await reject(rig, executionId)).toEqual({ alreadyApplied: true });
      const going = await rig.run({ ask: approval({ onReject: 'continue' }) });
      await reject(rig, going);
      expect(outputOf(await rig.end(going), 'ask')).toEqual({ approved: false, approver: 'ann', comment: 'too long' });
    });

    it('hears only those who may answer, and checks what they fill in', async () => {
      const rig = await KindsRig.open();
      const form = { amount: { type: 'number', required: true }, why: { type: 'string', default: '-' } } as const;
      const executionId = await rig.run({ ask: approval({ approvers: ['ann', 'eve'], form }) });
      await expect(approve(rig, executionId, { approver: 'bob' })).rejects.toThrow(
        'bob may not answer node ask; ann, eve may',
      );
      await expect(approve(rig, executionId)).rejects.toThrow('the input `amount` is required');
      await expect(approve(rig, executionId, { formJson: '{"amount":"x"}' })).rejects.toThrow('must be a number');
      await approve(rig, executionId, { formJson: '{"amount":"12"}' });
      expect(outputOf(await rig.end(executionId), 'ask')).toMatchObject({ form: { amount: 12, why: '-' } });
    });

    it.each([
      ['fail', { status: 'FAILED', error: { code: 'APPROVAL_TIMEOUT' } }],
      ['reject', { status: 'FAILED', error: { code: 'APPROVAL_REJECTED' } }],
      ['approve', { status: 'COMPLETED' }],
    ] as const)('with on_timeout %s ends at its deadline', async (onTimeout, expected) => {
      const time = clock();
      const rig = await KindsRig.open({ nowMs: time.read });
      const executionId = await rig.run({ ask: approval({ timeoutMs: 1000, onTimeout }) });
      time.nowMs += 1000;
      const again = await rig.restart();
      expect(await again.end(executionId)).toMatchObject(expected);
      await expect(approve(again, executionId)).rejects.toThrow('by its timeout');
    });

    it('is the only kind of node that can be approved', async () => {
      const rig = await KindsRig.open();
      const executionId = await rig.run({ ask: task(), later: approval({}, ['ask']) });
      await rig.rig.worker().take();
      await expect(approve(rig, executionId)).rejects.toThrow('node ask is not an approval');
      const later = rig.engine.call('approve', { executionId, node: 'later', approver: 'ann', comment: '' });
      await expect(later).rejects.toThrow('node later is PENDING');
    });
  });
});
