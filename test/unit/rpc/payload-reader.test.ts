import { describe, expect, it } from 'vitest';
import type { ExecutionDetail__Output } from '../../../src/rpc/generated/nexum/ExecutionDetail.js';
import { fillPayloads } from '../../../src/rpc/payload-reader.js';

const fill = (detail: object): Promise<object> =>
  fillPayloads(detail as ExecutionDetail__Output, (seq) => Promise.resolve(`"event ${seq}"`));

describe('the detail of an execution', () => {
  it('gets every payload that was left out for its size, and keeps the others', async () => {
    const leftOut = { outputJson: '', outputBytes: 9 };
    const filled = await fill({
      inputJson: '',
      inputBytes: 5,
      ...leftOut,
      outputSeq: 30,
      nodes: [
        { ...leftOut, outputSeq: 7 },
        { outputJson: '1', outputBytes: 1, outputSeq: 8 },
      ],
    });
    expect(filled).toMatchObject({
      inputJson: '"event 1"',
      outputJson: '"event 30"',
      nodes: [{ outputJson: '"event 7"' }, { outputJson: '1' }],
    });
  });

  it('has no payload where there is none', async () => {
    const none = { outputJson: '', outputBytes: 0, outputSeq: 0 };
    const detail = { inputJson: '{}', inputBytes: 0, ...none, nodes: [none] };
    expect(await fill(detail)).toEqual(detail);
  });
});
