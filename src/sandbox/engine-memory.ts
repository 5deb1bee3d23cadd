/**
 * The memory of one engine. The engine's own limit (`setMemoryLimit`) counts what it asks its allocator for, not what the
 * allocator holds, and does not hold; the maximum of the memory does: WebAssembly has no way past it.
 */

// The compiler knows WebAssembly from the library of browsers alone, which brings a `window` that is not there.
declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- it is one
  namespace WebAssembly {
    class Memory {
      constructor(size: { readonly initial: number; readonly maximum: number });
      grow(pages: number): number;
    }
  }
}

/** Pages of 64 KiB: the engine was linked for at least so many. */
const INITIAL_PAGES = 256;
const PAGES_PER_MB = 16;
/** The allocator asks three times for one request, for less each time. */
const ATTEMPTS_PER_REQUEST = 3;

/** @param onRefused called when the engine wanted more than there is, whatever it does about it */
export function cappedMemory(memoryMb: number, onRefused: () => void): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: memoryMb * PAGES_PER_MB });
  const grow = memory.grow.bind(memory);
  let refused = 0;
  memory.grow = (pages) => {
    try {
      const before = grow(pages);
      refused = 0;
      return before;
    } catch (error) {
      refused += 1;
      if (refused === ATTEMPTS_PER_REQUEST) onRefused();
      throw error;
    }
  };
  return memory;
}
