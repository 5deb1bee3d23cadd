import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_BYTES, FRAME_ITEMS, frames } from '../../../src/rpc/protocol.js';

describe('stream frames', () => {
  it('keep every item in order, within the limits of count and bytes', () => {
    const sizes = fc.array(
      fc.oneof(fc.nat(100), fc.integer({ min: Math.floor(FRAME_BYTES / 3), max: 2 * FRAME_BYTES })),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(sizes, (items) => {
        const cut = [...frames(items, (size) => size)];
        expect(cut.flat()).toEqual(items);
        for (const frame of cut) {
          expect(frame.length).toBeGreaterThan(0);
          expect(frame.length).toBeLessThanOrEqual(FRAME_ITEMS);
          // One item may be larger than a frame; then it travels alone.
          if (frame.length > 1) expect(frame.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FRAME_BYTES);
        }
      }),
    );
  });

  it('cost at most 0.1 messages per node with 64 nodes under way, both directions counted', () => {
    const tasks = Array<number>(64).fill(100);
    const down = [...frames(tasks, (size) => size)].length;
    // A worker answers what came in one frame with one frame.
    expect((2 * down) / tasks.length).toBeLessThanOrEqual(0.1);
  });
});
