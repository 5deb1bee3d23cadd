/** Faults of Nexum 0.2 with payloads: they were parsed, looked into, cut off. Here they are texts that nobody touches. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/core/event.js';
import { MAX_PAYLOAD_BYTES } from '../../../src/core/payload-limit.js';
import type { Task } from '../../../src/engine/engine-port.js';
import { NO_DELAY } from '../../support/engine-execution.js';
import { EngineRig, onEveryStore, type TestWorker } from '../../support/engine-rig.js';
import { temporaryFolder } from '../../support/store-folder.js';

const CHAIN = { a: {}, b: { needs: ['a'] } };

/** JSON text of this many bytes. */
function textOf(bytes: number): string {
  return JSON.stringify('x'.repeat(bytes - 2));
}

/** Texts that are not what JSON.stringify makes of JSON.parse. */
const DELICATE: readonly (readonly [string, string])[] = [
  ['a text that looks like JSON', JSON.stringify('{"a":1}')],
  ['a text that looks like a number', '"12"'],
  ['an integer beyond 2^53', '9007199254740993'],
  ['numbers that no double holds', '[1e400,-0,1.0,0.1e1,123456789012345678901234567890]'],
  ['a name given twice', '{"a":1,"a":2}'],
  ['half a character', '{"half":"\\ud800","\\udfff":1}'],
  ['names in an order of their own', '{"b":1,"a":2,"2":3,"1":4}'],
  ['white space', ' {\n\t"a" :  [ 1 , 2 ]\r\n} '],
  ['escapes that need not be', '"\\u0041\\/\\u0000"'],
  ['a name that objects have already', '{"__proto__":{"x":1},"constructor":null}'],
];

/** Runs `b` after `a`, and returns its task and what the engine shows. */
async function passOn(payload: string): Promise<{ rig: EngineRig; worker: TestWorker; task: Task; id: string }> {
  const rig = await EngineRig.open();
  await rig.register(CHAIN);
  const id = await rig.start(payload);
  const worker = rig.worker();
  const first = await worker.take();
  expect(first.inputJson).toBe(`{"input":${payload},"deps":{}}`);
  await worker.complete(first, payload);
  return { rig, worker, task: await worker.take(), id };
}

async function expectUntouched({ rig, worker, task, id }: Awaited<ReturnType<typeof passOn>>, payload: string) {
  // Not `toBe`: a difference of megabytes would be printed.
  expect(task.inputJson === `{"input":${payload},"deps":{"a":${payload}}}`).toBe(true);
  await worker.complete(task, payload);
  const { engine } = await rig.restart();
  const detail = await engine.call('getExecution', { executionId: id });
  expect([detail.inputJson, detail.outputJson, ...detail.nodes.map((node) => node.outputJson)]).toEqual(
    Array<string>(4).fill(payload),
  );
  const { outputsJson } = await engine.call('getCompletedNodes', { executionId: id });
  expect(outputsJson === `{"a":${payload},"b":${payload}}`).toBe(true);
  const events: ExecutionEvent[] = [];
  for (let page: readonly ExecutionEvent[] = []; ; events.push(...page)) {
    page = await engine.call('listEvents', { executionId: id, afterSeq: events.at(-1)?.seq ?? 0, limit: 100 });
    if (page.length === 0) break;
  }
  const payloads = events.flatMap((event) => ('payload' in event ? [[event.seq, event.payload] as const] : []));
  expect(payloads.map(([, text]) => text)).toEqual(Array<string>(4).fill(payload));
  for (const [seq] of payloads)
    expect((await engine.call('getPayload', { executionId: id, seq })).payload === payload).toBe(true);
}

onEveryStore(() => {
  describe('Nexum 0.2', () => {
    it.each(DELICATE)(
      'changes the type of a text that looks like JSON: here every payload stays the text that it was: %s',
      async (_what, payload) => {
        await expectUntouched(await passOn(payload), payload);
      },
    );

    it('loses payloads over 4 MB: here they arrive, and come back from the store', async () => {
      const payload = textOf(6 * 1024 * 1024);
      await expectUntouched(await passOn(payload), payload);
    });

    it.each([
      ['path', (file: string) => JSON.stringify({ path: file })],
      ['__blob', (file: string) => JSON.stringify({ __blob: file, hash: 'a'.repeat(64) })],
      ['$ref', (file: string) => JSON.stringify({ $ref: `file://${file}` })],
      ['payload_hash', () => JSON.stringify({ payload_hash: 'a'.repeat(64) })],
      ['nothing but a name', (file: string) => JSON.stringify(file)],
    ])('reads the file that a payload names: here the payload is handed on as it came: %s', async (_what, payload) => {
      const file = join(temporaryFolder(), 'secret.json');
      writeFileSync(file, '"nobody may see this"');
      await expectUntouched(await passOn(payload(file)), payload(file));
    });

    it('changes the items of a map: here each is the text that it was', async () => {
      const items = DELICATE.map(([, text]) => text.trim());
      const rig = await EngineRig.open();
      await rig.register({ m: { type: 'MAP' } });
      const id = await rig.start();
      const worker = rig.worker();
      await worker.complete(await worker.take(), ` [ ${items.join(' , ')} ] `);
      worker.send({ credits: items.length });
      for (const _item of items) {
        const { taskId, item } = await worker.next();
        expect(item?.itemJson).toBe(items[item?.index ?? 0]);
        worker.send({ completions: [{ taskId, outputJson: item?.itemJson ?? '' }] });
      }
      const client = rig.client();
      client.send({ watchExecutionIds: [id] });
      expect((await client.end(id)).outputJson).toBe(`[${items.join(',')}]`);
    });
  });

  describe('what is too large', () => {
    const LARGEST = textOf(MAX_PAYLOAD_BYTES);
    const TOO_LARGE = textOf(MAX_PAYLOAD_BYTES + 1);

    it('is refused as an input: PAYLOAD_TOO_LARGE, and nothing starts', async () => {
      const rig = await EngineRig.open();
      await rig.register(CHAIN);
      await expect(rig.start(TOO_LARGE)).rejects.toEqual(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }));
      expect(await rig.engine.call('listExecutions', { limit: 10 })).toEqual([]);
    });

    it.each(['on the stream', 'by a call'])(
      'fails the node as an output, at once and for good: OUTPUT_TOO_LARGE, %s',
      async (how) => {
        const rig = await EngineRig.open();
        await rig.register({ a: { retry: { ...NO_DELAY, maxAttempts: 5 } }, b: { needs: ['a'] } });
        const id = await rig.start();
        const worker = rig.worker();
        const task = await worker.take();
        const { taskId } = task;
        const answer =
          how === 'by a call'
            ? await rig.engine.call('complete', { taskId, outputJson: TOO_LARGE })
            : await worker.complete(task, TOO_LARGE);
        expect(answer).toMatchObject({ taskId, code: 'OUTPUT_TOO_LARGE' });
        expect(await rig.detail(id)).toMatchObject({
          status: 'FAILED',
          failedNode: 'a',
          error: { code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining(`${MAX_PAYLOAD_BYTES}`) as string },
          nodes: [{ attempts: [{ outcome: 'FAILED' }] }, { status: 'PENDING' }],
        });
        // Handed in once more, it is refused again.
        expect(await rig.engine.call('complete', { taskId, outputJson: TOO_LARGE })).toMatchObject({
          code: 'OUTPUT_TOO_LARGE',
        });
      },
    );

    it('fails a node whose input no message could carry: INPUT_TOO_LARGE, and its worker gets other work', async () => {
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
    }, 60_000);

    it('fails the execution when its last nodes together have more than one output may', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: {} });
      const id = await rig.start();
      const worker = rig.worker();
      for (let leaf = 0; leaf < 2; leaf += 1) {
        const { code } = await worker.complete(await worker.take(), textOf(MAX_PAYLOAD_BYTES / 2));
        expect(code).toBeUndefined();
      }
      const detail = await rig.detail(id);
      expect(detail).toMatchObject({ status: 'FAILED', error: { code: 'OUTPUT_TOO_LARGE' } });
      expect(await rig.nodes(id)).toEqual({ a: 'COMPLETED', b: 'COMPLETED' });
    });

    it('is left out of what is shown, the largest first; its size and its event say where it is', async () => {
      const rig = await EngineRig.open();
      await rig.register({ a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } });
      const id = await rig.start(textOf(20 * 1024 * 1024));
      const worker = rig.worker();
      for (const size of [64, 30, 1]) await worker.complete(await worker.take(), textOf(size * 1024 * 1024));
      const detail = await rig.detail(id);
      const [a, b, c] = detail.nodes;
      expect(a).toMatchObject({ outputBytes: MAX_PAYLOAD_BYTES });
      expect(a).not.toHaveProperty('outputJson');
      expect(b).toMatchObject({ outputBytes: 30 * 1024 * 1024 });
      expect([c?.outputJson?.length, detail.outputJson?.length]).toEqual([1024 * 1024, 1024 * 1024]);
      expect(detail.inputJson).toHaveLength(20 * 1024 * 1024);
      const { payload } = await rig.engine.call('getPayload', { executionId: id, seq: a?.outputSeq ?? 0 });
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
    }, 60_000);
  });
});
