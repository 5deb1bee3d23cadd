/** Faults of Nexum 0.2 with payloads: they were parsed, looked into, cut off. Here they are texts that nobody touches. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/core/event.js';
import type { Task } from '../../../src/engine/engine-port.js';
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
  for (let before = -1; before < events.length;) {
    before = events.length;
    const afterSeq = events.at(-1)?.seq ?? 0;
    events.push(...(await engine.call('listEvents', { executionId: id, afterSeq, limit: 100 })));
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
});
