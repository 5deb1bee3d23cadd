/** What is too large is refused, or ends in an error that says so: nothing is tried for ever, and no message breaks. */
import { describe, expect, it } from 'vitest';
import { MAX_PAYLOAD_BYTES } from '../../../src/core/payload-limit.js';
import { NO_DELAY } from '../../support/engine-execution.js';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';

const MIB = 1024 * 1024;

/** JSON text of this many bytes. */
function textOf(bytes: number): string {
  return JSON.stringify('x'.repeat(bytes - 2));
}

const LARGEST = textOf(MAX_PAYLOAD_BYTES);
const TOO_LARGE = textOf(MAX_PAYLOAD_BYTES + 1);

function code(name: string): unknown {
  return expect.objectContaining({ code: name });
}

describe('payloads that are too large together', () => {
  it('fail the node whose input no message could carry: INPUT_TOO_LARGE, and its worker gets other work', async () => {
    const rig = await EngineRig.open();
    const sources = ['a', 'b', 'c', 'd'];
    await rig.register({
      ...Object.fromEntries(sources.map((id) => [id, {}])),
      joined: { needs: sources, retry: { ...NO_DELAY, maxAttempts: 5 } },
    });
    await rig.register({ only: {} }, 'other');
    const id = await rig.start(LARGEST);
    const worker = rig.worker();
    for (const _source of sources) await worker.complete(await worker.take(), LARGEST);
    const next = worker.take();
    const other = await rig.start('{}', 'other');
    expect(await next).toMatchObject({ executionId: other, node: 'only' });
    const detail = await rig.detail(id);
    expect(detail).toMatchObject({ status: 'FAILED', failedNode: 'joined', error: { code: 'INPUT_TOO_LARGE' } });
    expect(detail.nodes.at(-1)?.attempts).toMatchObject([{ outcome: 'FAILED' }]);
  });

  it('let the pipeline go on, where the node whose input is too large may fail', async () => {
    const rig = await EngineRig.open();
    const sources = ['a', 'b', 'c', 'd'];
    await rig.register({
      ...Object.fromEntries(sources.map((id) => [id, {}])),
      joined: { needs: sources, continueOnError: true },
      after: { needs: ['joined'] },
    });
    const id = await rig.start(LARGEST);
    const worker = rig.worker();
    for (const _source of sources) await worker.complete(await worker.take(), LARGEST);
    // One credit: it is free again for the next node, which became ready in the very batch.
    const after = await worker.take();
    expect(after).toMatchObject({ node: 'after', failed: [{ node: 'joined', code: 'INPUT_TOO_LARGE' }] });
    await worker.complete(after, '1');
    expect(await rig.detail(id)).toMatchObject({ status: 'COMPLETED', outputJson: '1' });
  });

  it('fail the execution when its last nodes have more than one output may', async () => {
    const rig = await EngineRig.open();
    await rig.register({ a: {}, b: {} });
    const id = await rig.start();
    const worker = rig.worker();
    for (let leaf = 0; leaf < 2; leaf += 1)
      expect(await worker.complete(await worker.take(), textOf(MAX_PAYLOAD_BYTES / 2))).not.toHaveProperty('code');
    expect(await rig.detail(id)).toMatchObject({ status: 'FAILED', error: { code: 'OUTPUT_TOO_LARGE' } });
    expect(await rig.nodes(id)).toEqual({ a: 'COMPLETED', b: 'COMPLETED' });
  });
});

onEveryStore(() => {
  describe('a payload that is too large', () => {
    it('is refused as an input: PAYLOAD_TOO_LARGE, and nothing starts', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      await expect(rig.start(TOO_LARGE)).rejects.toEqual(code('PAYLOAD_TOO_LARGE'));
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toEqual([]);
    });

    it('is counted in bytes, not in characters', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      await expect(rig.start(JSON.stringify('ü'.repeat(MAX_PAYLOAD_BYTES / 2)))).rejects.toEqual(
        code('PAYLOAD_TOO_LARGE'),
      );
    });

    it.each(['on the stream', 'by a call'])(
      'fails the node as an output, at once and for good: OUTPUT_TOO_LARGE, %s',
      async (how) => {
        const rig = await EngineRig.open();
        await rig.register({ a: { retry: { ...NO_DELAY, maxAttempts: 5 } }, b: { needs: ['a'] } });
        const id = await rig.start();
        const worker = rig.worker();
        const task = await worker.take();
        const completion = { taskId: task.taskId, outputJson: TOO_LARGE };
        const call = (): Promise<unknown> => rig.engine.call('complete', completion);
        const answer = how === 'by a call' ? await call() : await worker.complete(task, TOO_LARGE);
        expect(answer).toMatchObject({ taskId: task.taskId, code: 'OUTPUT_TOO_LARGE' });
        expect(await rig.detail(id)).toMatchObject({
          status: 'FAILED',
          failedNode: 'a',
          error: { code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining(`${MAX_PAYLOAD_BYTES}`) as string },
          nodes: [{ attempts: [{ outcome: 'FAILED' }] }, { status: 'PENDING' }],
        });
        // Handed in once more, it is refused again.
        expect(await call()).toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
      },
    );

    it('does not end an attempt of somebody else', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {} });
      const id = await rig.start();
      const worker = rig.worker();
      const { taskId } = await worker.take();
      await rig.engine.call('release', { taskId });
      await worker.take();
      const stale = await rig.engine.call('complete', { taskId, outputJson: TOO_LARGE });
      expect(stale).toMatchObject({ code: 'STALE_LEASE' });
      expect(await rig.nodes(id)).toEqual({ a: 'LEASED' });
    });

    it('is left out of what is shown, the largest first; its size and its event say where it is', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } });
      const id = await rig.start(textOf(20 * MIB));
      const worker = rig.worker();
      for (const size of [64, 30, 1]) await worker.complete(await worker.take(), textOf(size * MIB));
      const detail = await rig.detail(id);
      const [a, b, c] = detail.nodes;
      expect([a?.outputBytes, b?.outputBytes, c?.outputBytes]).toEqual([MAX_PAYLOAD_BYTES, 30 * MIB, undefined]);
      const shown = [a, b, c, detail].map((one) => one?.outputJson?.length);
      expect([...shown, detail.inputJson.length]).toEqual([undefined, undefined, MIB, MIB, 20 * MIB]);
      const { payload } = await rig.engine.call('getPayload', { executionId: id, seq: a?.outputSeq ?? 0 });
      // Not `toBe`: a difference of megabytes would be printed.
      expect(payload === LARGEST).toBe(true);
      await expect(rig.engine.call('getCompletedNodes', { executionId: id })).rejects.toEqual(
        expect.objectContaining({
          code: 'PAYLOAD_TOO_LARGE',
          message: expect.stringContaining('GetPayload') as string,
        }),
      );
      const watch = rig.watch(id);
      await watch.until(({ ended }) => ended);
      expect(watch.sequence).toEqual(Array.from({ length: detail.lastSeq }, (_, index) => index + 1));
    });
  });
});
