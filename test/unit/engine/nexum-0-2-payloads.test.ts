/** Payloads are opaque: faults of Nexum 0.2 that came from looking into them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineRig, onEveryStore } from '../../support/engine-rig.js';
import { temporaryFolder } from '../../support/store-folder.js';

/** What the node after one with this output is handed, and what the execution shows. */
async function handedOn(output: string): Promise<{ readonly dependency: unknown; readonly shown: unknown }> {
  const rig = await EngineRig.open();
  await rig.register({ a: {}, b: { needs: ['a'] } });
  const executionId = await rig.start(`{"text":${output}}`);
  const worker = rig.worker();
  await worker.complete(await worker.take(), output);
  const { inputJson } = await worker.take();
  const { deps } = JSON.parse(inputJson) as { deps: { a: unknown } };
  const { outputsJson } = await rig.engine.call('getCompletedNodes', { executionId });
  return { dependency: deps.a, shown: (JSON.parse(outputsJson) as { a: unknown }).a };
}

onEveryStore(() => {
  describe('Nexum 0.2', () => {
    it.each(['{"a":1}', '[1]', '12', 'true', 'null', '"quoted"'])(
      'changes the type of a text that looks like JSON: here the text %s stays a text',
      async (text) => {
        expect(await handedOn(JSON.stringify(text))).toEqual({ dependency: text, shown: text });
      },
    );

    it('reads the file that a payload names: here the payload is handed on as it came', async () => {
      const path = join(temporaryFolder(), 'secret.json');
      writeFileSync(path, '{"secret":true}');
      const payload = { path, $ref: path, blob: { path } };
      expect(await handedOn(JSON.stringify(payload))).toEqual({ dependency: payload, shown: payload });
    });
  });
});
